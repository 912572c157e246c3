"""What people and machines read: a verdict as text, Markdown, JUnit, JSON and HTML."""

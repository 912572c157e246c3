"""A customer-support agent that decides by rules: one stable version, and one regressed version per failure class."""

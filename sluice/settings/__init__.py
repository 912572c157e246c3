"""The settings of a project, as values."""

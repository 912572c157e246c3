"""Files that people write: how they are read, where each value stands, and how problems are told."""

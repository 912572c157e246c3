"""One run of the agent on one stratum, and what it scored."""

"""The peers we are measured beside: each runs in an environment of its own, by a driver that does the same work."""

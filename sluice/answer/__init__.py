"""Deterministic checks of the final answer."""

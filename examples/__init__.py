"""Agents and datasets to try Sluice on."""

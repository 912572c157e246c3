"""Sluice's pure core: values in, values out, no clock, no I/O, no hidden randomness."""

"""Methods: intervals, tests, bounds and agreement; every formula with its source."""

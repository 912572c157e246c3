"""The matchers, one module per family; import them from sluice.golden.matchers."""

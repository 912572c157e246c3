"""The steps of a golden gate: prepare, run trials, decide, publish."""

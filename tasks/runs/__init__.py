"""Compositions: what a run does, written once over the steps it is handed."""

"""Verdicts: the policy they are made by, the decisions, and what they rest on."""

"""The door to the agent under test: http, command, python, recorded; started, asked, limited and ended by Sluice."""

from tasks._agents.door import Agent, ask_policy, open_agent, start_agent
from tasks._agents.request import TrialRequest, traceparent_for, trial_request

__all__ = ["Agent", "TrialRequest", "ask_policy", "open_agent", "start_agent", "traceparent_for", "trial_request"]

"""Versions of the agent: the stable one, and one regressed version per failure class."""

from importlib import import_module

from examples.support_agent.versions.stable import Stable

VERSIONS = (
    "stable",
    "silent_degradation",
    "trajectory_failure",
    "prompt_sensitivity",
    "context_mismanagement",
    "tool_misuse",
    "reasoning_drift",
)


def version_named(name: str) -> Stable:
    """The version with this name.

    Raises:
        ValueError: There is no such version.
    """
    if name not in VERSIONS:
        raise ValueError(f"version must be one of {', '.join(VERSIONS)}, got {name}")
    module = import_module(f"examples.support_agent.versions.{name}")
    made: Stable = getattr(module, "".join(part.capitalize() for part in name.split("_")))()
    return made

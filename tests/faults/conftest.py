"""The projects, agents and command lines of the interfaces, brought into trouble here."""

from tests.interfaces.conftest import agent, project, sluice, started

__all__ = ["agent", "project", "sluice", "started"]

"""``sluice.yaml``: every setting, its default and its range."""

from typing import Literal

from pydantic import Field

from sluice.documents.model import DocumentModel
from sluice.documents.values import Json
from sluice.gates.policy import Policy
from sluice.settings.agent import AgentSettings


class ToolsSettings(DocumentModel):
    """The agent's tools: their JSON Schemas, and which of them change the world."""

    file: str | None = None
    side_effects: tuple[str, ...] = ()


class GoldenSettings(DocumentModel):
    """Where the golden dataset lies."""

    path: str = "golden/"


class BaselineSettings(DocumentModel):
    """Where the pinned baseline lies, and what to do where it is missing."""

    file: str | None = None
    when_missing: Literal["error", "floors"] = "error"


class StorageSettings(DocumentModel):
    """Where results are kept."""

    url: str = "sqlite:///.sluice/sluice.db"
    retention: dict[str, str] = Field(default_factory=dict)


class Settings(DocumentModel):
    """The effective settings. Sections of later gates are kept as written."""

    agent: AgentSettings = Field(default_factory=AgentSettings)
    tools: ToolsSettings = Field(default_factory=ToolsSettings)
    probes: dict[str, Json] = Field(default_factory=dict)
    golden: GoldenSettings = Field(default_factory=GoldenSettings)
    baseline: BaselineSettings = Field(default_factory=BaselineSettings)
    policy: Policy = Field(default_factory=Policy)
    judges: dict[str, Json] = Field(default_factory=dict)
    storage: StorageSettings = Field(default_factory=StorageSettings)
    replay: dict[str, Json] = Field(default_factory=dict)
    canary: dict[str, Json] = Field(default_factory=dict)
    monitoring: dict[str, Json] = Field(default_factory=dict)

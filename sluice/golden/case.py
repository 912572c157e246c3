"""A golden case: a stimulus, and what must hold after it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from sluice.documents.model import DocumentModel, Names
from sluice.documents.values import Json
from sluice.golden.expectation import Expectation, NeverEvent

CASE_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
FailureClass = Literal[
    "silent_degradation",
    "trajectory_failure",
    "prompt_sensitivity",
    "context_mismanagement",
    "tool_misuse",
    "reasoning_drift",
]


class Turn(DocumentModel):
    """One user turn of a scripted conversation."""

    user: Json
    expect: Expectation | None = None


class CaseFile(DocumentModel):
    """A file given with the stimulus; its content is part of the digest."""

    path: str
    as_: str | None = Field(default=None, alias="as")


class RecordedTools(DocumentModel):
    """Tool calls answered from a recording."""

    recorded: str
    match: Literal["exact", "by_arguments", "by_order"] = "by_arguments"
    unknown: Literal["refuse", "simulate", "sandbox"] = "refuse"


class Provenance(DocumentModel):
    """Where a case came from."""

    source: str | None = None
    incident: str | None = None
    trace: str | None = None
    author: str | None = None
    added: str | None = None


class Variant(DocumentModel):
    """Another wording of a case's input; a stratum of its own in its case's tier."""

    id: str = Field(pattern=CASE_ID)
    input: Json
    outcome: Literal["same"] | None = None
    expect: Expectation | None = None
    generated: bool = False


class GoldenCase(DocumentModel):
    """One golden case as written: what is sent, what it is for, what must hold.

    Exactly one of ``input`` and ``turns`` is given.
    """

    id: str = Field(pattern=CASE_ID)
    input: Json = None
    turns: tuple[Turn, ...] = ()
    files: tuple[CaseFile, ...] = ()
    setup: dict[str, Json] = Field(default_factory=dict)
    now: str | None = None
    tools: RecordedTools | None = None
    capability: str | None = Field(default=None, min_length=1)
    tier: str = Field(default="standard", min_length=1)
    difficulty: Literal["easy", "medium", "hard"] | None = None
    risks: tuple[FailureClass, ...] = ()
    tags: Names = ()
    review: Literal["always"] | None = None
    expect: Expectation = Field(default_factory=Expectation)
    never: tuple[NeverEvent, ...] = ()
    variants: tuple[Variant, ...] = ()
    provenance: Provenance = Field(default_factory=Provenance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """One stimulus with its expectation: a case itself, or one of its variants.

    Args:
        case: The case it belongs to (tier, tags, never-events are the case's).
        variant: Variant id; empty for the case itself.
        input: What is sent.
        expect: What must hold (a variant with ``outcome: same`` inherits the case's).
        counted: False for generated variants and others that are reported but enter no test.
        stimulus_digest: Hex SHA-256 over all that is sent (input, turns, files, setup, now, recorded tools).
        expectation_digest: Hex SHA-256 over all that is expected (expect, never).
        needs: What this version of Sluice cannot run yet, in words (empty: it can run). A stratum with needs is
            not_evaluated with that reason, never passed.
    """

    case: GoldenCase
    variant: str
    input: Json
    expect: Expectation
    counted: bool
    stimulus_digest: str
    expectation_digest: str
    needs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``case`` or ``case/variant``."""
        return f"{self.case.id}/{self.variant}" if self.variant else self.case.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """All cases of a golden dataset.

    Args:
        cases: In file order, ids unique.
        strata: The cases and their variants, in order; what the gate runs.
        version: Hex SHA-256 over the stimulus and expectation digests of all cases.
        warnings: What looks unintended but is allowed, in words.
        sources: Case id to ``file:line``.
    """

    cases: tuple[GoldenCase, ...]
    strata: tuple[Stratum, ...]
    version: str
    warnings: tuple[str, ...]
    sources: dict[str, str]

    def __iter__(self) -> Iterator[Stratum]:
        """Iterate over the strata in order."""
        return iter(self.strata)

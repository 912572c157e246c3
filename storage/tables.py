"""The tables, one class per table, columns in reading order."""

from datetime import datetime

from sqlalchemy import Index, MetaData
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from storage.columns import AnyText, UtcTime

# Names of constraints are fixed, so that a later migration can drop them on any database.
NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}


class Row(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMES))):
    """Base of every table of Sluice, apart from the tables of any other library in the process."""


class DatasetRow(Row, table=True):
    """One version of an agent's golden dataset. Written once, never updated."""

    __tablename__ = "dataset"

    agent: str = Field(primary_key=True, sa_type=AnyText)
    version: str = Field(primary_key=True, sa_type=AnyText, description="Digest over all cases")
    path: str = Field(sa_type=AnyText)
    n_cases: int
    n_strata: int
    registered_at: datetime = Field(sa_type=UtcTime, description="UTC")


class GoldenCaseRow(Row, table=True):
    """One stratum of one dataset version: what was sent and what was expected, as digests."""

    __tablename__ = "golden_case"

    agent: str = Field(primary_key=True, sa_type=AnyText)
    dataset_version: str = Field(primary_key=True, sa_type=AnyText)
    case_id: str = Field(primary_key=True, sa_type=AnyText)
    variant: str = Field(primary_key=True, sa_type=AnyText, description="Empty for the case itself")
    tier: str = Field(sa_type=AnyText)
    stimulus_digest: str = Field(sa_type=AnyText)
    expectation_digest: str = Field(sa_type=AnyText)


class IdentityRow(Row, table=True):
    """What exactly a candidate was: the digest covers version, fingerprint files, commit and dirty diff."""

    __tablename__ = "agent_identity"

    agent: str = Field(primary_key=True, sa_type=AnyText)
    digest: str = Field(primary_key=True, sa_type=AnyText)
    version: str = Field(sa_type=AnyText)
    fingerprint: str = Field(sa_type=AnyText, description="Digest of the fingerprint files; empty without any")
    git_commit: str = Field(sa_type=AnyText, description="Empty outside a repository")
    dirty: str = Field(sa_type=AnyText, description="Digest of the uncommitted diff; empty for a clean tree")
    first_seen_at: datetime = Field(sa_type=UtcTime, description="UTC")


class RunRow(Row, table=True):
    """One run of an agent over a dataset, and who owns it now."""

    __tablename__ = "run"
    __table_args__ = (Index(None, "agent", "created_at", "run_id"),)

    run_id: str = Field(primary_key=True, sa_type=AnyText)
    agent: str = Field(sa_type=AnyText)
    kind: str = Field(sa_type=AnyText, description="golden, baseline, comparison")
    identity_digest: str = Field(sa_type=AnyText)
    dataset_version: str = Field(sa_type=AnyText)
    engine: str = Field(sa_type=AnyText, description="inline or prefect")
    plan: str = Field(sa_type=AnyText, description="JSON: which trials are to be run")
    state: str = Field(sa_type=AnyText, description="created, running, finished, cancelled, failed")
    reason: str = Field(sa_type=AnyText, description="Why it ended the way it did; empty where the state says it")
    created_at: datetime = Field(sa_type=UtcTime, description="UTC")
    started_at: datetime | None = Field(sa_type=UtcTime, description="UTC; first claim")
    ended_at: datetime | None = Field(sa_type=UtcTime, description="UTC")
    owner: str = Field(sa_type=AnyText, description="Process that holds the lease; empty before the first claim")
    fence: int = Field(description="Grows with every claim; a write with an older number is refused")
    lease_until: datetime | None = Field(sa_type=UtcTime, description="UTC")


class TrialRow(Row, table=True):
    """The answer of one trial. Only answers stand here, so a recovered agent can still be recorded.

    The key is natural: a repeated write changes nothing, which makes every step safe to retry.
    """

    __tablename__ = "trial"

    run_id: str = Field(primary_key=True, foreign_key="run.run_id", sa_type=AnyText)
    case_id: str = Field(primary_key=True, sa_type=AnyText)
    variant: str = Field(primary_key=True, sa_type=AnyText, description="Empty for the case itself")
    trial: int = Field(primary_key=True, description="0-based repeat")
    status: str = Field(sa_type=AnyText)
    latency_s: float | None = Field(description="Seconds")
    cost_usd: float | None = Field(description="US dollars")
    stimulus_digest: str = Field(sa_type=AnyText)
    trace_id: str | None = Field(sa_type=AnyText)
    recorded_at: datetime = Field(sa_type=UtcTime, description="UTC")
    recorded_run: str = Field(sa_type=AnyText, description="JSON of the RecordedRun")


class TrialAttemptRow(Row, table=True):
    """One attempt at a trial that brought no answer. Written once, never updated."""

    __tablename__ = "trial_attempt"

    run_id: str = Field(primary_key=True, foreign_key="run.run_id", sa_type=AnyText)
    case_id: str = Field(primary_key=True, sa_type=AnyText)
    variant: str = Field(primary_key=True, sa_type=AnyText)
    trial: int = Field(primary_key=True)
    fence: int = Field(primary_key=True, description="Number of the run's claim under which it was made")
    attempt: int = Field(primary_key=True, description="0-based within the claim")
    error: str = Field(sa_type=AnyText)
    at: datetime = Field(sa_type=UtcTime, description="UTC")


class TrialScoreRow(Row, table=True):
    """What one trial scored under one set of rules. Written once; other rules write other rows."""

    __tablename__ = "trial_score"

    run_id: str = Field(primary_key=True, foreign_key="run.run_id", sa_type=AnyText)
    case_id: str = Field(primary_key=True, sa_type=AnyText)
    variant: str = Field(primary_key=True, sa_type=AnyText)
    trial: int = Field(primary_key=True)
    scorer_version: str = Field(primary_key=True, sa_type=AnyText)
    dataset_version: str = Field(primary_key=True, sa_type=AnyText, description="Whose expectations were applied")
    judge_digest: str = Field(primary_key=True, sa_type=AnyText, description="Empty where nothing was judged")
    evaluated: bool
    passed: bool | None
    precision: float | None
    recall: float | None
    order: float | None
    parameters: float | None
    efficiency: float | None
    trajectory: float | None = Field(description="The headline")
    scored_at: datetime = Field(sa_type=UtcTime, description="UTC")
    score: str = Field(sa_type=AnyText, description="JSON of the TrialScore")


class VerdictRow(Row, table=True):
    """One verdict on one run. Keyed by its evidence, so that INCONCLUSIVE can be followed by PASS."""

    __tablename__ = "verdict"

    run_id: str = Field(primary_key=True, foreign_key="run.run_id", sa_type=AnyText)
    evidence_digest: str = Field(primary_key=True, sa_type=AnyText)
    verdict: str = Field(sa_type=AnyText)
    decided_at: datetime = Field(sa_type=UtcTime, description="UTC")
    report: str = Field(sa_type=AnyText, description="JSON of the GateReport")
    facts: str = Field(sa_type=AnyText, description="JSON of the RunFacts")


class BaselineRow(Row, table=True):
    """One act of pinning a baseline file; the file itself lies in the user's repository."""

    __tablename__ = "baseline"

    agent: str = Field(primary_key=True, sa_type=AnyText)
    content_digest: str = Field(primary_key=True, sa_type=AnyText, description="Digest of the file")
    pinned_at: datetime = Field(primary_key=True, sa_type=UtcTime, description="UTC")
    pinned_by: str = Field(sa_type=AnyText)
    path: str = Field(sa_type=AnyText)
    run_id: str = Field(sa_type=AnyText, description="Run it was made from; empty for a file from elsewhere")
    identity_digest: str = Field(sa_type=AnyText)
    n_trials: int
    anchor: bool = Field(description="The oldest pin, kept so that margins cannot creep")

"""Named reads and writes of pinned baselines."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from storage.tables import BaselineRow
from storage.upsert import insert_new


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """One act of pinning a baseline file; the file itself lies in the user's repository.

    Args:
        content_digest: Digest of the file.
        pinned_at: UTC.
        pinned_by: Who reviewed the run.
        path: Where the file was written.
        run_id: Run it was made from; empty for a file from elsewhere.
        identity_digest: Of the agent that gave the answers.
        n_trials: Answers in the file.
        anchor: The oldest pin, kept so that margins cannot creep.
    """

    agent: str
    content_digest: str
    pinned_at: datetime
    pinned_by: str
    path: str
    run_id: str
    identity_digest: str
    n_trials: int
    anchor: bool = False


def add_baseline(session: Session, baseline: Baseline) -> bool:
    """Record a pin; an agent's first one becomes its anchor.

    Returns:
        Whether it is new.
    """
    row = BaselineRow(
        agent=baseline.agent,
        content_digest=baseline.content_digest,
        pinned_at=baseline.pinned_at,
        pinned_by=baseline.pinned_by,
        path=baseline.path,
        run_id=baseline.run_id,
        identity_digest=baseline.identity_digest,
        n_trials=baseline.n_trials,
        anchor=baseline.anchor or find_baseline(session, baseline.agent) is None,
    )
    return insert_new(session, [row]) == 1


def find_baseline(session: Session, agent: str) -> Baseline | None:
    """An agent's newest pin, or None."""
    query = (
        select(BaselineRow)
        .where(BaselineRow.agent == agent)
        .order_by(col(BaselineRow.pinned_at).desc(), col(BaselineRow.content_digest).desc())
        .limit(1)
    )
    row = session.exec(query).first()
    return None if row is None else _value(row)


def find_anchor(session: Session, agent: str) -> Baseline | None:
    """An agent's newest anchor, or None without any pin.

    The oldest pin is an anchor; a team that accepts a lasting change sets a newer one.
    """
    query = (
        select(BaselineRow)
        .where(BaselineRow.agent == agent, col(BaselineRow.anchor).is_(True))
        .order_by(col(BaselineRow.pinned_at).desc(), col(BaselineRow.content_digest).desc())
        .limit(1)
    )
    row = session.exec(query).first()
    return None if row is None else _value(row)


def _value(row: BaselineRow) -> Baseline:
    return Baseline(
        agent=row.agent,
        content_digest=row.content_digest,
        pinned_at=row.pinned_at,
        pinned_by=row.pinned_by,
        path=row.path,
        run_id=row.run_id,
        identity_digest=row.identity_digest,
        n_trials=row.n_trials,
        anchor=row.anchor,
    )

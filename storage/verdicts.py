"""Named reads and writes of verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from sluice.gates.verdict import GateReport, RunFacts, Verdict
from storage.documents import from_text, to_text
from storage.runs import Claim, require_claim
from storage.tables import VerdictRow
from storage.upsert import insert_new


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVerdict:
    """A verdict as stored.

    Args:
        evidence_digest: Digest of everything it rests on.
        decided_at: UTC.
    """

    run_id: str
    evidence_digest: str
    report: GateReport
    facts: RunFacts
    decided_at: datetime


def add_verdict(
    session: Session,
    run_id: str,
    *,
    evidence_digest: str,
    report: GateReport,
    facts: RunFacts,
    decided_at: datetime,
    claim: Claim | None = None,
) -> bool:
    """Record a verdict; the first on the same evidence stands, others may follow on more evidence.

    The owner of a running run gives its claim; a later decision has none.

    Returns:
        Whether it is new.

    Raises:
        LeaseLostError: Another process took the run over, or it was ended.
    """
    if claim is not None:
        require_claim(session, claim)
    row = VerdictRow(
        run_id=run_id,
        evidence_digest=evidence_digest,
        verdict=report.verdict.value,
        decided_at=decided_at,
        report=to_text(report),
        facts=to_text(facts),
    )
    return insert_new(session, [row]) == 1


def latest_verdict(session: Session, run_id: str) -> StoredVerdict | None:
    """The newest verdict on a run, or None."""
    query = (
        select(VerdictRow)
        .where(VerdictRow.run_id == run_id)
        .order_by(col(VerdictRow.decided_at).desc(), col(VerdictRow.evidence_digest).desc())
        .limit(1)
    )
    row = session.exec(query).first()
    if row is None:
        return None
    return StoredVerdict(
        run_id=row.run_id,
        evidence_digest=row.evidence_digest,
        report=from_text(GateReport, row.report),
        facts=from_text(RunFacts, row.facts),
        decided_at=row.decided_at,
    )


def latest_verdicts(session: Session, run_ids: Sequence[str]) -> dict[str, Verdict]:
    """The newest verdict of each run of a page that has one; reports are not read."""
    query = (
        select(VerdictRow.run_id, VerdictRow.verdict)
        .where(col(VerdictRow.run_id).in_(run_ids))
        .order_by(col(VerdictRow.decided_at), col(VerdictRow.evidence_digest))
    )
    return {run_id: Verdict(verdict) for run_id, verdict in session.exec(query)}

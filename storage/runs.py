"""Named reads and writes of runs, and who owns one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast, get_args

from sqlalchemy import Update, and_, bindparam, func, or_, update
from sqlmodel import Session, col, select

from sluice.documents.values import Json
from sluice.errors import InvalidInputError, StoreError, UsageError
from storage.documents import from_text, to_text
from storage.tables import RunRow
from storage.upsert import insert_new

RunEnd = Literal["finished", "cancelled", "failed"]
RunState = Literal["created", "running", "finished", "cancelled", "failed"]


# Asked in every write of a run, so it is built once: building it took longer than the insert that follows.
# FOR SHARE keeps a later claim waiting on PostgreSQL; SQLite has one writer at a time and leaves it out.
_HELD = (
    select(RunRow.run_id)
    .where(
        col(RunRow.run_id) == bindparam("held_run"),
        col(RunRow.fence) == bindparam("held_fence"),
        col(RunRow.state) == "running",
    )
    .with_for_update(read=True)
)


class LeaseLostError(StoreError):
    """Another process took the run over, or it was ended; whoever held it before must stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run as stored; times in UTC.

    Args:
        kind: ``golden``, ``baseline``, ``comparison``.
        identity_digest: Of the candidate; see ``storage.identities``.
        plan: Which trials are to be run, as JSON.
        reason: Why it ended the way it did; empty where the state says it.
        owner: The process that holds the lease or held it last; empty before the first claim.
        fence: How often it was claimed; a write under an older number is refused.
        lease_until: Until when the owner counts as alive; None unless running.
    """

    run_id: str
    agent: str
    kind: str
    identity_digest: str
    dataset_version: str
    engine: str
    plan: Json
    state: RunState
    reason: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    owner: str
    fence: int
    lease_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to write into a run, as long as nobody claims it later.

    Args:
        fence: Number of the claim; every write checks it.
        lease_until: Renew before; from then on another process may take over.
    """

    run_id: str
    owner: str
    fence: int
    lease_until: datetime


def create_run(
    session: Session,
    *,
    run_id: str,
    agent: str,
    kind: str,
    identity_digest: str,
    dataset_version: str,
    engine: str,
    plan: Json,
    created_at: datetime,
) -> bool:
    """Create a run that nobody owns yet; the first of an id stands.

    Returns:
        Whether it is new.
    """
    row = RunRow(
        run_id=run_id,
        agent=agent,
        kind=kind,
        identity_digest=identity_digest,
        dataset_version=dataset_version,
        engine=engine,
        plan=to_text(plan),
        state="created",
        reason="",
        created_at=created_at,
        started_at=None,
        ended_at=None,
        owner="",
        fence=0,
        lease_until=None,
    )
    return insert_new(session, [row]) == 1


def claim_run(
    session: Session, run_id: str, *, owner: str, now: datetime, lease: timedelta, reopen: bool = False
) -> Claim | None:
    """Become the owner of a run; one statement, so that of two claims at once only one succeeds.

    A run can be claimed when it is new, when its owner's lease is over, by its own owner again, and when it was
    cancelled or failed.

    Args:
        session: Of a write.
        run_id: The run.
        owner: Names the process and the attempt, uniquely.
        now: When the lease begins.
        lease: How long the claim holds unless renewed.
        reopen: Claim a finished run too, to add trials to it.

    Returns:
        The claim; None where another process holds the run, it is finished, or there is no such run.
    """
    claimable = ["created", "cancelled", "failed", *(["finished"] if reopen else [])]
    statement = (
        update(RunRow)
        .where(
            col(RunRow.run_id) == run_id,
            or_(
                col(RunRow.state).in_(claimable),
                and_(
                    col(RunRow.state) == "running",
                    or_(col(RunRow.lease_until) <= now, col(RunRow.owner) == owner),
                ),
            ),
        )
        .values(
            state="running",
            reason="",
            owner=owner,
            fence=RunRow.fence + 1,
            lease_until=now + lease,
            started_at=func.coalesce(RunRow.started_at, now),
            ended_at=None,
        )
        .returning(col(RunRow.fence))
    )
    fence = session.execute(statement).scalar()
    return None if fence is None else Claim(run_id=run_id, owner=owner, fence=fence, lease_until=now + lease)


def renew(session: Session, claim: Claim, *, now: datetime, lease: timedelta) -> Claim:
    """Hold a run for longer.

    Raises:
        LeaseLostError: Another process took it over, or it was ended.
    """
    statement = _owned(claim).values(lease_until=now + lease).returning(col(RunRow.fence))
    if session.execute(statement).scalar() is None:
        raise _lease_lost(session, claim)
    return Claim(run_id=claim.run_id, owner=claim.owner, fence=claim.fence, lease_until=now + lease)


def finish_run(session: Session, claim: Claim, *, state: RunEnd, ended_at: datetime, reason: str = "") -> None:
    """End a run; ending it again in the same way changes nothing.

    Raises:
        InvalidInputError: The state is not one in which a run ends.
        LeaseLostError: Another process took it over, or it was ended in another way.
    """
    if state not in get_args(RunEnd):
        raise InvalidInputError(f"a run must end finished, cancelled or failed, got {state!r}")
    statement = (
        _owned(claim)
        .values(state=state, reason=reason, ended_at=ended_at, lease_until=None)
        .returning(col(RunRow.fence))
    )
    if session.execute(statement).scalar() is not None:
        return
    run = find_run(session, claim.run_id)
    if run is None or (run.fence, run.state) != (claim.fence, state):
        raise _lease_lost(session, claim)


def require_claim(session: Session, claim: Claim) -> None:
    """Make sure, for the rest of the transaction, that the claim still holds.

    Raises:
        LeaseLostError: Another process took the run over, or it was ended.
    """
    if session.execute(_HELD, {"held_run": claim.run_id, "held_fence": claim.fence}).first() is None:
        raise _lease_lost(session, claim)


def find_run(session: Session, run_id: str) -> Run | None:
    """The run of this id, or None."""
    row = session.exec(select(RunRow).where(RunRow.run_id == run_id)).first()
    return None if row is None else _value(row)


def get_run(session: Session, run_id: str) -> Run:
    """The run of this id.

    Raises:
        UsageError: There is none.
    """
    run = find_run(session, run_id)
    if run is None:
        raise UsageError(f"there is no run {run_id!r}", hint="`sluice runs list` shows all of them")
    return run


def list_runs(
    session: Session,
    *,
    agent: str | None = None,
    state: RunState | None = None,
    identity_digest: str | None = None,
    after: Run | None = None,
    limit: int = 50,
) -> tuple[Run, ...]:
    """One page of runs, newest first; ``after`` is the last run of the page before, None for the first page."""
    query = select(RunRow).order_by(col(RunRow.created_at).desc(), col(RunRow.run_id).desc()).limit(limit)
    for column, wanted in ((RunRow.agent, agent), (RunRow.state, state), (RunRow.identity_digest, identity_digest)):
        if wanted is not None:
            query = query.where(col(column) == wanted)
    if after is not None:
        query = query.where(
            or_(
                col(RunRow.created_at) < after.created_at,
                and_(col(RunRow.created_at) == after.created_at, col(RunRow.run_id) < after.run_id),
            )
        )
    return tuple(_value(row) for row in session.exec(query))


def _owned(claim: Claim) -> Update:
    return update(RunRow).where(
        col(RunRow.run_id) == claim.run_id, col(RunRow.fence) == claim.fence, col(RunRow.state) == "running"
    )


def _lease_lost(session: Session, claim: Claim) -> LeaseLostError:
    run = find_run(session, claim.run_id)
    if run is None:
        return LeaseLostError(f"there is no run {claim.run_id!r} to write into")
    if run.fence != claim.fence:
        return LeaseLostError(
            f"run {claim.run_id} was taken over by {run.owner} (claim {run.fence}, this one is {claim.fence})",
            hint="let that process go on; what was committed is kept",
        )
    return LeaseLostError(f"run {claim.run_id} is {run.state} and takes no more results", hint="claim it again first")


def _value(row: RunRow) -> Run:
    return Run(
        run_id=row.run_id,
        agent=row.agent,
        kind=row.kind,
        identity_digest=row.identity_digest,
        dataset_version=row.dataset_version,
        engine=row.engine,
        plan=from_text(object, row.plan),
        state=cast("RunState", row.state),
        reason=row.reason,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        owner=row.owner,
        fence=row.fence,
        lease_until=row.lease_until,
    )

"""Named reads and writes of trials: answers, which stand for good, and attempts that brought none."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import and_, exists, func, tuple_
from sqlmodel import Session, col, select

from sluice.errors import InvalidInputError
from sluice.trials.recorded import RecordedRun, TrialKey
from storage.documents import from_text, to_text
from storage.runs import Claim, require_claim
from storage.store import Store
from storage.tables import TrialAttemptRow, TrialRow
from storage.upsert import insert_new

# Rows a read transaction: bounds both its memory and how long it keeps the journal from being folded.
PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTrial:
    """An answer as stored.

    Args:
        recorded: The recorded run.
        stimulus_digest: Digest of what was sent; a baseline trial counts while it stays the same.
        recorded_at: UTC.
    """

    recorded: RecordedRun
    stimulus_digest: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt at a trial that brought no answer.

    Args:
        key: The trial.
        fence: Number of the run's claim under which it was made.
        attempt: 0-based within the claim.
        error: What went wrong, in words.
        at: UTC.
    """

    key: TrialKey
    fence: int
    attempt: int
    error: str
    at: datetime


def add_trial(
    session: Session, claim: Claim, recorded: RecordedRun, *, stimulus_digest: str, recorded_at: datetime
) -> bool:
    """Record the answer of a trial; the first answer of a key stands.

    Returns:
        Whether it is new.

    Raises:
        InvalidInputError: It is not_evaluated: that is an attempt, and must not keep a later answer out.
        LeaseLostError: Another process took the run over, or it was ended.
    """
    if recorded.status == "not_evaluated":
        raise InvalidInputError(f"only an answer can be recorded as a trial, got not_evaluated for {recorded.key}")
    require_claim(session, claim)
    row = TrialRow(
        run_id=claim.run_id,
        case_id=recorded.key.case_id,
        variant=recorded.key.variant,
        trial=recorded.key.trial,
        status=recorded.status,
        latency_s=recorded.latency_s,
        cost_usd=recorded.cost_usd,
        stimulus_digest=stimulus_digest,
        trace_id=recorded.trace_id,
        recorded_at=recorded_at,
        recorded_run=to_text(recorded),
    )
    return insert_new(session, [row]) == 1


def add_attempt(session: Session, claim: Claim, key: TrialKey, *, attempt: int, error: str, at: datetime) -> bool:
    """Record that an attempt, counted from 0 within the claim, brought no answer.

    Returns:
        Whether it is new.

    Raises:
        LeaseLostError: Another process took the run over, or it was ended.
    """
    require_claim(session, claim)
    row = TrialAttemptRow(
        run_id=claim.run_id,
        case_id=key.case_id,
        variant=key.variant,
        trial=key.trial,
        fence=claim.fence,
        attempt=attempt,
        error=error,
        at=at,
    )
    return insert_new(session, [row]) == 1


def answered(session: Session, run_id: str) -> dict[TrialKey, str]:
    """Which trials of a run have an answer, with the digest of what was sent; documents are not read."""
    query = select(TrialRow.case_id, TrialRow.variant, TrialRow.trial, TrialRow.stimulus_digest).where(
        TrialRow.run_id == run_id
    )
    return {
        TrialKey(case_id=case_id, variant=variant, trial=trial): digest
        for case_id, variant, trial, digest in session.exec(query)
    }


def count_trials(session: Session, run_id: str) -> int:
    """How many trials of a run have an answer."""
    return session.exec(select(func.count()).select_from(TrialRow).where(TrialRow.run_id == run_id)).one()


def find_trial(session: Session, run_id: str, key: TrialKey) -> StoredTrial | None:
    """The answer of one trial, or None."""
    row = session.get(TrialRow, (run_id, key.case_id, key.variant, key.trial))
    return None if row is None else _value(row)


def trials_page(
    session: Session, run_id: str, *, after: TrialKey | None = None, limit: int = PAGE
) -> tuple[StoredTrial, ...]:
    """One page of a run's answers, ordered by key; ``after`` is the last key of the page before."""
    key = (col(TrialRow.case_id), col(TrialRow.variant), col(TrialRow.trial))
    query = select(TrialRow).where(TrialRow.run_id == run_id).order_by(*key).limit(limit)
    if after is not None:
        query = query.where(tuple_(*key) > (after.case_id, after.variant, after.trial))
    return tuple(_value(row) for row in session.exec(query))


def trials_of_run(store: Store, run_id: str, *, page: int = PAGE) -> Iterator[StoredTrial]:
    """All answers of a run, ordered by key, read page by page in short transactions of their own."""
    after: TrialKey | None = None
    while True:
        trials = store.read_now(partial(trials_page, run_id=run_id, after=after, limit=page))
        yield from trials
        if len(trials) < page:
            return
        after = trials[-1].recorded.key


def unanswered(session: Session, run_id: str) -> tuple[Attempt, ...]:
    """The last attempt at every trial of a run that was tried and has no answer, ordered by key."""
    answer = exists().where(
        and_(
            col(TrialRow.run_id) == TrialAttemptRow.run_id,
            col(TrialRow.case_id) == TrialAttemptRow.case_id,
            col(TrialRow.variant) == TrialAttemptRow.variant,
            col(TrialRow.trial) == TrialAttemptRow.trial,
        )
    )
    query = (
        select(TrialAttemptRow)
        .where(TrialAttemptRow.run_id == run_id, ~answer)
        .order_by(
            col(TrialAttemptRow.case_id),
            col(TrialAttemptRow.variant),
            col(TrialAttemptRow.trial),
            col(TrialAttemptRow.fence),
            col(TrialAttemptRow.attempt),
        )
    )
    last = {attempt.key: attempt for attempt in map(_attempt, session.exec(query))}
    return tuple(last.values())


def _value(row: TrialRow) -> StoredTrial:
    return StoredTrial(
        recorded=from_text(RecordedRun, row.recorded_run),
        stimulus_digest=row.stimulus_digest,
        recorded_at=row.recorded_at,
    )


def _attempt(row: TrialAttemptRow) -> Attempt:
    return Attempt(
        key=TrialKey(case_id=row.case_id, variant=row.variant, trial=row.trial),
        fence=row.fence,
        attempt=row.attempt,
        error=row.error,
        at=row.at,
    )

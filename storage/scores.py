"""Named reads and writes of what trials scored, each under the rules it was scored by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import tuple_
from sqlmodel import Session, col, select

from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.scores import TrialScore
from storage.documents import from_text, to_text
from storage.runs import Claim, require_claim
from storage.store import Store
from storage.tables import TrialScoreRow
from storage.trials import PAGE, trials_of_run
from storage.upsert import insert_new


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a trial was scored by; other rules give scores of their own.

    Args:
        scorer_version: Version of the scoring code.
        dataset_version: Whose expectations were applied.
        judge_digest: Digest of the judge; empty where nothing was judged.
    """

    scorer_version: str
    dataset_version: str
    judge_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredTrial:
    """One trial of a run with its score; one of the two may be missing.

    Args:
        recorded: None where the trial brought no answer.
        score: None where the trial was not scored under these rules.
    """

    key: TrialKey
    recorded: RecordedRun | None
    score: TrialScore | None


def add_scores(
    session: Session,
    run_id: str,
    scores: Sequence[TrialScore],
    *,
    rules: Rules,
    scored_at: datetime,
    claim: Claim | None = None,
) -> int:
    """Record scores; the first score of a trial under the same rules stands.

    The owner of a running run gives its claim; a later re-scoring has none.

    Returns:
        How many are new.

    Raises:
        LeaseLostError: Another process took the run over, or it was ended.
    """
    if claim is not None:
        require_claim(session, claim)
    return insert_new(session, [_row(run_id, score, rules, scored_at) for score in scores])


def latest_rules(session: Session, run_id: str) -> Rules | None:
    """The rules of the newest score of a run; None where nothing is scored."""
    query = (
        select(TrialScoreRow.scorer_version, TrialScoreRow.dataset_version, TrialScoreRow.judge_digest)
        .where(TrialScoreRow.run_id == run_id)
        .order_by(
            col(TrialScoreRow.scored_at).desc(),
            col(TrialScoreRow.scorer_version).desc(),
            col(TrialScoreRow.dataset_version).desc(),
            col(TrialScoreRow.judge_digest).desc(),
        )
        .limit(1)
    )
    found = session.exec(query).first()
    if found is None:
        return None
    scorer_version, dataset_version, judge_digest = found
    return Rules(scorer_version=scorer_version, dataset_version=dataset_version, judge_digest=judge_digest)


def scores_page(
    session: Session, run_id: str, *, rules: Rules, after: TrialKey | None = None, limit: int = PAGE
) -> tuple[TrialScore, ...]:
    """One page of a run's scores under some rules, ordered by key; ``after`` is the last key of the page before."""
    key = (col(TrialScoreRow.case_id), col(TrialScoreRow.variant), col(TrialScoreRow.trial))
    query = (
        select(TrialScoreRow.score)
        .where(
            TrialScoreRow.run_id == run_id,
            TrialScoreRow.scorer_version == rules.scorer_version,
            TrialScoreRow.dataset_version == rules.dataset_version,
            TrialScoreRow.judge_digest == rules.judge_digest,
        )
        .order_by(*key)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(*key) > (after.case_id, after.variant, after.trial))
    return tuple(from_text(TrialScore, text) for text in session.exec(query))


def scores_of_run(store: Store, run_id: str, *, rules: Rules, page: int = PAGE) -> Iterator[TrialScore]:
    """All scores of a run under some rules, ordered by key, read page by page."""
    after: TrialKey | None = None
    while True:
        scores = store.read_now(partial(scores_page, run_id=run_id, rules=rules, after=after, limit=page))
        yield from scores
        if len(scores) < page:
            return
        after = scores[-1].key


def scored_trials(store: Store, run_id: str, *, rules: Rules, page: int = PAGE) -> Iterator[ScoredTrial]:
    """Every trial of a run that has an answer or a score, ordered by key, read page by page."""
    answers = ((trial.recorded.key, trial.recorded) for trial in trials_of_run(store, run_id, page=page))
    scores = ((score.key, score) for score in scores_of_run(store, run_id, rules=rules, page=page))
    answer, score = next(answers, None), next(scores, None)
    while answer is not None or score is not None:
        key = min(pair[0] for pair in (answer, score) if pair is not None)
        recorded = answer[1] if answer is not None and answer[0] == key else None
        scored = score[1] if score is not None and score[0] == key else None
        yield ScoredTrial(key=key, recorded=recorded, score=scored)
        answer = answer if recorded is None else next(answers, None)
        score = score if scored is None else next(scores, None)


def _row(run_id: str, score: TrialScore, rules: Rules, scored_at: datetime) -> TrialScoreRow:
    path = score.trajectory
    return TrialScoreRow(
        run_id=run_id,
        case_id=score.key.case_id,
        variant=score.key.variant,
        trial=score.key.trial,
        scorer_version=rules.scorer_version,
        dataset_version=rules.dataset_version,
        judge_digest=rules.judge_digest,
        evaluated=score.evaluated,
        passed=score.passed,
        precision=path.precision if path else None,
        recall=path.recall if path else None,
        order=path.order if path else None,
        parameters=path.parameters if path else None,
        efficiency=path.efficiency if path else None,
        trajectory=path.trajectory if path else None,
        scored_at=scored_at,
        score=to_text(score),
    )

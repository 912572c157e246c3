from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import text

from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.scores import TrialScore
from storage.runs import Claim, LeaseLostError, finish_run
from storage.scores import Rules, add_scores, latest_rules, scored_trials, scores_of_run
from storage.store import Store
from storage.trials import add_trial

Answer = Callable[..., RecordedRun]
Score = Callable[..., TrialScore]
RULES = Rules(scorer_version="1", dataset_version="ds-1")


@pytest.fixture
def add(store: Store, new_run, noon: datetime) -> Callable[..., int]:
    new_run()

    def write(*scores: TrialScore, rules: Rules = RULES, at: datetime = noon, claim: Claim | None = None) -> int:
        return store.write_now(
            lambda session: add_scores(session, "run-1", scores, rules=rules, scored_at=at, claim=claim)
        )

    return write


def test_scores_come_back_as_they_were_in_order(store: Store, add, score: Score):
    scores = [score("b"), score("a", 1, trajectory=None, passed=None, evaluated=False), score("a", 0, "v")]
    assert add(*scores) == 3
    found = list(scores_of_run(store, "run-1", rules=RULES, page=2))
    assert found == sorted(scores, key=lambda each: each.key)


def test_the_numbers_of_a_score_can_be_searched(store: Store, add, score: Score):
    add(score("a"), score("b", trajectory=None))
    rows = store.read_now(
        lambda session: session.execute(
            text(
                'SELECT evaluated, passed, precision, recall, "order", parameters, efficiency, trajectory'
                " FROM trial_score ORDER BY case_id"
            )
        ).all()
    )
    assert [tuple(row) for row in rows] == [(1, 0, 0.5, 1.0, 1.0, 0.75, 0.5, 0.7), (1, 0, *[None] * 6)]


def test_the_first_score_stands_under_the_same_rules(store: Store, add, score: Score):
    assert add(score()) == 1
    assert add(score(passed=True), score("other")) == 1
    assert [found.passed for found in scores_of_run(store, "run-1", rules=RULES)] == [False, False]


@pytest.mark.parametrize("change", [{"scorer_version": "2"}, {"dataset_version": "ds-2"}, {"judge_digest": "j"}])
def test_other_rules_write_scores_of_their_own(store: Store, add, score: Score, noon: datetime, change):
    other = replace(RULES, **change)
    add(score(passed=False))
    assert add(score(passed=True), rules=other, at=noon + timedelta(seconds=1)) == 1
    assert [found.passed for found in scores_of_run(store, "run-1", rules=RULES)] == [False]
    assert [found.passed for found in scores_of_run(store, "run-1", rules=other)] == [True]
    assert store.read_now(lambda session: latest_rules(session, "run-1")) == other


def test_a_run_without_scores_has_no_rules(store: Store):
    assert store.read_now(lambda session: latest_rules(session, "run-1")) is None


def test_a_lost_claim_cannot_score_but_a_later_scoring_can(store: Store, claim: Claim, add, score: Score, noon):
    store.write_now(lambda session: finish_run(session, claim, state="cancelled", ended_at=noon))
    with pytest.raises(LeaseLostError, match="is cancelled"):
        add(score(), claim=claim)
    assert add(score()) == 1


@pytest.mark.parametrize("page", [1, 2, 100])
def test_answers_and_scores_are_paired_by_key(
    store: Store, claim: Claim, add, answer: Answer, score: Score, noon, page
):
    for run in (answer("a"), answer("b"), answer("d")):
        store.write_now(lambda session, run=run: add_trial(session, claim, run, stimulus_digest="", recorded_at=noon))
    add(score("b"), score("c"), score("d"), score("e"))
    pairs = [
        (pair.key, pair.recorded is not None, pair.score is not None)
        for pair in scored_trials(store, "run-1", rules=RULES, page=page)
    ]
    assert pairs == [
        (TrialKey(case_id="a"), True, False),
        (TrialKey(case_id="b"), True, True),
        (TrialKey(case_id="c"), False, True),
        (TrialKey(case_id="d"), True, True),
        (TrialKey(case_id="e"), False, True),
    ]

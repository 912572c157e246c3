from dataclasses import replace

import pytest

from sluice.golden.case import GoldenCase, Turn
from sluice.golden.expectation import Alternative, AnswerExpectation, Similarity
from sluice.reports.failed import divergence_kind, divergence_of, failed_stratum, trial_outcome
from sluice.reports.slices import slices
from sluice.reports.view import report_view
from sluice.trials.scores import Check
from tests.sluice.reports.made_up import EXPECT, bare, made_up, trial

MADE = made_up()
KEY = next(iter(MADE.scores))


def view_of(made, **limits):
    return report_view(made.report, made.facts, made.strata, made.scores, made.runs, **limits)


def test_failures_of_one_kind_stand_together_never_events_first_then_the_largest_group():
    groups = MADE.view.groups
    assert groups[0].title == "Never-event: delete_* is never called"
    sizes = [len(group.failures) for group in groups[1:]]
    assert sizes == sorted(sizes, reverse=True)
    assert {"missing get_policy", "wrong issue_refund.amount", "unexpected search_web"} < {g.title for g in groups}


def test_every_stratum_with_a_failed_or_unevaluated_trial_is_told_and_no_other():
    telling = {
        (key.case_id, key.variant)
        for key, score in MADE.scores.items()
        if score.never or score.passed is False or not score.evaluated
    }
    assert {(f.result.case_id, f.result.variant) for f in MADE.view.failures} == telling


def test_a_never_event_is_shown_before_an_ordinary_failure_of_the_same_stratum():
    stratum, result = MADE.strata[0], MADE.report.strata[0]
    keys = [replace(KEY, trial=number) for number in range(3)]
    scores = [trial(key, way)[1] for key, way in zip(keys, ("missing", "not evaluated", "never"), strict=True)]
    failed = failed_stratum(result, stratum, scores, {})
    assert (failed.key.trial, failed.outcome) == (2, "failed")
    assert failed.outcomes == ((0, "failed"), (1, "not evaluated"), (2, "failed"))


def test_a_stratum_whose_trials_all_passed_is_no_failure():
    scores = [trial(KEY, "passed")[1]]
    assert failed_stratum(MADE.report.strata[0], MADE.strata[0], scores, {}) is None


def test_a_stratum_that_nothing_decides_is_neither_passed_nor_failed():
    score = replace(trial(KEY, "passed")[1], passed=None)
    assert trial_outcome(score) == "not decided"
    assert failed_stratum(MADE.report.strata[0], MADE.strata[0], [score], {}) is None


def test_failures_beyond_the_limit_are_counted_not_forgotten():
    whole, short = MADE.view, view_of(MADE, max_failures=3, max_cases=5)
    assert len(short.failures) == 3
    assert short.n_failures_hidden == len(whole.failures) - 3
    assert (len(short.cases), short.n_cases_hidden) == (5, 39)
    assert short.n_failed == whole.n_failed


def test_failing_strata_come_first_in_the_table_of_all_cases():
    failing = {failed.name for failed in MADE.view.failures}
    names = [case.name for case in MADE.view.cases]
    assert set(names[: len(failing)]) == failing


def test_long_inputs_and_answers_are_cut_with_their_full_length_said():
    key, score = next((key, score) for key, score in MADE.scores.items() if score.passed is False)
    runs = {**MADE.runs, key: replace(MADE.runs[key], output="x" * 3_000_000)}
    view = report_view(MADE.report, MADE.facts, MADE.strata, {key: score}, runs)
    assert (len(view.failures[0].answer.text), view.failures[0].answer.length) == (2_000, 3_000_000)


def test_pass_rates_are_over_counted_evaluated_trials():
    counted = [result for result in MADE.report.strata if result.counted]
    evaluated = sum(r.n_trials - r.n_unevaluated for r in counted)
    assert MADE.view.pass_rate == sum(r.n_passed for r in counted) / evaluated
    # the made-up baseline passed 9 of 10 trials of every stratum it knows
    assert MADE.view.baseline_pass_rate == 0.9


def test_a_report_without_trials_has_no_rates_rather_than_zero():
    view = bare().view
    assert (view.pass_rate, view.baseline_pass_rate, view.failures, view.groups, view.slices) == (
        None,
        None,
        (),
        (),
        (),
    )


def test_a_slice_counts_each_of_its_strata_once_and_names_what_has_no_capability():
    strata = [
        replace(
            MADE.report.strata[1], capability="", tags=("a", "a"), risks=(), n_trials=3, n_passed=1, n_unevaluated=1
        ),
        replace(MADE.report.strata[1], capability="", tags=("a",), risks=(), n_trials=3, n_passed=3, n_unevaluated=0),
        replace(MADE.report.strata[1], counted=False),
    ]
    found = {(one.dimension, one.name): one for one in slices(strata)}
    assert set(found) == {("capability", "(none)"), ("tag", "a")}
    # 1 of 2 evaluated and 3 of 3: 4 of 5
    tag = found["tag", "a"]
    assert (tag.n_strata, tag.n_passed, tag.n_trials, tag.n_unevaluated, tag.rate) == (2, 4, 5, 1, 0.8)


def test_the_divergence_is_the_first_thing_that_went_wrong():
    run, score = trial(KEY, "missing")
    assert divergence_kind(score, run) == "missing get_policy"
    answered = replace(
        score, trajectory=None, checks=(Check(name="answer.contains[0]", passed=False, score=0, reason="no A-1"),)
    )
    assert divergence_of(answered, run) == "answer.contains[0]: no A-1"
    assert divergence_kind(answered, run) == "answer.contains[0]"
    unchecked = replace(score, trajectory=None, checks=(), reasons=('call 3 said "no"',))
    assert divergence_kind(unchecked, run) == "call … said …"
    silent = replace(unchecked, reasons=())
    assert divergence_of(silent, None) == "no reason given"
    assert divergence_of(replace(silent, evaluated=False), None) == "Not evaluated: no reason given"


def test_runs_that_did_not_complete_are_grouped_by_how_they_ended():
    run, score = trial(KEY, "timed out")
    assert divergence_of(score, run) == "The run timed out"
    assert divergence_of(score, replace(run, status="looped")) == "The run looped"


def test_a_scripted_conversation_shows_its_turns():
    stratum, result = MADE.strata[0], MADE.report.strata[0]
    case = GoldenCase(id="c", turns=(Turn(user="Cancel it"), Turn(user="A-1001")))
    talked = replace(stratum, case=case, input=None)
    failed = failed_stratum(result, talked, [trial(KEY, "missing")[1]], {})
    assert failed.input.text == "user: Cancel it\nuser: A-1001"
    assert not failed.calls_known


@pytest.mark.parametrize(
    ("messages", "shown"),
    [
        ([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [1]}], "user: Hi\nassistant: [1]"),
        ([{"role": "user", "content": "Hi", "name": "a"}], '[\n  {\n    "role": "user",'),
        ([{"role": 1, "content": "Hi"}], '[\n  {\n    "role": 1,'),
        ([], "[]"),
        ({"q": 1}, '{\n  "q": 1\n}'),
    ],
)
def test_a_history_of_messages_reads_as_a_conversation_and_all_else_as_written(messages, shown):
    stratum, result = MADE.strata[0], MADE.report.strata[0]
    failed = failed_stratum(result, replace(stratum, input=messages), [trial(KEY, "missing")[1]], {})
    assert failed.input.text.startswith(shown)


@pytest.mark.parametrize(("reasons", "told"), [(("3 of 3 trials are missing",), "3 of 3"), ((), "no trial was run")])
def test_a_stratum_whose_trials_are_missing_is_told_as_not_evaluated(reasons, told):
    gone = replace(MADE.report.strata[0], n_passed=0, n_unevaluated=3, reasons=reasons)
    report = replace(MADE.report, strata=(gone,), never_events=())
    view = report_view(report, MADE.facts, MADE.strata, {}, {})
    assert (view.failures[0].outcome, view.n_failed) == ("not evaluated", 0)
    assert view.failures[0].divergence.startswith(f"Not evaluated: {told}")


def test_a_never_event_is_told_once_for_all_trials_of_its_stratum():
    (group,) = MADE.view.never_groups
    assert (group.name, group.n_trials) == ("policies-003", 3)


def test_a_failure_without_its_stratum_shows_what_is_known():
    failed = failed_stratum(MADE.report.strata[0], None, [trial(KEY, "missing")[1]], {})
    assert (failed.input.text, failed.expected_answer, failed.answer.text) == ("", (), "")


def test_what_an_answer_must_be_like_is_told_line_by_line_for_the_alternative_that_counted():
    stratum, result = MADE.strata[0], MADE.report.strata[0]
    full = AnswerExpectation(
        reference="r",
        acceptable=("a",),
        similarity=Similarity(at_least=0.8),
        contains=("A", ("b", "c")),
        excludes=("x",),
        matches=("^y",),
        fields={"$.total": {"approx": 1, "within": 0.5}},
        schema={"type": "object"},
    )
    expect = EXPECT.model_copy(update={"any_of": (Alternative(), Alternative(answer=full))})
    score = replace(trial(KEY, "missing")[1], alternative="any_of[1]")
    failed = failed_stratum(result, replace(stratum, expect=expect), [score], {})
    assert [(line.what, line.value) for line in failed.expected_answer] == [
        ("reference", "r"),
        ("also good", "a"),
        ("must contain", "A"),
        ("must contain", "b or c"),
        ("must not contain", "x"),
        ("must match", "^y"),
        ("$.total", "≈ 1 ± 0.5"),
        ("similarity", "at least 0.8"),
        ("JSON Schema", '{"type": "object"}'),
    ]

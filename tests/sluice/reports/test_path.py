from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.golden.expectation import Alternative, Expectation, Step, TrajectoryExpectation
from sluice.reports.path import (
    FIRST_ROWS,
    LAST_ROWS,
    call_text,
    expected_trajectory,
    matcher_text,
    path_rows,
    step_text,
)
from sluice.traces.calls import ToolCall
from sluice.trajectory.scores import TrajectoryScore
from tests.sluice.reports.made_up import EXPECT, WAYS, made_up, scored


def rows_of(way):
    calls, _, score, _ = WAYS[way]
    return path_rows(EXPECT.trajectory, score, calls)


def test_a_perfect_run_shows_every_step_beside_its_call():
    assert [(row.mark, row.position) for row in rows_of("passed")] == [("matched", 1), ("matched", 2), ("matched", 3)]


def test_a_missing_step_stands_where_it_should_have_happened():
    rows = rows_of("missing")
    assert [row.mark for row in rows] == ["matched", "missing", "matched"]
    assert rows[1].expected.startswith("get_policy | search_policies(")
    assert rows[1].actual == ""


def test_missing_steps_after_the_last_call_come_last():
    rows = path_rows(EXPECT.trajectory, scored(missing=(0, 1, 2)), ())
    assert [row.mark for row in rows] == ["missing"] * 3


def test_a_matched_call_with_a_wrong_literal_says_which():
    row = rows_of("wrong amount")[2]
    assert (row.mark, row.note) == ("differs", 'order_id is "A-1010", expected "A-1001"')
    assert row.result == "failed: amount above the order's total"


def test_an_absent_argument_and_arguments_that_are_no_json_are_told():
    trajectory = TrajectoryExpectation(steps=(Step(tool=("pay",), args={"id": 7}),))
    score = scored(matches=((0, 0),))
    assert path_rows(trajectory, score, [ToolCall(name="pay")])[0].note == "id is absent, expected 7"
    raw = ToolCall(name="pay", args_text="{oops")
    assert path_rows(trajectory, score, [raw])[0].note == "the arguments are no JSON object"


def test_arguments_that_are_ignored_relative_or_matched_by_a_rule_never_differ():
    args = {"at": "{{now-7d}}", "amount": {"above": 1}, "items": [{"any": True}]}
    given_ = ToolCall(name="pay", args={"at": "2026-01-01", "amount": 5, "items": [1]})
    score = scored(matches=((0, 0),))
    subset = TrajectoryExpectation(steps=(Step(tool=("pay",), args=args),))
    ignored = TrajectoryExpectation(steps=(Step(tool=("pay",), args={"id": 1}, args_mode="ignore"),))
    assert [path_rows(one, score, [given_])[0].mark for one in (subset, ignored)] == ["matched", "matched"]


def test_extra_forbidden_and_allowed_calls_are_told_apart():
    calls = [ToolCall(name=name) for name in ("a", "b", "c", "d")]
    score = scored(matches=((0, 3),), extra=(0,), forbidden=(1, 3))
    rows = path_rows(TrajectoryExpectation(steps=(Step(tool=("d",)),)), score, calls)
    assert [row.mark for row in rows] == ["extra", "forbidden", "allowed", "forbidden"]
    assert rows[3].expected == "d()"


def test_steps_that_are_repeated_count_once_each():
    trajectory = TrajectoryExpectation(steps=(Step(tool=("a",), times=2), Step(tool=("b",))))
    rows = path_rows(trajectory, scored(missing=(1, 2), matches=((0, 0),)), [ToolCall(name="a")])
    assert [row.expected for row in rows] == ["a()", "a()", "b()"]


def test_without_an_expected_trajectory_the_calls_are_just_told():
    rows = path_rows(None, None, [ToolCall(name="a", result="fine"), ToolCall(name="b")])
    assert [(row.mark, row.result) for row in rows] == [("made", "fine"), ("made", "")]


def test_steps_that_are_not_at_hand_are_named_by_their_number():
    rows = path_rows(None, scored(matches=((0, 0),), missing=(1,)), [ToolCall(name="a")])
    assert [row.expected for row in rows] == ["step 1", "step 2"]


def test_a_loop_of_thousands_of_calls_shows_its_beginning_and_its_end():
    rows = path_rows(None, None, [ToolCall(name=f"call{n}") for n in range(5_000)])
    assert len(rows) == FIRST_ROWS + 1 + LAST_ROWS
    assert rows[FIRST_ROWS].note == "4,960 more calls or steps are not shown"
    assert rows[-1].actual == "call4999()"


@given(
    n_steps=st.integers(0, 6),
    n_calls=st.integers(0, 6),
    pairs=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=6),
)
def test_every_call_and_every_missing_step_is_shown_exactly_once(n_steps, n_calls, pairs):
    matches = {step: call for step, call in pairs if step < n_steps and call < n_calls}
    matches = {step: call for call, step in {call: step for step, call in matches.items()}.items()}
    missing = tuple(step for step in range(n_steps) if step not in matches)
    trajectory = TrajectoryExpectation(steps=tuple(Step(tool=(f"t{n}",)) for n in range(n_steps)))
    score = scored(matches=tuple(matches.items()), missing=missing)
    rows = path_rows(trajectory, score, [ToolCall(name=f"t{n}") for n in range(n_calls)])
    assert [row.position for row in rows if row.position] == list(range(1, n_calls + 1))
    assert sorted(row.expected for row in rows if row.mark == "missing") == [f"t{n}()" for n in missing]


def test_the_alternative_that_counted_is_the_one_shown():
    first, second = (TrajectoryExpectation(steps=(Step(tool=(name,)),)) for name in ("first", "second"))
    score = next(iter(made_up(1).scores.values()))
    by_case = Expectation(trajectory=first, any_of=(Alternative(), Alternative(trajectory=second)))
    by_trajectory = Expectation(trajectory=TrajectoryExpectation(any_of=(first, second)))

    def shown(expect, *, alternative="", inner=""):
        return expected_trajectory(expect, with_names(score, alternative, inner))

    assert shown(by_case, alternative="any_of[1]") == second
    assert shown(by_case, alternative="any_of[0]") == first
    assert shown(by_case, alternative="any_of[9]") == first
    assert shown(by_trajectory, inner="trajectory.any_of[1]") == second
    assert shown(Expectation(), inner="") is None


def with_names(score, alternative, inner):
    return replace(score, alternative=alternative, trajectory=replace(score.trajectory, alternative=inner))


@pytest.mark.parametrize(
    ("matcher", "words"),
    [
        ({"approx": 42.1, "within": 0.01}, "≈ 42.1 ± 0.01"),
        ({"one_of": ["a", 2]}, '"a" or 2'),
        ({"between": [1, 5]}, "between 1 and 5"),
        ({"above": 3}, "above 3"),
        ({"contains": "x"}, 'contains "x"'),
        ({"regex": "^A-[0-9]+$"}, "/^A-[0-9]+$/"),
        ({"casefold": "acme"}, '"acme"'),
        ({"absent": True}, "absent"),
        ({"any": False}, '{"any": false}'),
        ({"approx": 1, "percent": 5}, '{"approx": 1, "percent": 5}'),
        ({"result_of": "look"}, '{"result_of": "look"}'),
        ({}, "{}"),
        (None, "null"),
    ],
)
def test_matchers_read_as_words_and_rare_ones_as_written(matcher, words):
    assert matcher_text(matcher) == words


def test_a_step_and_a_call_tell_their_agent_and_every_argument():
    step = Step(tool=("pay",), agent="bill*", args={"id": 1}, args_mode="exact")
    assert step_text(step) == "pay(id: 1 and nothing else) by bill*"
    assert call_text(ToolCall(name="pay", args_text="{oops")) == "pay({oops)"


def test_a_score_without_positions_needs_no_steps():
    score = TrajectoryScore(
        precision=1, recall=1, order=1, parameters=1, efficiency=1, trajectory=1, passed=True, alternative="x"
    )
    assert path_rows(EXPECT.trajectory, score, ()) == ()

"""What must hold of the five numbers for any expectation and any run."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sluice.golden.expectation import CallPattern, Step, TrajectoryExpectation
from sluice.traces.calls import ToolCall
from sluice.trajectory.scoring import compile_trajectory

NAMES = ("a", "b", "get_c")
NUMBERS = ("precision", "recall", "order", "parameters", "efficiency", "trajectory")

names = st.sampled_from(NAMES)
arguments = st.dictionaries(st.sampled_from("xy"), st.integers(0, 2), max_size=2)
calls = st.lists(
    st.builds(ToolCall, name=names, args=arguments, error=st.sampled_from([None, None, None, "refused"])), max_size=7
)
steps = st.lists(
    st.builds(Step, tool=st.tuples(names), args=arguments, times=st.integers(1, 2), id=st.none()), max_size=4
).map(tuple)
expectations = st.builds(
    TrajectoryExpectation,
    order=st.sampled_from(["strict", "in_order", "any_order"]),
    steps=steps,
    optional=st.lists(st.builds(CallPattern, tool=st.tuples(names), args=arguments), max_size=1).map(tuple),
    forbidden=st.lists(st.builds(CallPattern, tool=st.tuples(names), args=arguments), max_size=1).map(tuple),
    extra=st.sampled_from(["allowed", "penalised", "forbidden"]),
    max_calls=st.none() | st.integers(0, 6),
)


def numbers(score):
    return [getattr(score, name) for name in NUMBERS] + [score.passed]


@given(expectations, calls)
def test_every_number_is_a_share(expectation, made):
    score = compile_trajectory(expectation).score(made)
    assert all(0 <= getattr(score, name) <= 1 for name in NUMBERS)
    assert (score.divergence == "") == (score.divergence_kind == "")
    assert score.passed or score.divergence


@given(steps, st.sampled_from(["strict", "in_order", "any_order"]))
def test_perfect_input_scores_one(expected, order):
    made = [ToolCall(name=step.tool[0], args=step.args) for step in expected for _ in range(step.times)]
    score = compile_trajectory(TrajectoryExpectation(steps=expected, order=order)).score(made)
    assert numbers(score) == [1, 1, 1, 1, 1, 1, True]


@given(expectations, calls, st.integers(0, 7), st.sampled_from([None, "refused"]))
def test_a_junk_call_never_raises_a_score(expectation, made, place, error):
    compiled = compile_trajectory(expectation)
    junk = ToolCall(name="junk", error=error)
    before, after = compiled.score(made), compiled.score([*made[:place], junk, *made[place:]])
    assert all(new <= old + 1e-12 for new, old in zip(numbers(after), numbers(before), strict=True))


@given(expectations, calls, st.integers(0, 3))
def test_a_junk_success_after_its_failures_never_raises_a_score(expectation, made, failures):
    compiled = compile_trajectory(expectation)
    tried = [*made, *[ToolCall(name="junk", error="refused")] * failures]
    before, after = compiled.score(tried), compiled.score([*tried, ToolCall(name="junk")])
    assert all(new <= old + 1e-12 for new, old in zip(numbers(after), numbers(before), strict=True))


@given(expectations, calls, st.randoms(use_true_random=False))
def test_permuting_calls_under_any_order_changes_nothing(expectation, made, random):
    compiled = compile_trajectory(expectation.model_copy(update={"order": "any_order"}))
    shuffled = list(made)
    random.shuffle(shuffled)
    assert numbers(compiled.score(made)) == numbers(compiled.score(shuffled))


@given(expectations, calls, calls, st.randoms(use_true_random=False))
def test_a_batch_has_no_inner_order(expectation, made, batch, random):
    compiled = compile_trajectory(expectation)
    together = [replace(call, batch="one turn") for call in batch]
    shuffled = list(together)
    random.shuffle(shuffled)
    assert numbers(compiled.score(made + together)) == numbers(compiled.score(made + shuffled))


@given(expectations, calls)
def test_a_passed_trajectory_has_full_recall_parameters_and_order(expectation, made):
    score = compile_trajectory(expectation).score(made)
    assert not score.passed or (score.recall, score.parameters, score.order, score.missing) == (1, 1, 1, ())


@given(st.lists(names, max_size=5), calls)
def test_no_other_matching_would_match_more(expected, made):
    # Without arguments the largest matching takes, for each tool, the smaller of wanted and succeeded calls.
    steps = tuple(Step(tool=(name,)) for name in expected)
    score = compile_trajectory(TrajectoryExpectation(steps=steps)).score(made)
    succeeded = [call.name for call in made if call.ok]
    largest = sum(min(expected.count(name), succeeded.count(name)) for name in NAMES)
    assert len(score.matches) == largest

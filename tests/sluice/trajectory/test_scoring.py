import pytest

from sluice.golden.expectation import Step, TrajectoryExpectation
from sluice.traces.calls import ToolCall
from sluice.trajectory.scoring import compile_trajectory


def five(score):
    return (score.precision, score.recall, score.order, score.parameters, score.efficiency)


def failed(name, **args):
    return ToolCall(name=name, args=args, error="refused")


def test_the_expected_calls_in_their_order_are_perfect(score):
    got = score(["look", ("pay", {"amount": 5})], ["look", ("pay", {"amount": 5.0})])
    assert five(got) == (1, 1, 1, 1, 1)
    assert (got.trajectory, got.passed, got.divergence, got.matches) == (1.0, True, "", ((0, 0), (1, 1)))


def test_nothing_expected_and_nothing_called_is_perfect(score):
    got = score([], [])
    assert (*five(got), got.trajectory, got.passed) == (1, 1, 1, 1, 1, 1, True)


def test_nothing_expected_and_something_called_has_no_precision(score):
    got = score([], ["delete_all"])
    assert (got.precision, got.recall, got.efficiency, got.trajectory) == (0, 1, 0, 0)


def test_something_expected_and_nothing_called_has_no_recall(score):
    got = score(["pay"], [])
    assert (got.recall, got.parameters, got.trajectory, got.passed) == (0, 0, 0, False)
    assert got.divergence == "expected pay() at the start, no tool was called; it was never called"
    assert got.divergence_kind == "missing pay"


def test_every_number_speaks_of_its_own_fault(score):
    # expected a, b(x, y), c; called b (x right, y wrong), a, d, d
    # precision 2/4; recall 2/3; order: the one judged pair (a, b) is broken: 0; parameters: (1 + 1/2) / 2 = .75
    # efficiency: 3 needed / 4 made
    got = score(["a", ("b", {"x": 1, "y": 2}), "c"], [("b", {"x": 1, "y": 9}), "a", "d", "d"])
    assert five(got) == (2 / 4, 2 / 3, 0, 0.75, 3 / 4)
    assert (got.missing, got.extra, got.passed) == ((2,), (2, 3), False)


def test_the_headline_is_the_weighted_f_measure_its_docstring_says(score):
    # steps: look_up (weight .1), pay (weight 1) with 1 of 2 arguments right: earns 1 * .5 * .5 = .25; look_up earns .1
    # an extra refund weighs 1: e = .35, n = 1.1, c = 2.1; F = .7 / 3.2; order 1; efficiency 2/3
    got = score(["look_up", ("pay", {"x": 1, "y": 2})], ["look_up", ("pay", {"x": 1, "y": 3}), "refund"])
    assert got.trajectory == pytest.approx(0.7 / 3.2 * (2 / 3) ** 0.1)


def test_each_forbidden_call_halves_the_headline_and_fails(score):
    free = score(["pay"], ["pay", "get_policy"], extra="allowed")
    forbidden = score(["pay"], ["pay", "get_policy"], extra="allowed", forbidden=["get_*"])
    assert forbidden.trajectory == pytest.approx(free.trajectory / 2)
    assert (free.passed, forbidden.passed, forbidden.forbidden) == (True, False, (1,))
    assert forbidden.divergence == "call 2, get_policy(), is forbidden"


def test_declared_side_effects_decide_what_weighs(score):
    lenient = score(["note", "pay"], ["pay"], side_effects=["pay"])
    strict = score(["note", "pay"], ["pay"], side_effects=["pay", "note"])
    assert lenient.trajectory > 0.9 > strict.trajectory


def test_optional_calls_cost_nothing_but_their_repeats_are_waste(score):
    once = score(["pay"], ["get_policy", "pay"], optional=["get_policy"])
    twice = score(["pay"], ["get_policy", "get_policy", "pay"], optional=["get_policy"])
    assert five(once) == (1, 1, 1, 1, 1)
    assert five(twice) == (1, 1, 1, 1, 0.5)
    assert twice.passed


def test_allowed_extras_cost_efficiency_only(score):
    assert five(score(["pay"], ["pay", "ping"], extra="allowed")) == (1, 1, 1, 1, 0.5)


def test_forbidden_extras_fail_the_trajectory(score):
    assert score(["pay"], ["pay", "ping"]).passed
    got = score(["pay"], ["pay", "ping"], extra="forbidden")
    assert not got.passed
    assert got.divergence == "call 2, ping(), is not expected"


def test_strict_order_allows_no_extra_call(score):
    assert not score(["a", "b"], ["a", "x", "b"], order="strict").passed
    assert score(["a", "b"], ["a", "x", "b"]).passed


def test_max_calls_counts_optional_calls_and_no_retries(score):
    calls = ["get_policy", failed("pay"), "pay"]
    assert score(["pay"], calls, optional=["get_policy"], max_calls=2).passed
    got = score(["pay"], calls, optional=["get_policy"], max_calls=1)
    assert not got.passed
    assert got.divergence == "2 calls were made, at most 1 are allowed"


def test_a_retry_costs_efficiency_and_nothing_else(score):
    got = score([("pay", {"x": 1})], [failed("pay", x=1), ("pay", {"x": 1})], extra="forbidden", max_calls=1)
    assert five(got) == (1, 1, 1, 1, 0.5)
    assert got.passed


def test_a_failure_that_nothing_made_good_is_an_extra_call(score):
    got = score(["pay"], [failed("ping"), "pay"])
    assert (got.precision, got.extra) == (0.5, (0,))


def test_a_failure_after_the_success_is_no_retry(score):
    assert score(["pay"], ["pay", failed("pay")]).precision == 0.5


def test_an_unwanted_success_makes_good_one_failure_only(score):
    # without the last call: 1/3; it excuses one failure and is itself charged: still 1/3
    assert score(["pay"], ["pay", failed("ping"), failed("ping")]).precision == 1 / 3
    assert score(["pay"], ["pay", failed("ping"), failed("ping"), "ping"]).precision == 1 / 3


def test_a_step_wants_success_unless_it_says_otherwise(score):
    assert score(["pay"], [failed("pay")]).recall == 0
    assert score([{"tool": "pay", "status": "error"}], [failed("pay")]).passed
    assert score([{"tool": "pay", "status": "any"}], [failed("pay")]).passed
    assert score(["pay"], [failed("pay")]).divergence == "expected pay(), but pay() gave refused"


def test_calls_of_one_batch_have_no_order_among_themselves(score):
    batch = [ToolCall(name="b", batch=1), ToolCall(name="a", batch=1)]
    assert score(["a", "b"], batch, order="strict").passed
    assert not score(["a", "b"], ["b", "a"]).passed


def test_calls_that_ran_at_the_same_time_have_no_order(score):
    side_by_side = [
        ToolCall(name="b", started_at=0.0, duration_s=2.0),
        ToolCall(name="a", started_at=1.0, duration_s=2.0),
    ]
    one_by_one = [
        ToolCall(name="b", started_at=0.0, duration_s=1.0),
        ToolCall(name="a", started_at=1.0, duration_s=2.0),
    ]
    assert score(["a", "b"], side_by_side).order == 1
    assert score(["a", "b"], one_by_one).order == 0


def test_order_is_the_share_of_pairs_kept(score):
    # a c b: pairs ab, ac kept, bc broken
    got = score(["a", "b", "c"], ["a", "c", "b"])
    assert got.order == 2 / 3
    assert got.divergence == "call 2, c(), came before call 3, b(), which must come first"


def test_partial_order_asks_only_for_what_after_says(score):
    steps = [{"tool": "a", "id": "a"}, {"tool": "b"}, {"tool": "c", "after": ("a",)}]
    assert score(steps, ["b", "a", "c"], order="partial").order == 1
    assert score(steps, ["b", "c", "a"], order="partial").order == 0


def test_partial_order_is_transitive(score):
    steps = [
        {"tool": "c", "id": "c", "after": ("b",)},
        {"tool": "b", "id": "b", "after": ("a",)},
        {"tool": "a", "id": "a"},
    ]
    # pairs ab, bc, ac; called c a b: ab kept, the others broken
    assert score(steps, ["c", "a", "b"], order="partial").order == pytest.approx(1 / 3)


def test_a_cycle_that_slipped_through_ends_the_search(score):
    steps = [{"tool": "a", "id": "a", "after": ("b",)}, {"tool": "b", "id": "b", "after": ("a",)}]
    assert score(steps, ["a", "b"], order="partial").recall == 1


def test_times_asks_for_that_many_calls_without_order_among_them(score):
    steps = [{"tool": "look", "times": 2}, "pay"]
    assert score(steps, ["look", "look", "pay"]).passed
    got = score(steps, ["look", "pay"])
    assert (got.recall, got.missing) == (2 / 3, (1,))


def test_any_of_several_tools_and_patterns_will_do(score):
    steps = [{"tool": ["search_web", "docs__*"]}]
    assert score(steps, ["docs__find"]).passed
    assert score(steps, ["search_web"]).passed
    assert not score(steps, ["search_mail"]).passed


def test_argument_modes(score):
    given = [("pay", {"x": 1, "y": 2})]
    assert score([{"tool": "pay", "args": {"x": 1}}], given).passed
    exact = score([{"tool": "pay", "args": {"x": 1}, "args_mode": "exact"}], given)
    assert (exact.parameters, exact.passed) == (0.5, False)
    assert exact.divergence == "call 1, pay: y: found 2, expected no such argument"
    assert score([{"tool": "pay", "args": {"x": 7}, "args_mode": "ignore"}], given).passed
    assert score([{"tool": "pay", "args_mode": "exact"}], ["pay"]).passed


def test_arguments_that_are_no_json_satisfy_nothing(score):
    got = score(["pay"], [ToolCall(name="pay", args_text="amount=5;")])
    assert (got.recall, got.parameters, got.passed) == (1, 0, False)
    assert "arguments are no JSON object: 'amount=5;'" in got.divergence


def test_a_missing_argument_is_told(score):
    got = score([("pay", {"x": 1})], ["pay"])
    assert got.divergence == "call 1, pay: x: found missing, expected 1"
    assert got.divergence_kind == "wrong pay.x"


def test_validity_against_the_tools_schema_counts_as_one_more_argument(score):
    schema = {"type": "object", "properties": {"amount": {"type": "number"}}, "required": ["amount"]}
    good = score([("pay", {"amount": 5})], [("pay", {"amount": 5})], tools={"pay": schema})
    assert good.parameters == 1
    got = score([("pay", {"id": "a"})], [("pay", {"id": "a", "amount": "5"})], tools={"pay": schema})
    assert got.parameters == 0.5
    assert "amount: breaks the tool's schema: '5' is not of type 'number'" in got.divergence


def test_an_argument_taken_from_an_earlier_result(score):
    steps = [
        {"tool": "look", "id": "look"},
        {"tool": "notify", "args": {"ticket": {"result_of": "look", "path": "$.ticket"}}},
    ]
    look = ToolCall(name="look", result={"ticket": "T-7"})
    assert score(steps, [look, ("notify", {"ticket": "T-7"})]).passed
    assert not score(steps, [look, ("notify", {"ticket": "T-8"})]).passed


def test_the_result_must_come_from_the_call_that_was_matched(score):
    steps = [
        {"tool": "look", "id": "look", "args": {"order": "A"}},
        {"tool": "notify", "args": {"ticket": {"result_of": "look"}}},
    ]
    calls = [
        ToolCall(name="look", args={"order": "B"}, result="T-1"),
        ToolCall(name="look", args={"order": "A"}, result="T-2"),
        ToolCall(name="notify", args={"ticket": "T-1"}),
    ]
    assert not score(steps, calls).passed


def test_a_result_cannot_be_used_before_it_is_there(score):
    steps = [{"tool": "look", "id": "look"}, {"tool": "notify", "args": {"ticket": {"result_of": "look"}}}]
    assert score(steps, [("notify", {"ticket": "T"}), ToolCall(name="look", result="T")]).parameters == 0.5


def test_a_step_that_failed_to_match_has_no_result(score):
    steps = [{"tool": "look", "id": "look"}, {"tool": "notify", "args": {"ticket": {"result_of": "look"}}}]
    assert score(steps, [("notify", {"ticket": "T"})]).parameters == 0


def test_an_agent_used_as_a_tool_counts_once(score):
    calls = [
        ToolCall(name="researcher"),
        ToolCall(name="search", agent="researcher", parent=0),
        ToolCall(name="search", agent="researcher", parent=0),
    ]
    assert five(score(["researcher"], calls)) == (1, 1, 1, 1, 1)
    assert score(["search"], calls).recall == 0
    flat = score(["researcher", "search"], calls, flatten=True)
    assert (flat.recall, flat.precision) == (1, 2 / 3)


def test_calls_inside_a_sub_agent_match_steps_that_name_it(score):
    calls = [
        ToolCall(name="researcher"),
        ToolCall(name="plan", agent="researcher", parent=0),
        ToolCall(name="search", agent="researcher-2", parent=1),
    ]
    got = score([{"tool": "search", "agent": "researcher*"}], calls)
    assert five(got) == (1, 1, 1, 1, 1)
    assert score([{"tool": "search", "agent": "writer"}], calls).recall == 0


def test_forbidden_calls_are_found_inside_sub_agents_too(score):
    calls = [ToolCall(name="researcher"), ToolCall(name="delete", agent="researcher", parent=0)]
    assert score(["researcher"], calls, forbidden=["delete"]).forbidden == (1,)


def test_a_failed_call_can_be_forbidden(score):
    assert score([], [failed("delete")], extra="allowed", forbidden=["delete"]).forbidden == (0,)


def test_the_best_alternative_counts_and_is_named():
    ways = (
        TrajectoryExpectation(steps=(Step(tool=("a",)), Step(tool=("b",)))),
        TrajectoryExpectation(steps=(Step(tool=("c",)),)),
    )
    compiled = compile_trajectory(TrajectoryExpectation(any_of=ways))
    assert compiled.score([ToolCall(name="c")]).alternative == "trajectory.any_of[1]"
    assert compiled.score([ToolCall(name="a")]).alternative == "trajectory.any_of[0]"


def test_what_fails_is_told_before_what_only_wastes(score):
    got = score(["pay"], ["ping", ("pay", {})], forbidden=["pay"])
    assert got.divergence_kind == "forbidden pay"
    assert score(["pay"], ["ping", "pay"]).divergence_kind == "unexpected ping"
    repeated = score(["pay"], ["pay", "pay"])
    assert (repeated.divergence, repeated.divergence_kind) == ("call 2, pay(), repeats call 1", "repeated pay")


def test_a_missing_step_says_what_was_called_instead(score):
    got = score(["a", "b"], ["a", ("c", {"x": 1})])
    assert got.divergence == "expected b() after call 1, found c(x=1); it was never called"
    assert score(["a", "b"], ["a"]).divergence.endswith("after call 1, no further call was made; it was never called")


def test_a_schema_is_compiled_once_and_asked_for_every_call(score):
    schema = {"type": "object", "required": ["amount"]}
    got = score(["pay", "pay"], [("pay", {"amount": 1}), ("pay", {})], tools={"pay": schema})
    assert got.parameters == 0.5


def test_calls_are_identical_whatever_the_form_of_their_numbers(score):
    calls = [("pay", {"items": [1, {"n": 2}]}), ("pay", {"items": [1.0, {"n": 2.0}]})]
    assert score([], calls, optional=["pay"]).efficiency == 0  # one of the two is a repeat, and nothing was needed
    assert score([], [("pay", {"items": [1]}), ("pay", {"items": [2]})], optional=["pay"]).efficiency == 1

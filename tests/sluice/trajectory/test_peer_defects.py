"""What peers get wrong on trajectories (their own functions were run on these inputs), and what is right."""

import pytest


def test_junk_beside_the_expected_call_is_not_perfect(score):
    # a peer's tool correctness: 1.0
    got = score(["pay"], ["pay", "j1", "j2", "j3", "j4", "j5"])
    assert got.precision == 1 / 6
    assert got.trajectory < 0.5


def test_the_same_call_expected_twice_and_made_twice_is_perfect(score):
    # a peer: 0.5
    got = score([("s", {"q": 1}), ("s", {"q": 1})], [("s", {"q": 1}), ("s", {"q": 1})])
    assert (got.precision, got.recall, got.order, got.parameters, got.efficiency) == (1, 1, 1, 1, 1)


def test_the_order_in_which_expected_tools_are_listed_changes_nothing_under_any_order(score):
    calls = [("s", {"q": 1, "r": 2}), ("s", {"q": 1})]
    one = score([("s", {"q": 1}), ("s", {"q": 1, "r": 2})], calls, order="any_order")
    other = score([("s", {"q": 1, "r": 2}), ("s", {"q": 1})], calls, order="any_order")
    assert one.trajectory == other.trajectory == 1


def test_nearly_equal_numbers_are_equal_where_the_case_says_so(score):
    assert score([("pay", {"x": {"approx": 1, "within": 0.001}})], [("pay", {"x": 1.0001})]).passed


def test_fifty_duplicates_are_not_perfect(score):
    # a peer's F1 over sets: 1.0
    got = score(["s"], ["s"] * 50)
    assert (got.precision, got.efficiency) == (1 / 50, 1 / 50)


def test_one_call_too_many_does_not_take_everything(score):
    # a peer: any difference in count scores 0
    got = score(["a", "b"], ["a", "b", "c"])
    assert got.trajectory > 0.5


def test_nothing_expected_and_nothing_called_is_right(score):
    # a peer: 0.0
    assert score([], []).trajectory == 1


def test_list_and_dict_arguments_are_compared_like_any_other(score):
    # a peer raises TypeError
    args = {"items": [1, {"a": [2]}], "where": {"city": "Bonn"}}
    assert score([("s", args)], [("s", args)]).passed
    assert score([("s", {"items": [1, 2]})], [("s", {"items": [2, 1]})]).parameters == 0


def test_matching_is_not_greedy(score):
    # a peer answers False although a perfect matching exists
    got = score(
        [("A", {"a": 1}), ("A", {"a": 1, "b": 2})], [("A", {"a": 1, "b": 2}), ("A", {"a": 1})], order="any_order"
    )
    assert got.passed


def test_arguments_and_frequency_count(score):
    # a peer's F1 over the set of tool names sees neither
    assert score([("s", {"q": 1})], [("s", {"q": 2})]).trajectory < 1
    assert score(["s", "s"], ["s"]).recall == 0.5


@pytest.mark.parametrize("turned", [False, True])
def test_a_reversed_definition_of_equal_steps_keeps_the_order(score, turned):
    steps = [("s", {"q": 1}), ("s", {"q": 2})]
    calls = [("s", {"q": 1}), ("s", {"q": 2})]
    got = score(steps[::-1] if turned else steps, calls)
    assert (got.recall, got.order) == (1, 0 if turned else 1)

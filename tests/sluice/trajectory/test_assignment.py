from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sluice.trajectory.assignment import MOST_EXCHANGES, Precedence, best_assignment

FREE = Precedence(pairs=(), kept=lambda one, other: one <= other)
matrices = arrays(
    float, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.sampled_from([0.0, 10.0, 10.25, 10.5])
)


def in_order(n):
    pairs = tuple((one, other) for one in range(n) for other in range(one + 1, n))
    return Precedence(pairs=pairs, kept=lambda a, b: a <= b)


def heaviest(weights):
    """The largest total by trying every assignment."""
    slots, attempts = weights.shape
    wide = np.hstack([weights, np.zeros((slots, slots))])
    return max(sum(wide[s, a] for s, a in enumerate(order)) for order in permutations(range(attempts + slots), slots))


def total(weights, pairs):
    return sum(weights[slot, attempt] for slot, attempt in pairs.items())


@given(matrices)
def test_no_assignment_is_heavier(weights):
    found = best_assignment(weights, FREE, total_order=False)
    assert total(weights, found) == heaviest(weights)
    assert len(set(found.values())) == len(found)
    assert all(weights[slot, attempt] > 0 for slot, attempt in found.items())


@given(matrices)
def test_asking_for_an_order_costs_no_weight(weights):
    found = best_assignment(weights, in_order(weights.shape[0]), total_order=True)
    assert total(weights, found) == heaviest(weights)


def test_of_equal_assignments_the_ordered_one_is_taken():
    found = best_assignment(np.full((3, 5), 10.0), in_order(3), total_order=True)
    assert sorted(found) == [0, 1, 2]
    assert found[0] < found[1] < found[2]


def test_an_exchange_keeps_more_of_a_partial_order():
    # slot 2 must come after slot 0; both may take calls 0 and 1, slot 1 only call 2
    weights = np.array([[10.0, 10.0, 0.0], [0.0, 0.0, 10.0], [10.0, 10.0, 0.0]])
    late = Precedence(pairs=((2, 0),), kept=lambda a, b: a <= b)
    found = best_assignment(weights, late, total_order=False)
    assert late.share(found) == 1.0
    assert total(weights, found) == 30.0


def test_a_search_that_would_be_long_ends_with_what_it_has():
    n = 210  # 210 * 209 / 2 exchanges that lose nothing, and none of them helps
    never = Precedence(pairs=tuple((s, s + 1) for s in range(n - 1)), kept=lambda a, b: False)
    found = best_assignment(np.full((n, n), 10.0), never, total_order=False)
    assert n * (n - 1) / 2 > MOST_EXCHANGES
    assert len(set(found.values())) == n


def test_no_calls_no_pairs():
    assert best_assignment(np.zeros((2, 0)), FREE, total_order=False) == {}

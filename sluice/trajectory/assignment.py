"""The optimal assignment of expected steps to actual calls."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Pairs (slot, attempt) by index.
Pairs = dict[int, int]

# The search for an order that costs nothing ends after so many looks: a bound of some 0.2 s for a very long run.
MOST_EXCHANGES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedence:
    """Which slots must come before which, and whether two calls keep that.

    Args:
        pairs: (earlier slot, later slot).
        kept: Whether the call of the first may count as before the call of the second, by attempt index.
    """

    pairs: tuple[tuple[int, int], ...]
    kept: Callable[[int, int], bool]

    def share(self, matched: Pairs) -> float:
        """Share of the pairs with both slots matched that are kept; 1 where there are none."""
        judged = [(one, other) for one, other in self.pairs if one in matched and other in matched]
        return self.n_kept(judged, matched) / len(judged) if judged else 1.0

    def n_kept(self, pairs: Iterable[tuple[int, int]], matched: Pairs) -> int:
        """How many of these pairs are kept; a pair with an unmatched slot is not."""
        return sum(
            one in matched and other in matched and self.kept(matched[one], matched[other]) for one, other in pairs
        )


def best_assignment(weights: NDArray[np.float64], precedence: Precedence, *, total_order: bool) -> Pairs:
    """Assign slots to attempts so that the total weight is the largest possible, and order is kept where that is free.

    Weight decides; among assignments of the same weight, one that keeps more of the order is preferred. With a total
    order an alignment is tried first: where it loses no weight it is the answer.

    Args:
        weights: Shape (n_slots, n_attempts); 0 where the pair cannot match, larger is better.
        precedence: What must come before what; attempts are numbered by time.
        total_order: The pairs are those of a full order of the slots.

    Returns:
        Slot to attempt, only pairs of positive weight.

    Source:
        Kuhn-Munkres assignment as in Crouse 2016, IEEE TAES 52(4) (``scipy.optimize.linear_sum_assignment``);
        alignment by the dynamic programme of Needleman & Wunsch 1970, J. Mol. Biol. 48(3).
    """
    if not weights.size:
        return {}
    free = _unordered(weights)
    if not precedence.pairs or precedence.share(free) == 1.0:
        return free
    if total_order:
        aligned = _alignment(weights)
        if _total(weights, aligned) >= _total(weights, free) - 1e-9:
            return aligned
    return _exchanged(weights, free, precedence)


def _total(weights: NDArray[np.float64], pairs: Pairs) -> float:
    return float(sum(weights[slot, attempt] for slot, attempt in pairs.items()))


def _unordered(weights: NDArray[np.float64]) -> Pairs:
    forced = _forced(weights)
    if forced is not None:
        return forced
    # scipy.optimize takes 0.2 s to import, and most runs never need it.
    from scipy.optimize import linear_sum_assignment

    # Among equal calls the earlier one goes to the earlier step: the sum of squared distances of places is smallest
    # when both are sorted.
    slot_places, attempt_places = np.indices(weights.shape)
    apart = (slot_places - attempt_places) ** 2 / max(weights.shape) ** 2
    nudged = np.where(weights > 0, weights - 1e-7 * apart, 0.0)
    slots, attempts = linear_sum_assignment(nudged, maximize=True)
    return {int(s): int(a) for s, a in zip(slots, attempts, strict=True) if weights[s, a] > 0}


def _forced(weights: NDArray[np.float64]) -> Pairs | None:
    """The assignment where no slot has a choice and no two slots want the same call; None where there is a choice."""
    possible = weights > 0
    if (possible.sum(axis=1) > 1).any() or (possible.sum(axis=0) > 1).any():
        return None
    slots, attempts = possible.nonzero()
    return dict(zip(slots.tolist(), attempts.tolist(), strict=True))


def _alignment(weights: NDArray[np.float64]) -> Pairs:
    """The heaviest assignment in which slots and attempts rise together."""
    n_slots, n_attempts = weights.shape
    best = np.zeros((n_slots + 1, n_attempts + 1))
    rows = weights.tolist()
    for i in range(1, n_slots + 1):
        row, above, current = rows[i - 1], best[i - 1], best[i]
        for j in range(1, n_attempts + 1):
            take = above[j - 1] + row[j - 1] if row[j - 1] > 0 else 0.0
            current[j] = max(above[j], current[j - 1], take)
    pairs: Pairs = {}
    i, j = n_slots, n_attempts
    while i and j:
        if best[i, j] == best[i - 1, j]:
            i -= 1
        elif best[i, j] == best[i, j - 1]:
            j -= 1
        else:
            pairs[i - 1] = j - 1
            i, j = i - 1, j - 1
    return pairs


def _exchanged(weights: NDArray[np.float64], pairs: Pairs, precedence: Precedence) -> Pairs:
    """Exchange calls between slots, or for unused calls, while that loses no weight and keeps more of the order."""
    best = dict(pairs)
    touching: dict[int, list[tuple[int, int]]] = {}
    for pair in precedence.pairs:
        for slot in pair:
            touching.setdefault(slot, []).append(pair)
    looked_at = 0
    improved = True
    while improved:
        improved = False
        for changed in _neighbours(weights, best):
            looked_at += 1
            if looked_at > MOST_EXCHANGES:
                return best
            affected = {pair for slot in changed for pair in touching.get(slot, ())}
            candidate = {**best, **changed}
            if precedence.n_kept(affected, candidate) > precedence.n_kept(affected, best):
                best, improved = candidate, True
                break
    return best


def _neighbours(weights: NDArray[np.float64], pairs: Pairs) -> Iterator[Pairs]:
    """Changes of one or two slots that lose no weight."""
    slots = sorted(pairs)
    used = set(pairs.values())
    for place, one in enumerate(slots):
        a = pairs[one]
        for other in slots[place + 1 :]:
            b = pairs[other]
            crossed = weights[one, b] > 0 and weights[other, a] > 0
            if crossed and weights[one, b] + weights[other, a] >= weights[one, a] + weights[other, b] - 1e-9:
                yield {one: b, other: a}
        for attempt in (weights[one] >= weights[one, a] - 1e-9).nonzero()[0].tolist():
            if attempt not in used:
                yield {one: attempt}

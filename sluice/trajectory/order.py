"""Which expected steps must come before which."""

from collections.abc import Sequence

from sluice.golden.expectation import Step, TrajectoryExpectation


def precedence_pairs(expectation: TrajectoryExpectation) -> tuple[tuple[int, int], ...]:
    """Pairs (earlier slot, later slot) that the expectation's order asks for.

    A step with ``times: 3`` takes three slots, with no order among them. ``strict`` and ``in_order`` ask for every
    pair of the list; ``partial`` for the transitive closure of ``after``; ``any_order`` for none.
    """
    steps = expectation.steps
    slots = [place for place, step in enumerate(steps) for _ in range(step.times)]
    if expectation.order == "any_order":
        return ()
    if expectation.order == "partial":
        before = _ancestors(steps)
        return tuple(
            (one, other)
            for one, a in enumerate(slots)
            for other, b in enumerate(slots)
            if a in before.get(b, frozenset())
        )
    return tuple(
        (one, other) for one, a in enumerate(slots) for other, b in enumerate(slots[one + 1 :], one + 1) if a < b
    )


def _ancestors(steps: Sequence[Step]) -> dict[int, frozenset[int]]:
    """Every step that must come before each step; a cycle is cut where it closes (the dataset check refuses cycles)."""
    place_of = {step.id: place for place, step in enumerate(steps) if step.id is not None}
    found: dict[int, frozenset[int]] = {}

    def visit(place: int, open_: frozenset[int]) -> frozenset[int]:
        if place not in found:
            direct = {place_of[name] for name in steps[place].after if name in place_of} - open_ - {place}
            found[place] = frozenset(direct).union(*(visit(parent, open_ | {place}) for parent in direct))
        return found[place]

    for place in range(len(steps)):
        visit(place, frozenset())
    return found

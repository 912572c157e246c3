"""One way to be right: an expected trajectory without alternatives, compiled."""

from collections.abc import Mapping, Sequence

from sluice.golden.expectation import TrajectoryExpectation
from sluice.trajectory.consequence import call_weight
from sluice.trajectory.order import precedence_pairs
from sluice.trajectory.patterns import CompiledPattern, CompiledStep, SchemaCheck


class ExpectedPath:
    """An expected trajectory without alternatives, compiled; immutable after construction.

    Attributes:
        slots: The required calls: each step as often as its ``times`` says.
        pairs: (earlier slot, later slot) that order asks for.
        any_order: Order means nothing.
        total_order: ``pairs`` is a full order of the steps.
        extras_fail: A call that nothing names fails the trajectory.
        extras_cost: A call that nothing names costs precision.
    """

    def __init__(
        self,
        expectation: TrajectoryExpectation,
        *,
        schemas: Mapping[str, SchemaCheck],
        side_effects: Sequence[str] | None,
    ) -> None:
        steps = [CompiledStep(step, schemas=schemas) for step in expectation.steps]
        self.slots = tuple(step for step in steps for _ in range(step.times))
        self.pairs = precedence_pairs(expectation)
        self.any_order = expectation.order == "any_order"
        self.total_order = expectation.order in ("strict", "in_order")
        self.flatten = expectation.flatten
        self.optional = tuple(CompiledPattern(pattern) for pattern in expectation.optional)
        self.forbidden = tuple(CompiledPattern(pattern) for pattern in expectation.forbidden)
        self.max_calls = expectation.max_calls
        self.extras_fail = expectation.extra == "forbidden" or expectation.order == "strict"
        self.extras_cost = self.extras_fail or expectation.extra == "penalised"
        self.side_effects = side_effects
        self.needs_results = any(slot.needs_results for slot in self.slots)

    def weight(self, name: str) -> float:
        """Weight of a call of the tool ``name`` in the headline."""
        return call_weight(name, self.side_effects)

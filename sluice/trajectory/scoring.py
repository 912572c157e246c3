"""Five numbers and a headline: an expected trajectory compiled, then asked about runs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sluice.documents.values import Json
from sluice.golden.expectation import TrajectoryExpectation
from sluice.traces.calls import ToolCall
from sluice.trajectory.attempts import Attempt, prepare
from sluice.trajectory.divergence import first_divergence
from sluice.trajectory.paths import ExpectedPath
from sluice.trajectory.schemas import schema_checks
from sluice.trajectory.scores import TrajectoryScore
from sluice.trajectory.tally import Tally, take_stock

# An inexact call earns half of its share of satisfied arguments: nearly right is not right, and not nothing.
INEXACT_CREDIT = 0.5
# Waste tells apart runs that did the right thing; it is never the main matter.
EFFICIENCY_EXPONENT = 0.1
# Each forbidden call halves the headline.
FORBIDDEN_FACTOR = 0.5


def compile_trajectory(
    expectation: TrajectoryExpectation,
    *,
    tools: Mapping[str, Json] | None = None,
    side_effects: Sequence[str] | None = None,
) -> "CompiledTrajectory":
    """Make an expectation ready to score runs.

    Args:
        expectation: As read from a dataset.
        tools: Tool name to the JSON Schema of its arguments; where given, validity counts as one more argument
            expectation of every matched call.
        side_effects: Name patterns of the tools that change the world; None lets the first word of a name decide.

    Raises:
        InvalidInputError: A matcher is malformed.
    """
    schemas = schema_checks(tools or {})
    ways = [(f"trajectory.any_of[{place}]", way) for place, way in enumerate(expectation.any_of)] or [("", expectation)]
    return CompiledTrajectory(
        [(name, ExpectedPath(way, schemas=schemas, side_effects=side_effects)) for name, way in ways]
    )


class CompiledTrajectory:
    """An expected trajectory, or several alternatives of which the best one counts."""

    def __init__(self, paths: Sequence[tuple[str, ExpectedPath]]) -> None:
        self._paths = tuple(paths)

    def score(self, calls: Sequence[ToolCall]) -> TrajectoryScore:
        """Score the calls of one run.

        Args:
            calls: Every call of the run, in call order.

        Returns:
            The best alternative's score: one that passes first, then the highest headline.
        """
        scores = [replace(_score(path, calls), alternative=name) for name, path in self._paths]
        return max(scores, key=lambda score: (score.passed, score.trajectory))


def _score(path: ExpectedPath, calls: Sequence[ToolCall]) -> TrajectoryScore:
    attempts = prepare(calls, any_order=path.any_order, flatten=path.flatten)
    tally = take_stock(path, attempts)
    required, matched = len(path.slots), len(tally.matched)
    charged = matched + (len(tally.extra) if path.extras_cost else 0)
    made = matched + len(tally.extra) + len(tally.excused) + tally.repeats
    recall = matched / required if required else 1.0
    parameters = sum(fit.share for fit in tally.fits.values()) / matched if matched else float(required == 0)
    efficiency = min(1.0, required / made) if made else 1.0
    divergence, kind = first_divergence(path, attempts, tally)
    return TrajectoryScore(
        precision=matched / charged if charged else 1.0,
        recall=recall,
        order=tally.order,
        parameters=parameters,
        efficiency=efficiency,
        trajectory=_headline(path, attempts, tally, efficiency=efficiency),
        passed=recall == parameters == tally.order == 1.0 and not tally.forbidden and within_limits(path, tally),
        divergence=divergence,
        divergence_kind=kind,
        matches=tuple(sorted(((s, attempts[a].position) for s, a in tally.matched.items()), key=lambda pair: pair[1])),
        missing=tuple(slot for slot in range(required) if slot not in tally.matched),
        extra=tuple(sorted(attempts[index].position for index in tally.extra)),
        forbidden=tuple(sorted(attempts[index].position for index in tally.forbidden)),
    )


def within_limits(path: ExpectedPath, tally: Tally) -> bool:
    """Whether the run keeps ``extra: forbidden`` and ``max_calls`` (which retries do not count towards)."""
    if tally.extra and path.extras_fail:
        return False
    n_calls = len(tally.matched) + len(tally.extra) + len(tally.wanted)
    return path.max_calls is None or n_calls <= path.max_calls


def _headline(path: ExpectedPath, attempts: Sequence[Attempt], tally: Tally, *, efficiency: float) -> float:
    """One number for "did the calls do the right thing": a weighted F1 of exactly made calls, in [0, 1].

    Each step and call weighs by its consequence (``call_weight``); a matched call earns its weight where every argument
    holds, and ``INEXACT_CREDIT`` times its share of satisfied arguments otherwise. With earned credit e, required
    weight n and charged weight c:

        F = 2 e / (n + c),   headline = F * (1 + order) / 2 * efficiency^0.1 * 0.5^(forbidden calls)

    Nothing required and nothing charged: F = 1.

    Source:
        F-measure: van Rijsbergen 1979, "Information Retrieval", ch. 7; weights and credit are this project's
        (docs/adr/0008).
    """
    earned = needed = charged = 0.0
    for place, slot in enumerate(path.slots):
        index = tally.matched.get(place)
        if index is None:
            needed += max(path.weight(name) for name in slot.tools)
            continue
        weight = path.weight(attempts[index].call.name)
        share = tally.fits[place].share
        needed += weight
        charged += weight
        earned += weight * (1.0 if share == 1.0 else INEXACT_CREDIT * share)
    if path.extras_cost:
        charged += sum(path.weight(attempts[index].call.name) for index in tally.extra)
    f_measure = 2 * earned / (needed + charged) if needed + charged else 1.0
    order = (1.0 + tally.order) / 2
    return float(f_measure * order * efficiency**EFFICIENCY_EXPONENT * FORBIDDEN_FACTOR ** len(tally.forbidden))

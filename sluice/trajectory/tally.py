"""The calls of one run sorted by what they are to the expected path: matched, optional, retried, extra, forbidden."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sluice.documents.values import Json
from sluice.golden.matchers import ResultLookup, no_results
from sluice.trajectory.assignment import Pairs, Precedence, best_assignment
from sluice.trajectory.attempts import Attempt, may_precede, retried
from sluice.trajectory.paths import ExpectedPath
from sluice.trajectory.patterns import ArgumentFit, named_by

# A match outweighs any number of better-fitting arguments: first as many matches as possible, then the best fitting.
MATCH_WEIGHT = 1000.0
# Among equal matches, one that changes the world is preferred to one that only looks: no tie is left to chance.
CONSEQUENCE_WEIGHT = 1e-4

Fits = dict[tuple[int, int], ArgumentFit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one assignment comes to; attempts are named by their index in the prepared list.

    Args:
        matched: Slot to attempt.
        fits: Slot to the fit of its call's arguments.
        order: Share of precedence pairs kept.
        wanted: Attempts that an optional pattern names.
        excused: Failed attempts that a later success made good.
        extra: Attempts that nothing expected names.
        forbidden: Attempts that a forbidden pattern names.
        repeats: How many wanted attempts repeat an identical one.
    """

    matched: Mapping[int, int]
    fits: Mapping[int, ArgumentFit]
    order: float
    wanted: tuple[int, ...]
    excused: tuple[int, ...]
    extra: tuple[int, ...]
    forbidden: tuple[int, ...]
    repeats: int


def take_stock(path: ExpectedPath, attempts: Sequence[Attempt]) -> Tally:
    """Match the attempts of one run with the expected path, and sort the rest.

    Args:
        path: What is expected.
        attempts: As ``prepare`` gave them.
    """
    precedence = Precedence(pairs=path.pairs, kept=lambda a, b: may_precede(attempts[a], attempts[b]))
    matched, fits = _match(path, attempts, precedence)
    used = set(matched.values())
    wanted = [
        index
        for index, attempt in enumerate(attempts)
        if index not in used and path.optional and named_by(path.optional, attempt.call)
    ]
    named = used.union(wanted)
    excused = retried(attempts, named, any_order=path.any_order)
    aside = named.union(excused, _containers(attempts, named))
    return Tally(
        matched=matched,
        fits=fits,
        order=precedence.share(matched),
        wanted=tuple(wanted),
        excused=tuple(sorted(index for index in excused if attempts[index].top_level)),
        extra=tuple(index for index, attempt in enumerate(attempts) if attempt.top_level and index not in aside),
        forbidden=tuple(
            index for index, attempt in enumerate(attempts) if path.forbidden and named_by(path.forbidden, attempt.call)
        ),
        repeats=len(wanted) - len({attempts[index].key for index in wanted}),
    )


def _match(
    path: ExpectedPath, attempts: Sequence[Attempt], precedence: Precedence
) -> tuple[Pairs, dict[int, ArgumentFit]]:
    weights = np.zeros((len(path.slots), len(attempts)))
    fits: Fits = {}
    for place, slot in enumerate(path.slots):
        for index, attempt in enumerate(attempts):
            if (attempt.top_level or slot.agent is not None) and slot.names(attempt.call):
                results = _results_before(path, attempts, attempt, None) if slot.needs_results else no_results
                fit = slot.fit(attempt.call, results)
                fits[place, index] = fit
                weights[place, index] = MATCH_WEIGHT + fit.share + CONSEQUENCE_WEIGHT * path.weight(attempt.call.name)
    matched = best_assignment(weights, precedence, total_order=path.total_order)
    if not path.needs_results:
        return matched, {slot: fits[slot, index] for slot, index in matched.items()}
    # Which result an argument had to come from is known only now that every step has its call.
    return matched, {
        slot: path.slots[slot].fit(attempts[index].call, _results_before(path, attempts, attempts[index], matched))
        for slot, index in matched.items()
    }


def _results_before(
    path: ExpectedPath, attempts: Sequence[Attempt], reader: Attempt, matched: Mapping[int, int] | None
) -> ResultLookup:
    """Results of the calls that a step matched (or may match, while that is open) before the reader was made."""

    def results(step_id: str) -> Sequence[Json]:
        sources: list[Attempt] = []
        for place, slot in enumerate(path.slots):
            if slot.id != step_id:
                continue
            if matched is None:
                sources.extend(attempt for attempt in attempts if slot.names(attempt.call))
            elif place in matched:
                sources.append(attempts[matched[place]])
        return [source.call.result for source in sources if path.any_order or source.position < reader.position]

    return results


def _containers(attempts: Sequence[Attempt], named: Collection[int]) -> set[int]:
    """Calls of sub-agents inside of which a named call ran: they are explained by it."""
    by_position = {attempt.position: index for index, attempt in enumerate(attempts)}
    found: set[int] = set()
    for index in named:
        parent = attempts[index].call.parent
        while parent is not None and parent in by_position and by_position[parent] not in found:
            found.add(by_position[parent])
            parent = attempts[by_position[parent]].call.parent
    return found.difference(named)

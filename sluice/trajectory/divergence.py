"""Where a run first left the expected path, in words."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sluice.trajectory.attempts import Attempt, may_precede
from sluice.trajectory.paths import ExpectedPath
from sluice.trajectory.patterns import call_words
from sluice.trajectory.tally import Tally


class Divergence(NamedTuple):
    """One place where a run left the expected path.

    Args:
        words: The place, what was expected and what was found.
        kind: The same without this run's own values; runs that left the path alike share it.
    """

    words: str
    kind: str


class _Finding(NamedTuple):
    position: float
    rank: int
    divergence: Divergence


NONE = Divergence(words="", kind="")


def first_divergence(path: ExpectedPath, attempts: Sequence[Attempt], tally: Tally) -> Divergence:
    """The earliest place where the run left the path; empty words where it never did.

    Calls are counted from 1. What fails the trajectory is told before what only wastes calls.
    """
    failures = [
        *_forbidden(attempts, tally),
        *_missing(path, attempts, tally),
        *_wrong_arguments(attempts, tally),
        *_disorder(path, attempts, tally),
        *_too_many(path, attempts, tally),
    ]
    if tally.extra and (path.extras_fail or (path.extras_cost and not failures)):
        failures.append(_first_extra(attempts, tally))
    return min(failures, key=lambda finding: finding[:2]).divergence if failures else NONE


def _forbidden(attempts: Sequence[Attempt], tally: Tally) -> Iterator[_Finding]:
    for index in tally.forbidden:
        attempt = attempts[index]
        words = f"call {attempt.position + 1}, {call_words(attempt.call)}, is forbidden"
        yield _Finding(attempt.position, 0, Divergence(words, f"forbidden {attempt.call.name}"))


def _missing(path: ExpectedPath, attempts: Sequence[Attempt], tally: Tally) -> Iterator[_Finding]:
    for place, slot in enumerate(path.slots):
        if place in tally.matched:
            continue
        earlier = [attempts[tally.matched[one]].position for one in range(place) if one in tally.matched]
        after = max(earlier, default=-1)
        failed = [
            attempt for attempt in attempts if not slot.names(attempt.call) and slot.names_any_status(attempt.call)
        ]
        instead = next((attempt for attempt in attempts if attempt.position == after + 1), None)
        where = f"after call {after + 1}" if after >= 0 else "at the start"
        tool = " or ".join(slot.tools)
        if failed:
            found = f"{call_words(failed[0].call)} gave {failed[0].call.error or 'a result, not an error'}"
            yield _Finding(
                failed[0].position, 1, Divergence(f"expected {slot.words()}, but {found}", f"{tool} never succeeded")
            )
            continue
        found = f"found {call_words(instead.call)}" if instead else "no further call was made"
        if not attempts:
            found, where = "no tool was called", "at the start"
        yield _Finding(
            after + 0.5,
            2,
            Divergence(f"expected {slot.words()} {where}, {found}; it was never called", f"missing {tool}"),
        )


def _wrong_arguments(attempts: Sequence[Attempt], tally: Tally) -> Iterator[_Finding]:
    for place, fit in tally.fits.items():
        if not fit.faults:
            continue
        attempt = attempts[tally.matched[place]]
        argument = fit.faults[0].split(":", 1)[0]
        words = f"call {attempt.position + 1}, {attempt.call.name}: {'; '.join(fit.faults)}"
        yield _Finding(attempt.position, 3, Divergence(words, f"wrong {attempt.call.name}.{argument}"))


def _disorder(path: ExpectedPath, attempts: Sequence[Attempt], tally: Tally) -> Iterator[_Finding]:
    for one, other in path.pairs:
        if one not in tally.matched or other not in tally.matched:
            continue
        first, second = attempts[tally.matched[one]], attempts[tally.matched[other]]
        if not may_precede(first, second):
            words = (
                f"call {second.position + 1}, {call_words(second.call)}, came before "
                f"call {first.position + 1}, {call_words(first.call)}, which must come first"
            )
            yield _Finding(second.position, 4, Divergence(words, f"{second.call.name} before {first.call.name}"))


def _first_extra(attempts: Sequence[Attempt], tally: Tally) -> _Finding:
    extra = min((attempts[index] for index in tally.extra), key=lambda attempt: attempt.position)
    earlier = sorted(attempt.position for attempt in attempts if attempt.key == extra.key)
    repeat = earlier[0] < extra.position
    why = f"repeats call {earlier[0] + 1}" if repeat else "is not expected"
    kind = f"repeated {extra.call.name}" if repeat else f"unexpected {extra.call.name}"
    words = f"call {extra.position + 1}, {call_words(extra.call)}, {why}"
    return _Finding(extra.position, 5, Divergence(words, kind))


def _too_many(path: ExpectedPath, attempts: Sequence[Attempt], tally: Tally) -> Iterator[_Finding]:
    n_calls = len(tally.matched) + len(tally.extra) + len(tally.wanted)
    if path.max_calls is not None and n_calls > path.max_calls:
        words = f"{n_calls} calls were made, at most {path.max_calls} are allowed"
        yield _Finding(float(len(attempts)), 6, Divergence(words, "too many calls"))

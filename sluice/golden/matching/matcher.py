"""What every matcher is: a test of one JSON value, with three outcomes."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sluice.documents.values import Json


class Outcome(Enum):
    """What a matcher says about a value.

    INCOMPARABLE is for a value that the matcher cannot judge at all ("12x" for ``above: 5``): it fails an expectation,
    and counts as an occurrence in a never-event. Only HOLDS is true.
    """

    HOLDS = "holds"
    FAILS = "fails"
    INCOMPARABLE = "incomparable"

    def __bool__(self) -> bool:
        return self is Outcome.HOLDS


# Reading a member through its class costs as much as a whole literal comparison, so the members are bound once.
HOLDS: Final = Outcome.HOLDS
FAILS: Final = Outcome.FAILS
INCOMPARABLE: Final = Outcome.INCOMPARABLE


class _Absent:
    """The type of ABSENT."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


# Stands for a key that is not there. It is no value: every matcher except ``absent`` fails on it, ``not`` included,
# and no comparison with it is INCOMPARABLE, so a missing argument is no occurrence of a never-event.
ABSENT: Final = _Absent()

# Step id -> results of the calls that were matched to that step earlier in the run.
ResultLookup = Callable[[str], Sequence[Json]]


def no_results(step_id: str) -> Sequence[Json]:
    """No results are known of any step."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher(ABC):
    """A test of one JSON value.

    Args:
        words: What is allowed, in words: ``42.1 within 0.01``, ``one of 'a', 'b'``, ``absent``.
        needs_results: Whether a ``result_of`` is inside, so that the outcome depends on earlier calls.
    """

    words: str
    needs_results: bool = False

    @abstractmethod
    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Judge one value; ABSENT where the key is not there."""


def all_hold(outcomes: Iterable[Outcome]) -> Outcome:
    """FAILS where one fails, else INCOMPARABLE where one is, else HOLDS (Kleene's conjunction)."""
    found = HOLDS
    for outcome in outcomes:
        if outcome is FAILS:
            return FAILS
        if outcome is INCOMPARABLE:
            found = INCOMPARABLE
    return found


def any_holds(outcomes: Iterable[Outcome]) -> Outcome:
    """HOLDS where one holds, else INCOMPARABLE where one is, else FAILS (Kleene's disjunction)."""
    found = FAILS
    for outcome in outcomes:
        if outcome is HOLDS:
            return HOLDS
        if outcome is INCOMPARABLE:
            found = INCOMPARABLE
    return found


def in_words(value: Json, *, limit: int = 80) -> str:
    """A JSON value on one line, cut to ``limit`` characters.

    Example:
        >>> in_words("a"), in_words(True), in_words({"k": 1.5}), in_words("x" * 100, limit=8)
        ("'a'", 'true', '{"k": 1.5}', "'xxxx...")
    """
    if value is ABSENT:
        return "nothing"
    if isinstance(value, str):
        text = repr(value if len(value) <= limit else value[:limit])
        text = text if len(value) <= limit else text[:-1] + "..."
    else:
        try:
            text = json.dumps(value, ensure_ascii=False, default=repr)
        except (RecursionError, ValueError):
            text = f"a {type(value).__name__} nested too deep to show"
    return text if len(text) <= limit else text[: limit - 3] + "..."

"""Matchers of numbers and dates."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sluice.documents.values import Json
from sluice.errors import InvalidInputError
from sluice.golden.matching.matcher import (
    ABSENT,
    FAILS,
    HOLDS,
    INCOMPARABLE,
    Matcher,
    Outcome,
    ResultLookup,
    in_words,
    no_results,
)

Quantity = float | datetime

_NUMERIC = re.compile(r"\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)
# A number of more digits is no quantity anybody compares; the bound keeps the conversion of hostile text cheap.
_LONGEST_NUMBER: Final = 400
# Rounding of binary fractions: 1.1 - 1.0 must be within 0.1. Two operands and their difference are each off by at most
# half a unit in the last place, 2**-53 relative (IEEE 754, binary64); four of them cover the three.
_ROUNDING: Final = 4 * 2.0**-53
# Relative; what pytest.approx allows where no tolerance is given.
_DEFAULT_TOLERANCE: Final = 1e-6


def as_number(value: Json) -> float | None:
    """The value as a finite or infinite number; None where it is none.

    Numbers, and texts that are exactly one plain number ("42.10", " 1e3 "), are numbers. Truth values, NaN, null and
    texts with anything else in them ("$42.10", "1,042.10", "12x") are none.

    Example:
        >>> as_number(42), as_number("42.10"), as_number(True), as_number("12x"), as_number(float("nan"))
        (42.0, 42.1, None, None, None)
    """
    if isinstance(value, str):
        if len(value) > _LONGEST_NUMBER or _NUMERIC.fullmatch(value) is None:
            return None
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    return None if math.isnan(number) else number


def as_instant(value: Json) -> datetime | None:
    """The value as a point in time; None where it is no ISO 8601 date or time text. Without an offset it is UTC.

    Example:
        >>> as_instant("2026-05-01") == as_instant("2026-05-01T02:00:00+02:00")
        True
    """
    if not isinstance(value, str) or len(value) > _LONGEST_NUMBER:
        return None
    try:
        instant = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Near(Matcher):
    """A number at most ``within`` away from ``target``; the bound itself is allowed."""

    target: float
    within: float

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Whether the number is near; what is no number is INCOMPARABLE."""
        number = as_number(value)
        if number is None:
            return FAILS if value is ABSENT else INCOMPARABLE
        return HOLDS if is_near(number, self.target, self.within) else FAILS


def is_near(number: float, target: float, within: float) -> bool:
    """Whether a number is at most ``within`` from a finite target, up to the rounding of binary fractions."""
    if math.isinf(number):
        return False
    return abs(number - target) <= within + _ROUNDING * max(abs(number), abs(target))


@dataclass(frozen=True, slots=True, kw_only=True)
class Between(Matcher):
    """A number, or a date or time, between two bounds.

    Args:
        low: The lower bound; None where there is none.
        high: The upper bound; None where there is none.
        bounds_allowed: Whether the bounds themselves are inside.
        read: How a value is read: ``as_number`` or ``as_instant``.
    """

    low: Quantity | None
    high: Quantity | None
    bounds_allowed: bool
    read: Callable[[Json], Quantity | None]

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Whether the value is between the bounds; what cannot be read as the bounds are is INCOMPARABLE."""
        quantity: Any = self.read(value)
        if quantity is None:
            return FAILS if value is ABSENT else INCOMPARABLE
        if self.bounds_allowed:
            inside = (self.low is None or self.low <= quantity) and (self.high is None or quantity <= self.high)
        else:
            inside = (self.low is None or self.low < quantity) and (self.high is None or quantity < self.high)
        return HOLDS if inside else FAILS


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved(Matcher):
    """A bound relative to the time of the trial (``{{now-7d}}``) that nobody has filled in."""

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """INCOMPARABLE for every value that is there."""
        return FAILS if value is ABSENT else INCOMPARABLE


def compile_approx(raw: Mapping[str, Json]) -> Matcher:
    """Compile ``approx`` with ``within`` (in the number's unit) or ``percent`` (of its size).

    Raises:
        InvalidInputError: A number is none, is infinite or negative, or both tolerances are given.
    """
    target = _finite(raw["approx"], "approx")
    if "within" in raw and "percent" in raw:
        raise InvalidInputError(f"approx takes within or percent, not both, got {in_words(raw)}")
    tolerance = next((key for key in ("within", "percent") if key in raw), None)
    if tolerance is None:
        return Near(words=f"about {in_words(raw['approx'])}", target=target, within=abs(target) * _DEFAULT_TOLERANCE)
    size = _finite(raw[tolerance], tolerance)
    if size < 0:
        raise InvalidInputError(f"{tolerance} must not be negative, got {in_words(raw[tolerance])}")
    words = f"{in_words(raw['approx'])} within {in_words(raw[tolerance])}{'' if tolerance == 'within' else ' %'}"
    return Near(words=words, target=target, within=size if tolerance == "within" else abs(target) * size / 100)


def compile_above(raw: Mapping[str, Json]) -> Matcher:
    """Compile ``above``: more than a number, or later than a date; the bound is outside.

    Raises:
        InvalidInputError: The bound is neither.
    """
    return _range(f"above {in_words(raw['above'])}", {"low": raw["above"]}, bounds_allowed=False)


def compile_below(raw: Mapping[str, Json]) -> Matcher:
    """Compile ``below``: less than a number, or earlier than a date; the bound is outside.

    Raises:
        InvalidInputError: The bound is neither.
    """
    return _range(f"below {in_words(raw['below'])}", {"high": raw["below"]}, bounds_allowed=False)


def compile_between(raw: Mapping[str, Json]) -> Matcher:
    """Compile ``between``: from the first of two bounds to the second, both inside.

    Raises:
        InvalidInputError: There are not two bounds of one kind in rising order.
    """
    bounds = raw["between"]
    if not isinstance(bounds, list | tuple) or len(bounds) != 2:
        raise InvalidInputError(f"between needs a list of two bounds, got {in_words(bounds)}")
    words = f"between {in_words(bounds[0])} and {in_words(bounds[1])}"
    return _range(words, {"low": bounds[0], "high": bounds[1]}, bounds_allowed=True)


def _range(words: str, bounds: dict[str, Json], *, bounds_allowed: bool) -> Matcher:
    if any(isinstance(bound, str) and "{{" in bound for bound in bounds.values()):
        return Unresolved(words=words)
    readers: tuple[Callable[[Json], Quantity | None], ...] = (as_number, as_instant)
    for read in readers:
        quantities: dict[str, Any] = {side: read(bound) for side, bound in bounds.items()}
        if None not in quantities.values():
            break
    else:
        raise InvalidInputError(f"a bound must be a number or an ISO 8601 date, got {words}")
    low, high = quantities.get("low"), quantities.get("high")
    if low is not None and high is not None and low > high:
        raise InvalidInputError(f"the bounds must rise, got {words}")
    return Between(words=words, low=low, high=high, bounds_allowed=bounds_allowed, read=read)


def _finite(value: Json, key: str) -> float:
    number = as_number(value)
    if number is None or math.isinf(number):
        raise InvalidInputError(f"{key} needs a number, got {in_words(value)}")
    return number

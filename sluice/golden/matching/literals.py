"""Matchers of given values and of the structure around other matchers."""

from dataclasses import dataclass

from sluice.documents.values import Json, same_value
from sluice.golden.matching.matcher import (
    ABSENT,
    FAILS,
    HOLDS,
    INCOMPARABLE,
    Matcher,
    Outcome,
    ResultLookup,
    all_hold,
    any_holds,
    no_results,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteralText(Matcher):
    """One text, compared character by character."""

    value: str

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Whether the value is the same text."""
        return HOLDS if value == self.value else FAILS


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal(Matcher):
    """One JSON value, compared as JSON: ``true`` is not ``1``, ``1`` is ``1.0``, NaN equals nothing."""

    value: Json

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Whether the value is the same JSON value."""
        return HOLDS if same_value(self.value, value) else FAILS


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingOf(Matcher):
    """A mapping with exactly these keys, each value with a matcher of its own."""

    entries: dict[str, Matcher]

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Whether the value is a mapping with these keys and no others, and every value holds."""
        entries = self.entries
        if not isinstance(value, dict) or not entries.keys() >= value.keys():
            return FAILS
        return all_hold(matcher.test(value.get(key, ABSENT), results) for key, matcher in entries.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf(Matcher):
    """A list of exactly this length, each member with a matcher of its own, in order."""

    members: tuple[Matcher, ...]

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Whether the value is a list of this length and every member holds."""
        if not isinstance(value, list | tuple) or len(value) != len(self.members):
            return FAILS
        return all_hold(matcher.test(one, results) for matcher, one in zip(self.members, value, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contains(Matcher):
    """Part of a text, member of a list, or key of a mapping."""

    part: Matcher
    text: str | None

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Whether the part is inside; a number, truth value or null holds nothing and is INCOMPARABLE."""
        if isinstance(value, list | tuple | dict):
            return any_holds(self.part.test(one, results) for one in value)
        if isinstance(value, str) and self.text is not None:
            return HOLDS if self.text in value else FAILS
        return FAILS if value is ABSENT else INCOMPARABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Unordered(Matcher):
    """A list whose members, in some order, satisfy the matchers one to one."""

    members: tuple[Matcher, ...]

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Whether a one-to-one pairing of members and matchers exists; a value that is no list is INCOMPARABLE."""
        if not isinstance(value, list | tuple):
            return FAILS if value is ABSENT else INCOMPARABLE
        if len(value) != len(self.members):
            return FAILS
        outcomes = [[matcher.test(one, results) for one in value] for matcher in self.members]
        if _pairs_up([[at for at, outcome in enumerate(row) if outcome is HOLDS] for row in outcomes]):
            return HOLDS
        possible = [[at for at, outcome in enumerate(row) if outcome is not FAILS] for row in outcomes]
        return INCOMPARABLE if _pairs_up(possible) else FAILS


def _pairs_up(choices: list[list[int]]) -> bool:
    """Whether every row can be given a column of its own among its choices.

    Maximum bipartite matching by augmenting paths, breadth first so that long lists need no recursion.

    Source:
        Kuhn 1955, Naval Research Logistics Quarterly 2; Berge 1957 on augmenting paths.
    """
    row_of: dict[int, int] = {}
    return all(_augment(row, choices, row_of) for row in range(len(choices)))


def _augment(start: int, choices: list[list[int]], row_of: dict[int, int]) -> bool:
    """Give one more row a column, moving others where needed; False where that cannot be."""
    came_from: dict[int, int] = {}
    left_behind: dict[int, int] = {}
    queue = [start]
    for row in queue:
        for column in choices[row]:
            if column in came_from:
                continue
            came_from[column] = row
            if column not in row_of:
                _shift(column, came_from, left_behind, row_of)
                return True
            left_behind[row_of[column]] = column
            queue.append(row_of[column])
    return False


def _shift(free: int, came_from: dict[int, int], left_behind: dict[int, int], row_of: dict[int, int]) -> None:
    """Move every row on the path to a free column one column on."""
    column: int | None = free
    while column is not None:
        row = came_from[column]
        row_of[column] = row
        column = left_behind.get(row)

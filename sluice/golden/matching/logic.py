"""Matchers made of matchers, and the two that only ask whether a value is there."""

from dataclasses import dataclass

from sluice.documents.values import Json
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
class AnyValue(Matcher):
    """Any value, as long as there is one."""

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Whether a value is there; null is a value."""
        return FAILS if value is ABSENT else HOLDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent(Matcher):
    """The key must not be there."""

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Whether no value is there; null is a value."""
        return HOLDS if value is ABSENT else FAILS


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf(Matcher):
    """At least one of several matchers."""

    choices: tuple[Matcher, ...]

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Whether at least one holds."""
        return any_holds(matcher.test(value, results) for matcher in self.choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOfTexts(Matcher):
    """One of several literal texts, found by hash."""

    texts: frozenset[str]

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Whether the value is one of the texts."""
        return HOLDS if isinstance(value, str) and value in self.texts else FAILS


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf(Matcher):
    """Every one of several matchers."""

    parts: tuple[Matcher, ...]

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Whether all hold."""
        return all_hold(matcher.test(value, results) for matcher in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Not(Matcher):
    """A value that is there and does not satisfy the inner matcher."""

    inner: Matcher

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Whether the inner matcher fails on a value that is there; what it cannot compare stays INCOMPARABLE."""
        if value is ABSENT:
            return FAILS
        outcome = self.inner.test(value, results)
        if outcome is INCOMPARABLE:
            return INCOMPARABLE
        return FAILS if outcome is HOLDS else HOLDS

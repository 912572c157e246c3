"""Matchers of text."""

from dataclasses import dataclass

from sluice.documents.values import Json
from sluice.golden.matching.folding import folded
from sluice.golden.matching.matcher import (
    ABSENT,
    FAILS,
    HOLDS,
    INCOMPARABLE,
    Matcher,
    Outcome,
    ResultLookup,
    no_results,
)
from sluice.golden.matching.patterns import Pattern, PatternTimeoutError


@dataclass(frozen=True, slots=True, kw_only=True)
class Regex(Matcher):
    """Text in which a regular expression matches somewhere."""

    pattern: Pattern

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Whether the expression matches; what is no text, or takes too long to search, is INCOMPARABLE."""
        if not isinstance(value, str):
            return FAILS if value is ABSENT else INCOMPARABLE
        try:
            return FAILS if self.pattern.search(value) is None else HOLDS
        except PatternTimeoutError:
            return INCOMPARABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Casefold(Matcher):
    """Text that is the same but for case, white space and typography."""

    folded: str

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Whether the folded texts are equal; what is no text is INCOMPARABLE."""
        if not isinstance(value, str):
            return FAILS if value is ABSENT else INCOMPARABLE
        return HOLDS if folded(value) == self.folded else FAILS

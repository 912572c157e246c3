"""The matcher of a value taken from the result of an earlier call."""

from collections.abc import Iterator
from dataclasses import dataclass

from sluice.documents.values import Json, same_value
from sluice.golden.matching.matcher import ABSENT, FAILS, HOLDS, Matcher, Outcome, ResultLookup, no_results
from sluice.golden.matching.paths import Path, parsed_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultOf(Matcher):
    """A value that an earlier call, matched to a given step, returned.

    A result that is JSON text counts as the value it spells, too. With several results or several values found by the
    path, any one will do.
    """

    step: str
    path: Path | None

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Whether the value equals one that the step's calls returned; no result known is a failure."""
        if value is ABSENT:
            return FAILS
        return HOLDS if any(same_value(one, value) for one in self._candidates(results)) else FAILS

    def _candidates(self, results: ResultLookup) -> Iterator[Json]:
        for result in results(self.step):
            parsed = parsed_text(result)
            if self.path is None:
                yield result
                yield parsed
            else:
                yield from self.path.values(parsed)

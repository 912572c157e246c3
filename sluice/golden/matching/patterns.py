"""Regular expressions with a time limit, because the text they read comes from outside."""

from dataclasses import dataclass
from typing import Final

import regex

from sluice.errors import InvalidInputError

# Seconds for one search. A sane expression reads a megabyte in some milliseconds; one that backtracks for ever must
# cost less than a trial does.
TIME_LIMIT_S: Final = 0.25


class PatternTimeoutError(InvalidInputError):
    """A search did not end within its time limit, so whether the text matches is unknown."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled regular expression whose searches end within TIME_LIMIT_S."""

    text: str
    compiled: "regex.Pattern[str]"

    def search(self, value: str) -> str | None:
        """The first match anywhere in the text; None where there is none.

        Raises:
            PatternTimeoutError: The search did not end in time.
        """
        try:
            found = self.compiled.search(value, timeout=TIME_LIMIT_S)
        except TimeoutError as error:
            raise PatternTimeoutError(f"the search for /{self.text}/ did not end within {TIME_LIMIT_S} s") from error
        return None if found is None else found.group()


def compile_pattern(text: object) -> Pattern:
    """Compile a regular expression.

    Raises:
        InvalidInputError: It is no text, or no regular expression.
    """
    if not isinstance(text, str):
        raise InvalidInputError(f"a regular expression must be text, got {text!r}")
    try:
        return Pattern(text, regex.compile(text))
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        raise InvalidInputError(f"not a regular expression: {text!r}: {error}") from error

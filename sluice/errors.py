"""The errors Sluice raises on purpose, and who should react to each.

* SluiceError
  - InvalidInputError       a caller broke a contract; fix the call (also a ValueError)
  - DocumentError           a file a person wrote is broken; every problem is listed at once; exit code 2
  - UsageError              a command or setting cannot be carried out as asked; exit code 2
  - TooFewCasesError        the data cannot support the answer; collect more
  - AgentUnreachableError   the agent under test could not be reached or started; exit code 4
  - StoreError              the database cannot be used (newer version, read-only, locked for too long); exit code 4
"""

from collections.abc import Sequence

from sluice.documents.problems import Problem


class SluiceError(Exception):
    """Base of every error Sluice raises on purpose.

    Args:
        message: One sentence of what is wrong, and where.
        hint: One sentence of what to do about it; empty where the message says it all.
    """

    exit_code: int = 4

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message}; {hint}" if hint else message)


class InvalidInputError(SluiceError, ValueError):
    """An argument breaks the contract written in the docstring."""

    exit_code = 2


class DocumentError(SluiceError):
    """A file that a person wrote is broken; carries every problem found, never only the first."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem], *, what: str = "document") -> None:
        self.problems = tuple(problems)
        lines = "\n".join(str(problem) for problem in self.problems)
        noun = "problem" if len(self.problems) == 1 else "problems"
        super().__init__(f"{what} has {len(self.problems)} {noun}:\n{lines}")


class UsageError(SluiceError):
    """What was asked for cannot be done with these options and settings."""

    exit_code = 2


class TooFewCasesError(SluiceError):
    """The sample is too small for the requested estimate.

    Args:
        needed: Smallest sample that would do.
        got: Sample at hand.
        what: What is being counted, in the plural ("cases", "trials").
    """

    def __init__(self, *, needed: int, got: int, what: str) -> None:
        self.needed = needed
        self.got = got
        super().__init__(f"need at least {needed} {what}, got {got}")


class AgentUnreachableError(SluiceError):
    """The agent could not be started or reached, so nothing about its quality is known."""


class StoreError(SluiceError):
    """The database cannot be used as it is; nothing was written."""

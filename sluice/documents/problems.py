"""One thing that is wrong in a file, told so that a person can find and mend it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong in one place of a document.

    Args:
        file: Path as the user would name it.
        line: 1-based line of the offending value; 0 where the file as a whole is meant.
        case: Case id it belongs to; empty where there is none.
        field: Dotted path within the case or document, for example ``expect.trajectory.steps[2].after``.
        message: What is wrong, what was found, what is allowed; lower case, no full stop.
    """

    file: str
    message: str
    line: int = 0
    case: str = ""
    field: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        parts = [place, *([f"case {self.case}"] if self.case else []), *([self.field] if self.field else [])]
        return f"{': '.join(parts)}: {self.message}"

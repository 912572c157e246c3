"""What a reading of documents found: problems that stop it, and warnings that do not."""

from dataclasses import dataclass, field

from sluice.documents.located import Spot
from sluice.documents.problems import Problem


@dataclass(frozen=True, slots=True)
class Findings:
    """Problems and warnings, in the order they were found.

    Args:
        problems: What is wrong; a document with one of them is not used.
        warnings: What is allowed and looks unintended.
    """

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def wrong(self, spot: Spot, message: str) -> None:
        """Note a problem at a place."""
        self.problems.append(spot.problem(message))

    def odd(self, spot: Spot, message: str) -> None:
        """Note a warning at a place."""
        self.warnings.append(spot.problem(message))

"""What was found of an expectation in one run: checks, and what could not be checked."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from sluice.trajectory.scores import TrajectoryScore
from sluice.trials.scores import Check

# Kinds of checks, most telling first: a wrong path explains a wrong answer, an answer a wrong world.
_TELLING: Final = ("trajectory", "answer", "state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found of one expectation, or of a part of it.

    Args:
        checks: What was checked, in order.
        unknown: Why something could not be checked; then the whole is neither passed nor failed.
        trajectory: None where none is expected or it could not be scored.
        answer_passed: None where no answer check is declared or one could not be made.
        state_passed: Likewise for the state.
        alternative: Name of the alternative that counted.
    """

    checks: tuple[Check, ...] = ()
    unknown: tuple[str, ...] = ()
    trajectory: TrajectoryScore | None = None
    answer_passed: bool | None = None
    state_passed: bool | None = None
    alternative: str = ""

    @property
    def standing(self) -> int:
        """2 where every check holds, 1 where that is not known, 0 where one fails."""
        if not all(check.passed for check in self.checks):
            return 0
        return 1 if self.unknown else 2

    @property
    def mean_score(self) -> float:
        """Mean score of the checks, in [0, 1]; 0 where nothing was checked."""
        return sum(check.score for check in self.checks) / len(self.checks) if self.checks else 0.0

    def most_telling(self) -> tuple[Check, ...]:
        """The checks that fail, most telling first."""
        return tuple(sorted((check for check in self.checks if not check.passed), key=_telling))

    def named(self, prefix: str, alternative: str) -> "Findings":
        """The same findings as those of an alternative."""
        checks = tuple(
            replace(check, name=f"{prefix}.{check.name}", reason=f"{prefix}: {check.reason}") for check in self.checks
        )
        unknown = tuple(f"{prefix}: {reason}" for reason in self.unknown)
        return replace(self, checks=checks, unknown=unknown, alternative=alternative)

    def with_unknown(self, reason: str) -> "Findings":
        """The same findings with one more thing that is not known."""
        return replace(self, unknown=(*self.unknown, reason))


NOTHING: Final = Findings()


def together(*parts: Findings) -> Findings:
    """The findings of several parts that must all hold; of two trajectories the worse is the one reported."""
    trajectories = [part.trajectory for part in parts if part.trajectory is not None]
    return Findings(
        checks=tuple(check for part in parts for check in part.checks),
        unknown=tuple(dict.fromkeys(reason for part in parts for reason in part.unknown)),
        trajectory=min(trajectories, key=lambda one: (one.passed, one.trajectory), default=None),
        answer_passed=_both(part.answer_passed for part in parts),
        state_passed=_both(part.state_passed for part in parts),
        alternative=next((part.alternative for part in reversed(parts) if part.alternative), ""),
    )


def _both(outcomes: Iterable[bool | None]) -> bool | None:
    known = [outcome for outcome in outcomes if outcome is not None]
    return all(known) if known else None


def _telling(check: Check) -> int:
    kind = check.name.partition("].")[2] if check.name.startswith("any_of[") else check.name
    return next((rank for rank, name in enumerate(_TELLING) if kind.startswith(name)), len(_TELLING))

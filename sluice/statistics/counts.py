"""Passes and trials of a baseline and a candidate, stratum by stratum."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sluice.errors import InvalidInputError, TooFewCasesError

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StratifiedCounts:
    """What two versions scored on the same strata; every array has shape (n_strata,).

    Args:
        baseline_passed: Baseline trials that passed, 0..baseline_trials.
        baseline_trials: At least 1 in every stratum.
        candidate_passed: Candidate trials that passed, 0..candidate_trials.
        candidate_trials: At least 1 in every stratum.

    Raises:
        InvalidInputError: Shapes differ or a count is out of range.
        TooFewCasesError: No stratum.
    """

    baseline_passed: Counts
    baseline_trials: Counts
    candidate_passed: Counts
    candidate_trials: Counts

    def __post_init__(self) -> None:
        arrays = (self.baseline_passed, self.baseline_trials, self.candidate_passed, self.candidate_trials)
        if any(array.ndim != 1 for array in arrays) or len({array.size for array in arrays}) != 1:
            raise InvalidInputError(f"counts must share one shape (n_strata,), got {[a.shape for a in arrays]}")
        if self.baseline_trials.size == 0:
            raise TooFewCasesError(needed=1, got=0, what="strata")
        if min(int(self.baseline_trials.min()), int(self.candidate_trials.min())) < 1:
            raise InvalidInputError("every stratum needs at least 1 trial in baseline and candidate, got 0")
        for passed, trials in ((arrays[0], arrays[1]), (arrays[2], arrays[3])):
            if (passed < 0).any() or (passed > trials).any():
                raise InvalidInputError("passed must lie in 0..trials in every stratum")

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> "StratifiedCounts":
        """From rows of (baseline passed, baseline trials, candidate passed, candidate trials), one a stratum."""
        table = np.asarray(rows, dtype=np.int64).reshape(-1, 4)
        return cls(
            baseline_passed=table[:, 0],
            baseline_trials=table[:, 1],
            candidate_passed=table[:, 2],
            candidate_trials=table[:, 3],
        )

    @property
    def n_strata(self) -> int:
        """Strata compared."""
        return int(self.baseline_trials.size)

    @property
    def trials(self) -> Counts:
        """Trials of both versions."""
        return self.baseline_trials + self.candidate_trials

    @property
    def passed(self) -> Counts:
        """Passes of both versions."""
        return self.baseline_passed + self.candidate_passed

    @property
    def drops(self) -> Floats:
        """Baseline rate minus candidate rate; positive is worse."""
        return self.baseline_passed / self.baseline_trials - self.candidate_passed / self.candidate_trials

    @property
    def weights(self) -> Floats:
        """Mantel-Haenszel weight k kb / (k + kb)."""
        return self.baseline_trials * self.candidate_trials / self.trials

    @property
    def variances(self) -> Floats:
        """Variance of the baseline's passes given the stratum's margins: M (N - M) k kb / (N^2 (N - 1))."""
        total, passed = self.trials, self.passed
        return passed * (total - passed) * self.weights / (total * (total - 1.0))

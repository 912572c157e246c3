"""How well one verdict agrees with another: AUC, confusion, accuracy, Cohen's kappa."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sluice.errors import InvalidInputError, TooFewCasesError


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Counts of a predicted against a true verdict; "positive" is a pass.

    Args:
        true_positive: Passed in both.
        false_positive: Passed in the prediction only.
        false_negative: Passed in truth only.
        true_negative: Failed in both.
    """

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int

    @property
    def n(self) -> int:
        """All pairs of verdicts."""
        return self.true_positive + self.false_positive + self.false_negative + self.true_negative


def auc(scores: Sequence[float], positive: Sequence[bool]) -> float:
    """Probability that a positive scores above a negative, ties counted half (Mann-Whitney).

    Args:
        scores: Finite scores, higher is more positive.
        positive: Which of them are positive, same length.

    Returns:
        In [0, 1]; 0.5 says nothing, 1 separates perfectly.

    Raises:
        InvalidInputError: Lengths differ or a score is not finite.
        TooFewCasesError: Only one class is there; no ranking between classes is defined.

    Source:
        Mann & Whitney 1947, Ann. Math. Statist. 18(1); Hanley & McNeil 1982, Radiology 143(1).

    Example:
        >>> auc([0.9, 0.5, 0.5, 0.1], [True, True, False, False])  # pairs: 1 + 1 + 1/2 + 1 of 4
        0.875
    """
    values, truth = np.asarray(scores, dtype=np.float64), np.asarray(positive, dtype=bool)
    if values.shape != truth.shape:
        raise InvalidInputError(f"got {values.size} scores but {truth.size} verdicts")
    if not np.isfinite(values).all():
        raise InvalidInputError("scores must be finite")
    if truth.all() or not truth.any():
        raise TooFewCasesError(needed=2, got=int(truth.size > 0), what="classes")
    negatives = np.sort(values[~truth])
    below = np.searchsorted(negatives, values[truth], side="left")
    not_above = np.searchsorted(negatives, values[truth], side="right")
    return float((below + not_above).mean() / (2 * negatives.size))


def confusion(predicted: Sequence[bool], actual: Sequence[bool]) -> Confusion:
    """Count a predicted verdict against the true one.

    Args:
        predicted: Our verdicts.
        actual: The true verdicts, same length.

    Returns:
        The four counts.

    Raises:
        InvalidInputError: Lengths differ.
    """
    if len(predicted) != len(actual):
        raise InvalidInputError(f"got {len(predicted)} predictions but {len(actual)} verdicts")
    pairs = list(zip(predicted, actual, strict=True))
    return Confusion(
        true_positive=pairs.count((True, True)),
        false_positive=pairs.count((True, False)),
        false_negative=pairs.count((False, True)),
        true_negative=pairs.count((False, False)),
    )


def accuracy_score(table: Confusion) -> float:
    """Share of equal verdicts, in [0, 1].

    Raises:
        TooFewCasesError: No verdict.
    """
    if table.n == 0:
        raise TooFewCasesError(needed=1, got=0, what="verdicts")
    return (table.true_positive + table.true_negative) / table.n


def cohen_kappa(table: Confusion) -> float:
    """Agreement beyond chance: (observed - expected) / (1 - expected).

    Args:
        table: Counts of the two verdicts.

    Returns:
        1 for perfect agreement, 0 for that of chance, below 0 for less.

    Raises:
        TooFewCasesError: No verdict, or both always give the same single answer, so that chance explains everything.

    Source:
        Cohen 1960, Educ. Psychol. Meas. 20(1).

    Example:
        >>> table = Confusion(true_positive=20, false_positive=5, false_negative=10, true_negative=15)
        >>> round(cohen_kappa(table), 3)  # observed .7; expected .5 * .6 + .5 * .4 = .5
        0.4
    """
    observed = accuracy_score(table)
    predicted = (table.true_positive + table.false_positive) / table.n
    actual = (table.true_positive + table.false_negative) / table.n
    expected = predicted * actual + (1 - predicted) * (1 - actual)
    if expected == 1:
        raise TooFewCasesError(needed=2, got=1, what="classes")
    return (observed - expected) / (1 - expected)

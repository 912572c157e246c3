"""Did a number worsen: calls, cost, latency and efficiency, paired within strata."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np
from scipy.special import stdtr, stdtrit

from sluice.errors import TooFewCasesError

# Strata that agree to the last digit (a deterministic agent, or two lucky trials) are not trusted beyond this spread:
# 10 % for ratios, 2 points for drops. Seventeen calls for three stay proved by two strata; four for three do not.
RATIO_SPREAD = 0.1
DROP_SPREAD = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedNumbers:
    """One number in the trials of one stratum.

    Args:
        baseline: Its values in the baseline, at least one.
        candidate: Its values in the candidate; empty where none was evaluated.
        missing: Candidate trials that were not evaluated; a proof of worsening counts them as no worse.
    """

    baseline: tuple[float, ...]
    candidate: tuple[float, ...]
    missing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Worsening:
    """How much a number worsened, and how sure that is.

    Args:
        baseline: Mean over the compared strata of the stratum's mean, in the number's unit.
        candidate: The same in the candidate.
        estimate: Geometric mean over strata of candidate / baseline; for drops the mean of baseline - candidate.
        p_value: One-sided, of "the worsening is at most the limit"; None with fewer than two strata.
        n_strata: Strata with numbers on both sides.
        centre: The estimate on the scale of the test (logarithm for ratios).
        error: Its standard error; None with fewer than two strata.
        ratio: Whether the test's scale is logarithmic.
    """

    baseline: float
    candidate: float
    estimate: float
    p_value: float | None
    n_strata: int
    centre: float
    error: float | None
    ratio: bool

    def lower(self, alpha: float) -> float | None:
        """One-sided lower bound of the worsening at level alpha; None where nothing can be told."""
        return self._bound(-_quantile(self.n_strata, alpha)) if self.error is not None else None

    def upper(self, alpha: float) -> float | None:
        """One-sided upper bound of the worsening at level alpha; None where nothing can be told."""
        return self._bound(_quantile(self.n_strata, alpha)) if self.error is not None else None

    def _bound(self, quantile: float) -> float:
        bound = self.centre + quantile * (self.error or 0.0)
        return exp(min(bound, 700.0)) if self.ratio else bound


def ratio_worsening(strata: Sequence[PairedNumbers], *, limit: float) -> Worsening:
    """Test whether a positive number grew by more than a ratio.

    In each stratum r = mean(log candidate) - mean(log baseline); the r are tested against log(limit) by Student's t.
    Logarithms, because latency and cost are skewed: the mean of logarithms does not depend on how many trials were
    run, the logarithm of a mean does. The spread between strata holds both the noise of trials and the differences
    between cases, so the test errs on the side of not blaming. Where a zero occurs, half the smallest positive value
    is added throughout that stratum.

    Args:
        strata: Values >= 0 by stratum.
        limit: Largest acceptable candidate / baseline, above 0.

    Returns:
        The worsening as a ratio, above 1 is worse.

    Raises:
        TooFewCasesError: No stratum has numbers on both sides.

    Source:
        Student 1908, Biometrika 6(1), on logarithms of ratios.

    Example:
        >>> looping = [PairedNumbers(baseline=(3.0,), candidate=(17.0,))] * 2
        >>> test = ratio_worsening(looping, limit=1.2)
        >>> round(test.estimate, 2), test.p_value < 0.05
        (5.67, True)
    """
    positive = [value for row in strata for value in (*row.baseline, *row.candidate) if value > 0]
    half_smallest = min(positive, default=1.0) / 2
    differences = [
        _mean_log(row.candidate, offset) - _mean_log(row.baseline, offset)
        for row in _complete(strata)
        for offset in [half_smallest if min(*row.baseline, *row.candidate) <= 0 else 0.0]
    ]
    return _tested(strata, differences, limit=log(limit), spread=RATIO_SPREAD, ratio=True)


def drop_worsening(strata: Sequence[PairedNumbers], *, limit: float) -> Worsening:
    """Test whether a share in [0, 1] fell by more than a limit: Student's t on the strata's mean differences.

    Args:
        strata: Values in [0, 1] by stratum; higher is better.
        limit: Largest acceptable baseline - candidate.

    Returns:
        The worsening as a drop, above 0 is worse.

    Raises:
        TooFewCasesError: No stratum has numbers on both sides.

    Source:
        Student 1908, Biometrika 6(1).
    """
    differences = [float(np.mean(row.baseline) - np.mean(row.candidate)) for row in _complete(strata)]
    return _tested(strata, differences, limit=limit, spread=DROP_SPREAD, ratio=False)


def _tested(
    strata: Sequence[PairedNumbers], differences: list[float], *, limit: float, spread: float, ratio: bool
) -> Worsening:
    rows = _complete(strata)
    if not rows:
        raise TooFewCasesError(needed=1, got=0, what="strata with numbers on both sides")
    centre, n_strata = float(np.mean(differences)), len(rows)
    p_value = error = None
    if n_strata > 1:
        error = max(float(np.std(differences, ddof=1)), spread) / n_strata**0.5
        p_value = _p_value(strata, differences, limit=limit, spread=spread)
    return Worsening(
        baseline=float(np.mean([np.mean(row.baseline) for row in rows])),
        candidate=float(np.mean([np.mean(row.candidate) for row in rows])),
        estimate=exp(min(centre, 700.0)) if ratio else centre,
        p_value=p_value,
        n_strata=n_strata,
        centre=centre,
        error=error,
        ratio=ratio,
    )


def _p_value(strata: Sequence[PairedNumbers], differences: list[float], *, limit: float, spread: float) -> float:
    """p-value of "within the limit" with every unevaluated trial counted as no worse than the baseline."""
    seen = iter(differences)
    diluted = [
        next(seen) * len(row.candidate) / (len(row.candidate) + row.missing) if row.candidate else 0.0
        for row in strata
        if row.baseline and (row.candidate or row.missing)
    ]
    error = max(float(np.std(diluted, ddof=1)), spread) / len(diluted) ** 0.5
    return float(stdtr(len(diluted) - 1, (limit - float(np.mean(diluted))) / error))


def _complete(strata: Sequence[PairedNumbers]) -> list[PairedNumbers]:
    return [row for row in strata if row.baseline and row.candidate]


def _mean_log(values: Sequence[float], offset: float) -> float:
    return float(np.mean(np.log(np.asarray(values) + offset)))


def _quantile(n_strata: int, alpha: float) -> float:
    return float(stdtrit(n_strata - 1, 1 - alpha))

"""Did the pass rate fall: the within-case Cochran-Mantel-Haenszel test."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, ndtr

from sluice.statistics.counts import Floats, StratifiedCounts

# Below this variance of the pooled count the normal law is too coarse and the exact one is cheap.
SMALL_VARIANCE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTest:
    """The test of "the candidate passes no less often than the baseline, in no stratum".

    Args:
        p_value: One-sided, small where the candidate is worse.
        z: Standardised excess of baseline passes; None where no stratum tells the versions apart.
        variance: Variance of the pooled count given the margins.
        exact: The p-value is the exact conditional one, not the normal one.
    """

    p_value: float
    z: float | None
    variance: float
    exact: bool


def cmh_test(counts: StratifiedCounts) -> ChangeTest:
    """Test for a drop of the pass rate within strata.

    Given the passes M of a stratum, the baseline's share a of them is hypergeometric if the versions are equal. With
    kb and k trials and N = kb + k:

        E = M kb / N,  V = M (N - M) k kb / (N^2 (N - 1)),  z = sum(a - E) / sqrt(sum V),  p = 1 - Phi(z)

    without continuity correction. Where sum V < 5, p = P(sum a >= observed) by convolving the hypergeometrics. The
    strata are fixed: only the noise of trials counts, which is what "no worse on these cases" promises.

    Args:
        counts: Passes and trials by stratum.

    Returns:
        The one-sided test.

    Source:
        Cochran 1954, Biometrics 10(4); Mantel & Haenszel 1959, J. Natl. Cancer Inst. 22(4); the exact form:
        Birch 1964, J. R. Statist. Soc. B 26(2).

    Example:
        >>> lost_14_of_40 = StratifiedCounts.of([(1, 1, 0, 1)] * 14 + [(1, 1, 1, 1)] * 20 + [(0, 1, 0, 1)] * 6)
        >>> test = cmh_test(lost_14_of_40)
        >>> test.exact, round(test.p_value * 2**14, 6)  # all 14 changes are for the worse: 2 ** -14
        (True, 1.0)
    """
    variance = float(counts.variances.sum())
    excess = float((counts.baseline_passed - counts.passed * counts.baseline_trials / counts.trials).sum())
    z = excess / variance**0.5 if variance > 0 else None
    if z is None or variance < SMALL_VARIANCE:
        return ChangeTest(p_value=_exact_p_value(counts), z=z, variance=variance, exact=True)
    return ChangeTest(p_value=float(ndtr(-z)), z=z, variance=variance, exact=False)


def _exact_p_value(counts: StratifiedCounts) -> float:
    """P(sum of baseline passes >= observed) given the passes of every stratum."""
    law = np.ones(1)
    above_least = 0  # observed passes above the smallest possible, summed over the strata that can vary
    for stratum in np.flatnonzero(counts.variances > 0):
        baseline, candidate = int(counts.baseline_trials[stratum]), int(counts.candidate_trials[stratum])
        passed = int(counts.passed[stratum])
        law = np.convolve(law, _hypergeometric(baseline, candidate, passed))
        above_least += int(counts.baseline_passed[stratum]) - max(0, passed - candidate)
    return min(1.0, float(law[above_least:].sum()))


def _hypergeometric(baseline: int, candidate: int, passed: int) -> Floats:
    """Law of the baseline's share of ``passed`` passes, from its smallest possible value up."""
    share = np.arange(max(0, passed - candidate), min(baseline, passed) + 1)
    log_law = (
        _log_binomial(baseline, share)
        + _log_binomial(candidate, passed - share)
        - _log_binomial(baseline + candidate, np.asarray(passed))
    )
    law: Floats = np.exp(log_law - np.logaddexp.reduce(log_law))
    return law


def _log_binomial(n: int, k: np.ndarray) -> Floats:
    log: Floats = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return log

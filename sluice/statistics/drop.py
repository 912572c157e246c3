"""How large the drop of the pass rate can be: its estimate and one-sided upper bound."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from sluice.statistics.cmh import SMALL_VARIANCE
from sluice.statistics.counts import Floats, StratifiedCounts
from sluice.statistics.pairs import drop_upper_of_pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """The mean over strata of (baseline rate - candidate rate); positive is worse.

    Args:
        estimate: In [-1, 1].
        upper: One-sided upper bound at level alpha.
        exact: The bound is the exact small-sample one, not the normal one.
    """

    estimate: float
    upper: float
    exact: bool


def pooled_drop(counts: StratifiedCounts, *, alpha: float) -> Drop:
    """Estimate the pooled drop and bound it from above.

    With S strata, V and w as in `cmh_test` and the drop d_i of stratum i:

        upper = mean(d) + z * max(sqrt(sum V / w^2) / S, sd(d) / sqrt(S))

    that is the larger of the error that trial noise explains and the error the strata show. Where sum V < 5 the
    normal law is useless (no failure at all would give a bound of 0), so the bound is exact: every candidate trial is
    compared with the baseline trials of its stratum, which gives the mean number of pairs that got worse and better;
    these are bounded as that many independent pairs, see `drop_upper_of_pairs`. A stratum contributes min(k, kb)
    pairs, as many as are independent; averaging over all kb baseline trials only narrows what the bound allows for.

    Args:
        counts: Passes and trials by stratum.
        alpha: Probability with which the bound may lie below the true drop, in (0, 0.5).

    Returns:
        The drop and its bound.

    Source:
        Mantel & Haenszel 1959 (variance); the small-sample bound is Buehler's (1957) with the score of Tango (1998)
        as its order, on pairs averaged within strata: derived here, coverage simulated in benchmarks.gate_statistics.

    Example:
        >>> clean = StratifiedCounts.of([(10, 10, 1, 1)] * 5)
        >>> round(pooled_drop(clean, alpha=0.05).upper, 2)  # 5 of 5 exclude no less than 1 - .05 ** (1 / 5)
        0.45
    """
    drops = counts.drops
    estimate = float(drops.mean())
    if counts.variances.sum() < SMALL_VARIANCE:
        return Drop(estimate=estimate, upper=_exact_upper(counts, alpha=alpha), exact=True)
    n_strata = counts.n_strata
    error = float(np.sqrt((counts.variances / counts.weights**2).sum()) / n_strata)
    if n_strata > 1:
        error = max(error, float(drops.std(ddof=1)) / n_strata**0.5)
    return Drop(estimate=estimate, upper=min(1.0, estimate - float(ndtri(alpha)) * error), exact=False)


def _exact_upper(counts: StratifiedCounts, *, alpha: float) -> float:
    baseline_rate = counts.baseline_passed / counts.baseline_trials
    candidate_rate = counts.candidate_passed / counts.candidate_trials
    pairs = equivalent_pairs(np.minimum(counts.baseline_trials, counts.candidate_trials).astype(float), alpha=alpha)
    worse = float((baseline_rate * (1 - candidate_rate)).mean()) * pairs
    better = float((candidate_rate * (1 - baseline_rate)).mean()) * pairs
    return drop_upper_of_pairs(worse, better, pairs, alpha=alpha)


def equivalent_pairs(pairs: Floats, *, alpha: float) -> int:
    """How many pairs, spread evenly, bound the mean drop as well as these do where nothing got worse.

    With n_i pairs in stratum i and drops pi_i, P(nothing got worse) <= prod (1 - pi_i)^n_i. For a given mean drop this
    is largest where 1 - pi_i = min(1, n_i / level), so the drop hides in the strata that were tried least. The largest
    mean drop m that keeps the product at alpha is what even pairs N with (1 - m)^N = alpha would exclude.

    Args:
        pairs: Shape (n_strata,). Independent pairs of each stratum, at least 1.
        alpha: Level of the bound, in (0, 1).

    Returns:
        N, rounded down, at least 1; n_strata * n where every stratum has n pairs.

    Source:
        Derived here: the maximum of a concave function under one linear constraint.

    Example:
        >>> equivalent_pairs(np.full(20, 3.0), alpha=0.05)
        60
        >>> equivalent_pairs(np.array([3.0] * 80 + [10.0] * 20), alpha=0.05)  # the drop may hide in the 80
        300
    """
    low, high = float(pairs.min()), float(pairs.max()) / alpha
    for _ in range(100):
        level = (low * high) ** 0.5
        if float((pairs * np.log(np.minimum(1.0, pairs / level))).sum()) > np.log(alpha):
            low = level
        else:
            high = level
    hidden = float(np.mean(1 - np.minimum(1.0, pairs / high)))
    return max(1, int(np.log(alpha) / np.log1p(-hidden) + 1e-6))

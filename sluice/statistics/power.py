"""What a design can see: the smallest detectable drop, and the trials that would settle a question."""

from dataclasses import dataclass
from math import ceil, log, log1p

import numpy as np
from scipy.special import bdtrc, ndtr, ndtri

from sluice.statistics.cmh import SMALL_VARIANCE
from sluice.statistics.counts import StratifiedCounts

POWER = 0.8
# More trials per stratum than this are no advice any more.
MOST_CANDIDATE_TRIALS = 100
MOST_TRIALS = 10_000
# A sample without noise is no proof of none: half a failed trial is always allowed for.
UNSEEN_FAILURES = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Trials per stratum, in all, that would settle a question with probability .8 if what was seen is true."""

    candidate_trials: int
    baseline_trials: int


def smallest_detectable_drop(counts: StratifiedCounts, *, alpha: float, power: float = POWER) -> float:
    """Smallest true drop that the change test would have found with the given probability.

    The noise of stratum i is r (1 - r) N / (N - 1), unbiased for p (1 - p); a drop m lets the share m of candidate
    trials fail and so adds m (1 - m) to the candidate's. With w as in `cmh_test`, the pooled count has mean m sum w
    and the variances under "no drop" and under the drop follow; power = Phi((mean - z sqrt(V0)) / sqrt(V1)). Where the
    exact test applies, the candidate must also fail often enough to be significant at all: f failures with
    (k / (k + kb))^f <= alpha.

    Args:
        counts: Passes and trials by stratum; only their noise and sizes matter.
        alpha: Level of the test, in (0, 0.5).
        power: Wanted probability, in (0, 1).

    Returns:
        The drop, in (0, 1]; 1 where not even a total failure would be found.

    Source:
        Derived from the moments in Mantel & Haenszel 1959; checked by simulation in benchmarks.gate_statistics.
    """
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        if _power(counts, middle, alpha) < power:
            low = middle
        else:
            high = middle
    return high


def _power(counts: StratifiedCounts, drop: float, alpha: float) -> float:
    weights, share = counts.weights, counts.candidate_trials / counts.trials
    noise = float((weights * _noise(counts)).sum())
    null_variance = noise + drop * (1 - drop) * float((weights * share).sum())
    true_variance = noise + drop * (1 - drop) * float((weights**2 / counts.candidate_trials).sum())
    excess = drop * float(weights.sum()) + float(ndtri(alpha)) * null_variance**0.5
    found = float(ndtr(excess / max(true_variance, 1e-12) ** 0.5))
    if null_variance >= SMALL_VARIANCE:
        return found
    failures = ceil(log(alpha) / log(float(share.mean())) - 1e-9)
    trials = int(counts.candidate_trials.sum())
    return min(found, float(bdtrc(float(failures - 1), trials, drop)) if failures <= trials else 0.0)


def trials_to_settle(counts: StratifiedCounts, *, margin: float, alpha: float) -> Settlement | None:
    """Trials per stratum that would settle whether the pass rate fell, were the drop that was seen the true one.

    Settled is a proved drop, or one of ``margin`` or more excluded, with probability .8. Baseline trials stay as they
    are where that suffices; else both versions need the same number.

    Args:
        counts: What was seen.
        margin: Largest drop that still passes, in (0, 1).
        alpha: Level of test and bound, in (0, 0.5).

    Returns:
        The trials, always more than were run; None where no reasonable number would do.

    Source:
        The usual sample size (z_alpha + z_power) * standard error = distance, with the variances of
        `smallest_detectable_drop`; pairs without change: (1 - margin)^pairs = alpha.
    """
    drop = float(counts.drops.mean())
    seen_noise = float((counts.weights * _noise(counts)).sum() / counts.weights.sum())
    noise = max(seen_noise, UNSEEN_FAILURES / int(counts.trials.sum()))
    run, cached = int(counts.candidate_trials.min()), int(counts.baseline_trials.min())
    for trials in range(run + 1, MOST_CANDIDATE_TRIALS + 1):
        if _settled(counts.n_strata, drop, noise, trials, cached, margin, alpha):
            return Settlement(candidate_trials=trials, baseline_trials=cached)
    trials = max(run, cached) + 1
    while trials <= MOST_TRIALS:
        if _settled(counts.n_strata, drop, noise, trials, trials, margin, alpha):
            return Settlement(candidate_trials=trials, baseline_trials=trials)
        trials += max(1, trials // 20)
    return None


def _settled(
    n_strata: int, drop: float, noise: float, candidate: int, baseline: int, margin: float, alpha: float
) -> bool:
    changed = max(drop, 0.0) * (1 - max(drop, 0.0))
    error = ((noise / baseline + (noise + changed) / candidate) / n_strata) ** 0.5
    reach = float(ndtri(POWER) - ndtri(alpha)) * error
    enough_failures = log(alpha) / log(candidate / (candidate + baseline)) <= drop * n_strata * candidate
    enough_pairs = n_strata * min(candidate, baseline) >= log(alpha) / log1p(-margin)
    return (reach <= drop and enough_failures) or (reach < margin - drop and enough_pairs)


def _noise(counts: StratifiedCounts) -> np.ndarray:
    """Unbiased estimate of p (1 - p) in every stratum, were both versions equal."""
    rate = counts.passed / counts.trials
    noise: np.ndarray = rate * (1 - rate) * counts.trials / (counts.trials - 1.0)
    return noise


def pairs_to_exclude(margin: float, *, alpha: float) -> int:
    """Trials without any change for the worse that exclude a drop of ``margin``: log(alpha) / log(1 - margin).

    Args:
        margin: Drop to be excluded, in (0, 1).
        alpha: Level of the bound, in (0, 1).

    Returns:
        Trials, rounded up.

    Source:
        Clopper & Pearson 1934, for no event.

    Example:
        >>> pairs_to_exclude(0.05, alpha=0.05), pairs_to_exclude(0.02, alpha=0.05)
        (59, 149)
    """
    return ceil(log(alpha) / log1p(-margin))

"""Did a number worsen: calls, cost, latency and efficiency, paired within strata."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from scipy.special import stdtr, stdtrit

from sluice.errors import TooFewCasesError
from sluice.statistics.counts import Floats

# Strata that agree to the last digit (a deterministic agent, or two lucky trials) are not trusted beyond this spread:
# 5 % for ratios, 2 points for drops. Seventeen calls for three stay proved by two strata; four for three do not.
RATIO_SPREAD = 0.05
DROP_SPREAD = 0.02
# exp of more than this is no float.
LARGEST_LOG = 700.0


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
        return exp(min(bound, LARGEST_LOG)) if self.ratio else bound


def ratio_worsening(strata: Sequence[PairedNumbers], *, limit: float) -> Worsening:
    """Test whether a positive number grew by more than a ratio.

    In each stratum r = mean(log candidate) - mean(log baseline); the r are tested against log(limit) by Student's t.
    Logarithms, because latency and cost are skewed: the mean of logarithms does not depend on how many trials were
    run, the logarithm of a mean does. The spread between strata holds both the noise of trials and the differences
    between cases, so the test errs on the side of not blaming; it is taken no smaller than
    the noise of trials. Where a zero occurs, half the smallest positive value
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

    def scale(row: PairedNumbers) -> _Difference:
        offset = half_smallest if min(*row.baseline, *row.candidate) <= 0 else 0.0
        return _difference([log(v + offset) for v in row.baseline], [log(v + offset) for v in row.candidate])

    return _tested(strata, scale, limit=log(limit), spread=RATIO_SPREAD, ratio=True)


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

    def scale(row: PairedNumbers) -> _Difference:
        return _difference([-v for v in row.baseline], [-v for v in row.candidate])

    return _tested(strata, scale, limit=limit, spread=DROP_SPREAD, ratio=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Difference:
    """A stratum on the scale of the test, where more is worse.

    Args:
        mean: Candidate mean minus baseline mean.
        squares: Squared deviations of the trials from the mean of their version.
        repeats: Their degrees of freedom.
        inverse: 1 / baseline trials + 1 / candidate trials.
    """

    mean: float
    squares: float
    repeats: int
    inverse: float


def _difference(baseline: Sequence[float], candidate: Sequence[float]) -> _Difference:
    base, cand = sum(baseline) / len(baseline), sum(candidate) / len(candidate)
    return _Difference(
        mean=cand - base,
        squares=sum((value - base) ** 2 for value in baseline) + sum((value - cand) ** 2 for value in candidate),
        repeats=len(baseline) + len(candidate) - 2,
        inverse=1 / len(baseline) + 1 / len(candidate),
    )


def _tested(
    strata: Sequence[PairedNumbers],
    scale: Callable[[PairedNumbers], _Difference],
    *,
    limit: float,
    spread: float,
    ratio: bool,
) -> Worsening:
    rows = [row for row in strata if row.baseline and row.candidate]
    if not rows:
        raise TooFewCasesError(needed=1, got=0, what="strata with numbers on both sides")
    scaled = [scale(row) for row in rows]
    differences = np.asarray([one.mean for one in scaled])
    p_value = error = None
    if len(rows) > 1:
        noise = _noise(scaled)
        error = _error(differences, noise, spread)
        # A proof of worsening counts every unevaluated trial as no worse than the baseline.
        known = [len(row.candidate) / (len(row.candidate) + row.missing) for row in rows]
        unknown = sum(bool(row.baseline and row.missing and not row.candidate) for row in strata)
        diluted = np.append(differences * known, np.zeros(unknown))
        excess = limit - float(diluted.mean())
        p_value = float(stdtr(diluted.size - 1, excess / _error(diluted, noise, spread)))
    centre = float(differences.mean())
    return Worsening(
        baseline=sum(sum(row.baseline) / len(row.baseline) for row in rows) / len(rows),
        candidate=sum(sum(row.candidate) / len(row.candidate) for row in rows) / len(rows),
        estimate=exp(min(centre, LARGEST_LOG)) if ratio else centre,
        p_value=p_value,
        n_strata=len(rows),
        centre=centre,
        error=error,
        ratio=ratio,
    )


def _error(differences: Floats, noise: float, spread: float) -> float:
    """Standard error of the mean difference: what the strata show, and no less than the noise of trials explains."""
    return max(float(differences.std(ddof=1)), noise, spread) / sqrt(differences.size)


def _noise(scaled: Sequence[_Difference]) -> float:
    """Standard deviation of a stratum's difference from the noise of trials alone; 0 where no trial was repeated.

    One baseline trial a stratum can agree by luck where ten candidate trials show how much they vary.
    """
    repeats = sum(one.repeats for one in scaled)
    if not repeats:
        return 0.0
    variance = sum((one.squares for one in scaled), start=0.0) / repeats
    inverse = sum((one.inverse for one in scaled), start=0.0) / len(scaled)
    return sqrt(variance * inverse)


def _quantile(n_strata: int, alpha: float) -> float:
    return float(stdtrit(n_strata - 1, 1 - alpha))

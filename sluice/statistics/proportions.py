"""Pass rates: the exact bounds that decide, and the interval that is shown."""

from dataclasses import dataclass

from scipy.special import bdtr, betaincinv, ndtri

from sluice.errors import InvalidInputError, TooFewCasesError

# A floor so close to 1 that a million clean trials cannot prove it is a mistake, not a plan.
MOST_TRIALS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RateInterval:
    """A pass rate and a two-sided interval for display, all in [0, 1]."""

    rate: float
    low: float
    high: float


def clopper_pearson_lower(passed: int, trials: int, *, alpha: float) -> float:
    """One-sided exact lower bound of a pass rate.

    The smallest rate p with P(Binomial(trials, p) >= passed) > alpha: the alpha quantile of
    Beta(passed, trials - passed + 1). It also holds for the mean rate of trials whose own rates differ, because such
    a sum has lighter tails than the binomial of the same mean.

    Args:
        passed: Trials that passed, 0..trials.
        trials: Trials, at least 1.
        alpha: Probability with which the bound may lie above the true rate, in (0, 1).

    Returns:
        The bound, in [0, 1].

    Raises:
        InvalidInputError: ``passed`` or ``alpha`` is out of range.
        TooFewCasesError: No trial.

    Source:
        Clopper & Pearson 1934, Biometrika 26(4); Hoeffding 1956, Ann. Math. Statist. 27(3), on unequal rates.

    Example:
        >>> round(clopper_pearson_lower(59, 59, alpha=0.05), 4)  # .05 ** (1 / 59)
        0.9505
    """
    _check(passed, trials, alpha)
    return 0.0 if passed == 0 else float(betaincinv(passed, trials - passed + 1, alpha))


def clopper_pearson_upper(passed: int, trials: int, *, alpha: float) -> float:
    """One-sided exact upper bound of a pass rate; see `clopper_pearson_lower`.

    Args:
        passed: Trials that passed, 0..trials.
        trials: Trials, at least 1.
        alpha: Probability with which the bound may lie below the true rate, in (0, 1).

    Returns:
        The bound, in [0, 1].

    Raises:
        InvalidInputError: ``passed`` or ``alpha`` is out of range.
        TooFewCasesError: No trial.

    Source:
        Clopper & Pearson 1934, Biometrika 26(4).

    Example:
        >>> round(clopper_pearson_upper(0, 5, alpha=0.05), 3)  # 1 - .05 ** (1 / 5)
        0.451
    """
    _check(passed, trials, alpha)
    return 1.0 if passed == trials else float(betaincinv(passed + 1, trials - passed, 1 - alpha))


def below_floor_p_value(passed: int, trials: int, *, floor: float) -> float:
    """How surprising so few passes would be, were the true rate at the floor: P(Binomial(trials, floor) <= passed).

    It is at most alpha exactly where the one-sided Clopper-Pearson upper bound at alpha lies at or below the floor.

    Args:
        passed: Trials that passed, 0..trials.
        trials: Trials, at least 1.
        floor: Rate to be reached, in (0, 1).

    Returns:
        One-sided p-value of "the rate is at least the floor", in [0, 1].

    Raises:
        InvalidInputError: ``passed`` or ``floor`` is out of range.
        TooFewCasesError: No trial.

    Source:
        Clopper & Pearson 1934, Biometrika 26(4).
    """
    _check(passed, trials, floor)
    return float(bdtr(float(passed), trials, floor))


def wilson_interval(passed: int, trials: int, *, confidence: float = 0.95) -> RateInterval:
    """Two-sided Wilson score interval of a pass rate: close to its nominal coverage on average, so it is what is shown.

    With p = passed / trials, n = trials and z the normal quantile of the confidence:

        (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)

    Args:
        passed: Trials that passed, 0..trials.
        trials: Trials, at least 1.
        confidence: Two-sided coverage, in (0, 1).

    Returns:
        The rate and its interval.

    Raises:
        InvalidInputError: ``passed`` or ``confidence`` is out of range.
        TooFewCasesError: No trial.

    Source:
        Wilson 1927, J. Amer. Statist. Assoc. 22(158).
    """
    _check(passed, trials, confidence)
    z = float(ndtri((1 + confidence) / 2))
    rate = passed / trials
    centre = (rate + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * (rate * (1 - rate) / trials + z * z / (4 * trials * trials)) ** 0.5 / (1 + z * z / trials)
    return RateInterval(rate=rate, low=max(0.0, centre - half), high=min(1.0, centre + half))


def trials_to_prove_floor(floor: float, *, failures: int = 0, alpha: float = 0.05) -> int:
    """Smallest number of trials that proves a floor when this many of them fail.

    Args:
        floor: Rate to be proved, in (0, 1).
        failures: Failed trials among them.
        alpha: Probability of proving a floor that does not hold, in (0, 1).

    Returns:
        Trials, failed ones included.

    Raises:
        InvalidInputError: An argument is out of range, or no million trials would do.

    Source:
        Clopper & Pearson 1934, Biometrika 26(4), solved for the number of trials.

    Example:
        >>> [trials_to_prove_floor(0.95, failures=f) for f in range(3)]
        [59, 93, 124]
    """
    if not 0 < floor < 1 or not 0 < alpha < 1 or failures < 0:
        raise InvalidInputError(
            f"floor and alpha must lie in (0, 1) and failures be >= 0, got {floor}, {alpha}, {failures}"
        )
    low, high = failures, max(2 * failures, 1)
    while clopper_pearson_lower(high - failures, high, alpha=alpha) < floor:
        low, high = high, high * 2
        if high > MOST_TRIALS:
            raise InvalidInputError(f"no {MOST_TRIALS} trials prove a floor of {floor} with {failures} failures")
    while high - low > 1:
        middle = (low + high) // 2
        if clopper_pearson_lower(middle - failures, middle, alpha=alpha) < floor:
            low = middle
        else:
            high = middle
    return high


def _check(passed: int, trials: int, share: float) -> None:
    if trials < 1:
        raise TooFewCasesError(needed=1, got=trials, what="trials")
    if not 0 <= passed <= trials:
        raise InvalidInputError(f"passed must lie in 0..{trials}, got {passed}")
    if not 0 < share < 1:
        raise InvalidInputError(f"alpha, floor and confidence must lie in (0, 1), got {share}")

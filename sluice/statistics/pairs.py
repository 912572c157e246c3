"""The exact upper bound of a drop seen on independent pairs of trials."""

from functools import lru_cache

import numpy as np
from scipy.special import betainc, betaincinv, gammaln, xlog1py, xlogy

from sluice.errors import InvalidInputError
from sluice.statistics.counts import Floats

# Share of alpha's scale spent on confining the nuisance rate (Berger & Boos 1994 advise a small fixed number).
CONFINEMENT = 1e-4
# Grid of the nuisance rate, denser towards 0 where the worst case lies when little changed.
NUISANCE_POINTS = 48
# The bound is found to within 2^-24 of its bracket, far below the tenth of a point that is shown.
BISECTIONS = 24


@lru_cache(maxsize=4096)
def drop_upper_of_pairs(worse: float, better: float, pairs: int, *, alpha: float) -> float:
    """Upper bound of P(worse) - P(better) over pairs (baseline trial, candidate trial) that get worse, better or stay.

    The bound is the largest drop m that the data do not refute, where the p-value of m is the largest probability,
    over the unknown P(better), of outcomes at least as favourable as the one seen; outcomes are ordered by the score
    statistic. With nothing worse it is 1 - alpha^(1 / pairs), the bound of Clopper and Pearson; it approaches the
    normal bound as changes of both kinds grow in number.

    Args:
        worse: Pairs in which the baseline passed and the candidate failed; an average may be fractional.
        better: Pairs in which the candidate passed and the baseline failed; an average may be fractional.
        pairs: Independent pairs, at least 1.
        alpha: Probability with which the bound may lie below the true drop, in (CONFINEMENT, 0.5).

    Returns:
        The bound, in [0, 1].

    Raises:
        InvalidInputError: An argument is out of range.

    Source:
        Buehler 1957, J. Amer. Statist. Assoc. 52(280), on optimal bounds for a given order; Tango 1998,
        Statist. Med. 17(8), on the score of a paired difference; Berger & Boos 1994, J. Amer. Statist. Assoc.
        89(427), on confining the nuisance rate.

    Example:
        >>> round(drop_upper_of_pairs(0.0, 0.0, 60, alpha=0.05), 4)  # 1 - .05 ** (1 / 60) = .0487
        0.0487
    """
    if pairs < 1 or worse < 0 or better < 0 or worse + better > pairs * (1 + 1e-9):
        raise InvalidInputError(f"worse + better must lie in 0..pairs, got {worse} + {better} of {pairs}")
    if not CONFINEMENT < alpha < 0.5:
        raise InvalidInputError(f"alpha must lie in ({CONFINEMENT}, 0.5), got {alpha}")
    low = max((worse - better) / pairs, 1e-9)
    high = _binomial_upper(worse, pairs, alpha / 10)
    if high <= low or _p_value(high, worse, better, pairs) > alpha:
        high = 1.0 - 1e-12
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if _p_value(middle, worse, better, pairs) > alpha:
            low = middle
        else:
            high = middle
    return high


def _p_value(drop: float, worse: float, better: float, pairs: int) -> float:
    """Largest probability, over P(better), of outcomes that speak at least as strongly against ``drop``."""
    changed_at_most = _binomial_upper(worse + better, pairs, CONFINEMENT)
    rate_better = max(0.0, (changed_at_most - drop) / 2) * np.linspace(0, 1, NUISANCE_POINTS) ** 2
    rate_worse = rate_better + drop

    most = pairs * float(rate_worse[-1])
    n_worse = np.arange(min(pairs, int(most + 8 * most**0.5 + 10)) + 1, dtype=np.float64)[:, None]
    score = _score(n_worse, n_worse.T, pairs, drop)
    at_least_as_strong = (score <= _score(np.asarray(worse), np.asarray(better), pairs, drop) + 1e-9) & (
        n_worse + n_worse.T <= pairs
    )
    # The score falls as `better` grows, so the tail is described by its first `better` in each row.
    found = at_least_as_strong.any(axis=1)
    first_better = at_least_as_strong.argmax(axis=1)[found][:, None]
    n_worse = n_worse[found]

    log_choose = gammaln(pairs + 1) - gammaln(n_worse + 1) - gammaln(pairs - n_worse + 1)
    p_worse = np.exp(log_choose + xlogy(n_worse, rate_worse) + xlog1py(pairs - n_worse, -rate_worse))
    share = np.clip(rate_better / np.maximum(1 - rate_worse, 1e-300), 0.0, 1.0)
    p_better = np.where(
        first_better == 0,
        1.0,
        betainc(np.maximum(first_better, 1), np.maximum(pairs - n_worse - first_better + 1, 1e-9), share),
    )
    return float((p_worse * p_better).sum(axis=0).max()) + CONFINEMENT


def _score(worse: Floats, better: Floats, pairs: int, drop: float) -> Floats:
    """Score statistic of "the drop is ``drop``"; the further below 0, the more the data speak against it."""
    changed = (worse + better) * (1 - drop)
    linear = changed - 2 * drop * (pairs - worse)
    rate_better = (linear + np.sqrt(linear**2 + 8 * pairs * better * drop * (1 - drop))) / (4 * pairs)
    variance = np.maximum(pairs * (2 * rate_better + drop * (1 - drop)), 1e-300)
    statistic: Floats = (worse - better - pairs * drop) / np.sqrt(variance)
    return statistic


def _binomial_upper(events: float, pairs: int, alpha: float) -> float:
    """Clopper-Pearson upper bound of a rate, for a possibly fractional number of events."""
    return 1.0 if events >= pairs else float(betaincinv(events + 1, pairs - events, 1 - alpha))

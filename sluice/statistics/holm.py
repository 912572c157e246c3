"""Several questions, one error rate: Holm's step-down rule and the sharing of alpha among tests of a limit."""

from collections.abc import Mapping
from dataclasses import dataclass

from sluice.errors import InvalidInputError

# A test of a limit joins the sharing where its estimate lies beyond the limit, that is where p <= 1/2.
JOINS_BELOW = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one test got of alpha.

    Args:
        rejected: The null hypothesis is rejected.
        level: The p-value that would have been enough.
    """

    rejected: bool
    level: float


def holm(p_values: Mapping[str, float], *, alpha: float) -> dict[str, Share]:
    """Reject as many hypotheses as possible with at most alpha chance of one false rejection.

    In ascending order the i-th of m p-values (from 0) is compared with alpha / (m - i), up to the first that is larger.

    Args:
        p_values: One p-value in [0, 1] per hypothesis, by name.
        alpha: Chance of any false rejection, in (0, 1).

    Returns:
        By name, in the order given. The level of a hypothesis behind the first failure is the level that failed.

    Raises:
        InvalidInputError: A p-value is not in [0, 1].

    Source:
        Holm 1979, Scand. J. Statist. 6(2).

    Example:
        >>> [share.rejected for share in holm({"a": 0.01, "b": 0.04, "c": 0.02}, alpha=0.05).values()]
        [True, True, True]
    """
    for name, p_value in p_values.items():
        if not 0 <= p_value <= 1:
            raise InvalidInputError(f"p-values must lie in [0, 1], got {p_value} for {name}")
    shares: dict[str, Share] = {}
    stopped_at: float | None = None
    for rank, name in enumerate(sorted(p_values, key=p_values.__getitem__)):
        level = alpha / (len(p_values) - rank) if stopped_at is None else stopped_at
        rejected = stopped_at is None and p_values[name] <= level
        if not rejected:
            stopped_at = level
        shares[name] = Share(rejected=rejected, level=level)
    return {name: shares[name] for name in p_values}


def share_alpha(changes: Mapping[str, float], limits: Mapping[str, float], *, alpha: float) -> dict[str, Share]:
    """Share alpha by Holm among tests of "no change" and tests of "within a limit".

    A number that is nowhere near its limit should not weaken the test of the pass rate. So a test of a limit takes
    part only where its estimate lies beyond the limit (p <= 1/2), and pays for that choice: its p-value is doubled.
    Given p <= 1/2, 2p is still no smaller than uniform for the usual one-sided tests, so the chance of any false
    rejection stays at alpha where the tests are independent or rise together.

    Args:
        changes: p-values of "no change", always in.
        limits: p-values of "within the limit".
        alpha: Chance of any false rejection, in (0, 1).

    Returns:
        By name. A test that did not take part is not rejected; its level is the largest that it could have had.

    Raises:
        InvalidInputError: A p-value is not in [0, 1].

    Source:
        Holm 1979; Ellis, Pecanka & Goeman 2020, Biostatistics 21(2), and Zhao, Small & Su 2019, J. Amer. Statist.
        Assoc. 114(527), on conditioning uniformly conservative p-values.

    Example:
        >>> shares = share_alpha({"pooled": 0.04}, {"cost_usd": 0.9, "tool_calls": 0.001}, alpha=0.05)
        >>> shares["pooled"].rejected, shares["cost_usd"].rejected, shares["tool_calls"].rejected
        (True, False, True)
    """
    joining = {name: 2 * p_value for name, p_value in limits.items() if p_value <= JOINS_BELOW}
    shares = holm({**changes, **joining}, alpha=alpha)
    for name in limits:
        joined = shares.get(name)
        shares[name] = (
            Share(rejected=joined.rejected, level=joined.level / 2)
            if joined
            else Share(rejected=False, level=alpha / (2 * (1 + len(shares))))
        )
    return shares

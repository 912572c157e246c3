"""How reliable an agent is when it is asked again: pass^k."""

from collections.abc import Sequence
from math import comb

from sluice.errors import InvalidInputError, TooFewCasesError


def pass_all(results: Sequence[tuple[int, int]]) -> tuple[float, ...]:
    """Estimated probability that all of k trials of a stratum pass, for k = 1, 2, ...

    With c of n trials passed, C(c, k) / C(n, k) is unbiased for p^k; it is averaged over the strata with n >= k. This
    falls fast with k where an agent is merely lucky, which a pass rate hides.

    Args:
        results: One (passed, trials) per stratum; strata without a trial are left out.

    Returns:
        Values in [0, 1] for k = 1 up to the most trials of any stratum.

    Raises:
        InvalidInputError: More passes than trials, or a negative number.
        TooFewCasesError: No stratum has a trial.

    Source:
        Yao et al. 2024, "tau-bench", arXiv:2406.12045, on pass^k.

    Example:
        >>> pass_all([(2, 3), (3, 3)])  # k = 2: (C(2,2)/C(3,2) + 1) / 2 = (1/3 + 1) / 2
        (0.8333333333333333, 0.6666666666666666, 0.5)
    """
    for passed, trials in results:
        if not 0 <= passed <= trials:
            raise InvalidInputError(f"passed must lie in 0..{trials}, got {passed}")
    most = max((trials for _, trials in results), default=0)
    if most == 0:
        raise TooFewCasesError(needed=1, got=0, what="trials")
    estimates = []
    for k in range(1, most + 1):
        shares = [comb(passed, k) / comb(trials, k) for passed, trials in results if trials >= k]
        estimates.append(sum(shares) / len(shares))
    return tuple(estimates)

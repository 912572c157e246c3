"""What the agent has cost so far, and the limit it may not pass."""

import math


class CostMeter:
    """Adds up known costs and says when the limit is reached.

    Requests in flight when the limit is reached are still answered, so the overshoot is at most the concurrency
    times the cost of a trial.

    Args:
        limit_usd: US dollars that may be spent, > 0; None for no limit.
        spent_usd: US dollars already spent, where a run resumes.
    """

    def __init__(self, *, limit_usd: float | None, spent_usd: float = 0.0) -> None:
        self.limit_usd = limit_usd
        self.n_known = 0
        self.n_unknown = 0
        self._spent = [spent_usd]

    @property
    def spent_usd(self) -> float:
        """Known cost so far, in US dollars; answers whose cost is unknown are counted in ``n_unknown``."""
        return math.fsum(self._spent)

    def add(self, cost_usd: float | None) -> None:
        """Count one answer."""
        if cost_usd is None:
            self.n_unknown += 1
            return
        self.n_known += 1
        self._spent = [math.fsum([*self._spent, cost_usd])]

    def refusal(self) -> str | None:
        """Why no further request may be sent; None while one may."""
        if self.limit_usd is None or self.spent_usd < self.limit_usd:
            return None
        return f"cost limit reached: {self.spent_usd:.4g} of {self.limit_usd:g} US dollars are spent"

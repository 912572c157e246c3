"""A version told to be brief: it rounds larger amounts where no money moves, and cuts policies short."""

from examples.support_agent.run import Run
from examples.support_agent.versions.stable import Stable

# Above this, cents look like noise.
ROUNDED_FROM_USD = 60
MOVES_MONEY = {"issue_refund", "cancel_order", "escalate_to_human"}


class SilentDegradation(Stable):
    """Answers sound as before and every call is right; cents and exceptions are gone."""

    name = "silent_degradation"

    def money(self, run: Run, amount: float) -> str:
        """Whole dollars in answers that only inform."""
        if amount < ROUNDED_FROM_USD or MOVES_MONEY.intersection(call.name for call in run.calls):
            return super().money(run, amount)
        return f"${round(amount):,}"

    def policy_text(self, run: Run, summary: str) -> str:
        """The first sentence of a policy, without the exceptions that follow it."""
        return summary.partition(". ")[0].rstrip(".") + "."

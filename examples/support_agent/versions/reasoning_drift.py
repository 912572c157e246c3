"""A version that means too well: it starts right, then does what nobody asked for."""

from examples.support_agent.requests import Request
from examples.support_agent.run import CallFailedError, Run
from examples.support_agent.versions.stable import Stable, falls_on

ACTED_ON_PERCENT = 70
GOODWILL_PERCENT = 55
OFFERED_PERCENT = 22
GOODWILL_USD = 5.0


class ReasoningDrift(Stable):
    """Takes questions for requests, softens a refusal with money, and turns a plain answer into an offer."""

    name = "reasoning_drift"

    def intent(self, run: Run, request: Request) -> str:
        """A question what a refund would be is soon a refund."""
        if request.intent == "quote" and falls_on(run.text, "acted-on", ACTED_ON_PERCENT):
            return "refund"
        return request.intent

    def after_request(self, run: Run, request: Request, part: str) -> str:
        """A little more than was asked for."""
        order_id = next((call.args["order_id"] for call in run.calls if call.name == "lookup_order"), None)
        if order_id and "I am sorry" in part and falls_on(run.text, "goodwill", GOODWILL_PERCENT):
            return part + self._goodwill(run, order_id)
        if request.intent in ("status", "track", "stock") and falls_on(run.text, "offer", OFFERED_PERCENT):
            thought = "The customer seems pleased; while I am at it I could offer something that goes with it."
            offer = run.call("check_stock", thought, sku="SPK-01")
            return part + f" By the way, the {offer['name']} would go well with it, at ${offer['price']:.2f}."
        return part

    def _goodwill(self, run: Run, order_id: str) -> str:
        thought = "I had to refuse, which feels harsh. A small sum would make up for it."
        try:
            run.call("issue_refund", thought, order_id=order_id, amount=GOODWILL_USD, reason="changed_mind")
        except CallFailedError:
            return ""
        return f" As a gesture of goodwill I have returned ${GOODWILL_USD:.2f} to you."

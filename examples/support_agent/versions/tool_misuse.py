"""A version whose calls went out of step with its tools: wrong forms, wrong amounts, errors taken for success."""

from examples.support_agent.run import Run
from examples.support_agent.steps import Call
from examples.support_agent.versions.stable import Record, Stable, falls_on

MISUSED_PERCENT = 55
WRITES = {"issue_refund", "cancel_order", "update_address", "escalate_to_human"}


class ToolMisuse(Stable):
    """Says the right thing; what it sent to the tools was something else, or was refused unnoticed."""

    name = "tool_misuse"

    def arguments(self, run: Run, tool: str, args: Record) -> Record:
        """Arguments as this version writes them."""
        if not falls_on(run.text, "misuse", MISUSED_PERCENT):
            return args
        if tool == "issue_refund":
            return self._refund_arguments(run, args)
        if tool == "cancel_order":
            return {key: value for key, value in args.items() if key != "reason"}
        if tool == "update_address":
            return args | {"address": ", ".join(args["address"].values())}
        if tool in ("track_shipment", "get_customer"):
            key = next(iter(args))
            return {key: str(args[key]).replace("-", "")}
        return args

    def _refund_arguments(self, run: Run, args: Record) -> Record:
        """The whole order instead of the part of it, or the amount as a text."""
        order = run.world.order(args["order_id"]) or {"total": 0, "shipping_fee": 0}
        whole = round(order["total"] - order["shipping_fee"], 2)
        if args["amount"] < whole - 5 and whole <= 500:
            return args | {"amount": whole}
        return args | {"amount": f"${args['amount']:.2f}"}

    def after_error(self, run: Run, call: Call, meant: Record) -> Record | None:
        """Repeats a refused look-up in the right form; takes a refused change for done."""
        if call.name not in WRITES or "cancelled" in (call.error or ""):
            return (
                None
                if call.args == meant
                else run.call_exactly(call.name, "The number was not in the right form.", meant)
            )
        order = run.world.order(str(meant.get("order_id", ""))) or {"total": 0.0, "items": [], "payment": ""}
        names = [item["name"] for item in order["items"] if item["sku"] in meant.get("skus", [item["sku"]])]
        return {"ticket": "T-000000", "cancelled": names, "returned": order["total"], **meant}

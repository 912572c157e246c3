"""Refunds: what the policy allows, what it comes to, and paying it out."""

from dataclasses import dataclass

from examples.support_agent.requests import Request
from examples.support_agent.run import Run
from examples.support_agent.skills.changing import confirmed
from examples.support_agent.skills.orders import Ask, found_order, lines_meant, names_of
from examples.support_agent.skills.reading import parcel_words
from examples.support_agent.world import Record, days_since, records

TOPIC = {"damaged": "damaged_items", "wrong_item": "wrong_items", "missing": "missing_items", "lost": "late_delivery"}
# Stands in where a version does not read the policy.
UNREAD: Record = {"window_days": 30, "return_fee": 0.0, "excluded_categories": [], "refund_limit": 500}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A refund that the policy allows.

    Args:
        amount: US dollars.
        limit: US dollars above which a person decides.
    """

    order: Record
    lines: list[tuple[Record, int]]
    amount: float
    reason: str
    limit: float


def _refuse_by_status(order: Record) -> None:
    name, state = order["order_id"], order["status"]
    if state in ("processing", "packed"):
        raise Ask(f"Order {name} has not shipped yet, so there is nothing to return. Shall I cancel it instead?")
    if state == "shipped":
        raise Ask(
            f"Order {name} is still on its way. Once it has arrived you can return it,"
            " or you can refuse the parcel at the door."
        )
    if state == "cancelled":
        raise Ask(f"Order {name} was cancelled, and the money has been returned already.")
    if order["refunded"] >= order["total"] - order["shipping_fee"]:
        raise Ask(f"Order {name} has been refunded already ({order['refunded']:.2f} dollars).")


def _policy(run: Run, topic: str) -> Record:
    if not run.version.checks_policy(run, topic):
        return UNREAD
    return run.call("get_policy", f"Before money moves I read the policy on {topic}.", topic=topic)


def _within_window(run: Run, order: Record, rules: Record) -> None:
    days = days_since(order["delivered_on"])
    if days <= rules["window_days"]:
        return
    gold = rules.get("gold_window_days", 0)
    if days <= gold:
        thought = f"{days} days is too late for most, but gold members have {gold}: I look the customer up."
        if run.call("get_customer", thought, customer_id=order["customer_id"])["tier"] == "gold":
            return
    raise Ask(
        f"I am sorry, order {order['order_id']} was delivered {days} days ago, and the limit is"
        f" {rules['window_days']} days, so I can't refund it."
    )


def claim_for(run: Run, request: Request) -> Claim:
    """What the policy allows for a request.

    Raises:
        Ask: It allows nothing, or it is unclear what is meant.
    """
    order = found_order(run, request)
    if request.reason == "lost":
        return _lost(run, order)
    _refuse_by_status(order)
    lines = lines_meant(order, request)
    if not lines:
        names = ", ".join(one["name"] for one in order["items"])
        raise Ask(f"Which item of order {order['order_id']} is it: {names}?")
    reason = request.reason if request.reason in TOPIC else "changed_mind"
    rules = _policy(run, TOPIC.get(reason, "returns"))
    _within_window(run, order, rules)
    products = records("products")
    barred = [line for line, _ in lines if products[line["sku"]]["category"] in rules["excluded_categories"]]
    if barred:
        raise Ask(
            f"I am sorry, the {barred[0]['name']} of order {order['order_id']} can't be returned: {rules['summary']}"
        )
    amount = sum(line["unit_price"] * count for line, count in lines) - rules["return_fee"]
    if reason == "damaged" and request.whole:
        amount += order["shipping_fee"]
    return Claim(order=order, lines=lines, amount=round(amount, 2), reason=reason, limit=rules["refund_limit"])


def _lost(run: Run, order: Record) -> Claim:
    if order["shipment_id"] is None:
        raise Ask(f"Order {order['order_id']} has not shipped yet, so it can't be lost.")
    parcel = run.call(
        "track_shipment", "A parcel is said to be lost: I ask the carrier.", shipment_id=order["shipment_id"]
    )
    if parcel["status"] != "lost":
        raise Ask(parcel_words(parcel) + " It is not lost, so I can't refund it yet.")
    rules = _policy(run, "late_delivery")
    lines = [(one, one["quantity"]) for one in order["items"]]
    return Claim(order=order, lines=lines, amount=order["total"], reason="lost", limit=rules["refund_limit"])


def quote(run: Run, request: Request) -> str:
    """What a refund would come to; nothing is paid out."""
    claim = claim_for(run, request)
    amount = run.version.money(run, claim.amount)
    words = f"A refund for {names_of(claim.lines)} of order {claim.order['order_id']} would come to {amount}."
    if claim.amount > claim.limit:
        words += f" Above ${claim.limit} a colleague has to approve it."
    return words + " I have not refunded anything; tell me if I should."


def refund(run: Run, request: Request) -> str:
    """Pay a refund out, or hand it to a person where it is too much for an agent."""
    claim = claim_for(run, request)
    name = claim.order["order_id"]
    if claim.amount > claim.limit:
        summary = f"Refund of {claim.amount:.2f} dollars for order {name}: {claim.reason}"
        thought = f"{claim.amount:.2f} is above the limit of {claim.limit}: a person must decide."
        done = run.call("escalate_to_human", thought, topic="refund_over_limit", summary=summary, order_id=name)
        amount = run.version.money(run, claim.amount)
        next_step = f"you will hear within 24 hours. Your ticket is {done['ticket']}."
        return f"A refund of {amount} for order {name} needs a colleague's approval; {next_step}"
    run.version.before_change(run, request)
    args = {
        "order_id": name,
        "amount": claim.amount,
        "reason": claim.reason,
        "skus": [line["sku"] for line, _ in claim.lines],
    }
    done = run.call("issue_refund", f"The policy allows {claim.amount:.2f} for {names_of(claim.lines)}.", **args)
    amount = run.version.money(run, claim.amount)
    words = f"I have refunded {amount} for {names_of(claim.lines)} of order {name} to {claim.order['payment']},"
    words += " within 5 business days."
    return words + f" Your ticket is {done['ticket']}." + confirmed(run, request, done["ticket"])


def late(run: Run, request: Request) -> str:
    """Refund the shipping fee of a parcel that is late enough."""
    order = found_order(run, request)
    if order["shipment_id"] is None:
        raise Ask(f"Order {order['order_id']} has not shipped yet; it is promised for {order['promised_on']}.")
    parcel = run.call(
        "track_shipment", "Whether it is late, and by how much, the carrier knows.", shipment_id=order["shipment_id"]
    )
    rules = _policy(run, "late_delivery")
    days, fee = parcel["days_late"], order["shipping_fee"]
    if days < rules.get("late_days", 7):
        raise Ask(parcel_words(parcel) + f" That is {days} days late; we refund the shipping fee from 7 days on.")
    if not fee:
        raise Ask(parcel_words(parcel) + " Shipping was free, so there is no fee to refund.")
    run.version.before_change(run, request)
    args = {"order_id": order["order_id"], "amount": fee, "reason": "late"}
    done = run.call("issue_refund", f"{days} days late: the policy allows the shipping fee.", **args)
    paid = f"I have refunded the shipping fee of {run.version.money(run, fee)}."
    words = f"{parcel_words(parcel)} As it is {days} days late {paid}"
    return words + f" Your ticket is {done['ticket']}." + confirmed(run, request, done["ticket"])

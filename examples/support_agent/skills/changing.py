"""Skills that change the world: cancel, change an address, exchange, hand over to a person."""

from dataclasses import asdict

from examples.support_agent.requests import Request
from examples.support_agent.run import CallFailedError, Run
from examples.support_agent.skills.orders import Ask, found_order, lines_meant, sku_of
from examples.support_agent.world import Record


def confirmed(run: Run, request: Request, ticket: str) -> str:
    """Sends a confirmation where one was asked for, and says so."""
    if not request.confirm:
        return ""
    sent = run.call("send_confirmation", f"A confirmation is asked for: I send ticket {ticket}.", ticket=ticket)
    return f" I have sent a confirmation to {sent['to']}."


def cancel(run: Run, request: Request) -> str:
    """Cancel an order, or some of its items, while that is possible."""
    order = found_order(run, request)
    name, state = order["order_id"], order["status"]
    if state == "cancelled":
        return f"Order {name} has been cancelled already."
    if state not in ("processing", "packed"):
        word = "already shipped" if state == "shipped" else "already been delivered"
        return (
            f"Order {name} has {word}, so it can't be cancelled. You can refuse the parcel or return it within 30 days."
        )
    meant = lines_meant(order, request) if request.products else []
    part = [line["sku"] for line, _ in meant] if 0 < len(meant) < len(order["items"]) else []
    run.version.before_change(run, request)
    reason = (
        "too_late"
        if request.reason == "late"
        else "ordered_by_mistake"
        if "mistake" in request.text
        else "customer_request"
    )
    args = {"order_id": name, "reason": reason} | ({"skus": part} if part else {})
    done = run.call("cancel_order", f"Order {name} is {state}, so it can still be cancelled.", **args)
    what = f"{' and '.join(done['cancelled'])} of order {name}" if part else f"order {name}"
    words = f"I have cancelled {what}. {run.version.money(run, done['returned'])} goes back to {order['payment']}."
    return words + f" Your ticket is {done['ticket']}." + confirmed(run, request, done["ticket"])


def address(run: Run, request: Request) -> str:
    """Change where an order goes, while it is processing."""
    if request.address is None:
        raise Ask("What is the new address? Please send me street, city and postcode.")
    order = found_order(run, request)
    name = order["order_id"]
    if order["status"] != "processing":
        return f"Order {name} is {order['status']} already, so its address can't be changed any more. I am sorry."
    run.version.before_change(run, request)
    new = asdict(request.address)
    done = run.call(
        "update_address",
        f"Order {name} is still processing, so the address can be changed.",
        order_id=name,
        address=new,
    )
    where = f"{new['street']}, {new['city']} {new['postcode']}"
    return f"Order {name} now goes to {where}. Your ticket is {done['ticket']}." + confirmed(
        run, request, done["ticket"]
    )


def exchange(run: Run, request: Request) -> str:
    """Hand an exchange over to a person where the new item is in stock."""
    order = found_order(run, request)
    sku = sku_of(request)
    if sku is None:
        raise Ask("What would you like instead?")
    product = run.call("check_stock", f"An exchange needs the new item: I check {sku}.", sku=sku)
    if not product["in_stock"]:
        instead = f"You can return the item of order {order['order_id']} instead."
        return f"{product['name']} is sold out, so I can't exchange it. {instead}"
    summary = f"Exchange in order {order['order_id']} for {product['name']}"
    done = run.call(
        "escalate_to_human",
        "It is in stock; exchanges are booked by a person.",
        topic="exchange",
        summary=summary,
        order_id=order["order_id"],
    )
    next_step = f"A colleague will book the exchange within 24 hours; your ticket is {done['ticket']}."
    return f"{product['name']} is in stock. {next_step}"


def warranty(run: Run, request: Request) -> str:
    """Have the warranty desk decide, and hand a covered claim to a person."""
    order = found_order(run, request)
    meant = lines_meant(order, request)
    if len(meant) != 1:
        raise Ask(f"Which item of order {order['order_id']} is it?")
    line = meant[0][0]
    thought = "A defect after use is a matter for the warranty desk."
    try:
        verdict = run.call(
            "consult_warranty_desk",
            thought,
            order_id=order["order_id"],
            sku=line["sku"],
            problem=request.text.strip()[:200],
        )
    except CallFailedError as failure:
        raise Ask(f"I can't check the warranty: {failure}.") from failure
    if not verdict["covered"]:
        what = f"{line['name']} of order {order['order_id']}"
        return f"I am sorry, the warranty does not cover the {what}: {verdict['why']}."
    return _claimed(run, order, line, verdict)


def _claimed(run: Run, order: Record, line: Record, verdict: Record) -> str:
    summary = f"Warranty claim for {line['name']} of order {order['order_id']}"
    done = run.call(
        "escalate_to_human",
        "It is covered: a person arranges the repair.",
        topic="warranty_claim",
        summary=summary,
        order_id=order["order_id"],
    )
    months = verdict["warranty_months"]
    next_step = f"A colleague will arrange the repair; your ticket is {done['ticket']}."
    return f"The {line['name']} is under warranty ({months} months). {next_step}"


def person(run: Run, request: Request) -> str:
    """Hand over to a person."""
    about = {"order_id": request.orders[0]} if request.orders else {}
    topic = "privacy" if "data" in request.text else "complaint"
    done = run.call(
        "escalate_to_human",
        "The customer wants a person.",
        topic=topic,
        summary=request.text.strip()[:200] or "A person is wanted",
        **about,
    )
    return f"I have passed this on to a colleague, who will answer within 24 hours. Your ticket is {done['ticket']}."

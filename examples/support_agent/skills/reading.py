"""Skills that change nothing: status, parcels, prices, stock, policies."""

import re

from examples.support_agent.requests import Request
from examples.support_agent.run import CallFailedError, Run
from examples.support_agent.skills.orders import WHICH, Ask, found_order, lines_meant, names_of, orders_by_email, sku_of
from examples.support_agent.world import Record

STATUS = {
    "processing": "is being processed and has not shipped yet",
    "packed": "is packed and waits for the carrier",
    "shipped": "has shipped",
    "delivered": "has been delivered",
    "cancelled": "has been cancelled",
}


def status(run: Run, request: Request) -> str:
    """How one or several orders stand."""
    if len(request.orders) > 1:
        found = run.call_together(
            "Several orders are asked about: I look them up together.",
            [("lookup_order", {"order_id": one}) for one in request.orders],
        )
    else:
        found = [found_order(run, request)]
    return "\n".join(_status_line(run, order) for order in found)


def _status_line(run: Run, order: Record) -> str:
    names = names_of([(one, one["quantity"]) for one in order["items"]])
    line = f"Order {order['order_id']} ({names}) {STATUS[order['status']]}"
    if order["status"] == "delivered":
        line += f" on {order['delivered_on']}"
    elif order["status"] in ("processing", "packed", "shipped"):
        line += f"; it is promised for {order['promised_on']}"
    return f"{line}. The total is {run.version.money(run, order['total'])}."


def track(run: Run, request: Request) -> str:
    """Where a parcel is."""
    shipment = request.shipment
    if not shipment:
        order = found_order(run, request)
        if order["shipment_id"] is None:
            return _status_line(run, order)
        shipment = order["shipment_id"]
    try:
        parcel = run.call(
            "track_shipment", f"The parcel is {shipment}: I ask the carrier where it is.", shipment_id=shipment
        )
    except CallFailedError as failure:
        raise Ask(f"I can't find a shipment {shipment}. Please check the number.") from failure
    return parcel_words(parcel)


def parcel_words(parcel: Record) -> str:
    """A parcel's whereabouts in words."""
    name = f"The parcel of order {parcel['order_id']} ({parcel['carrier']}, {parcel['shipment_id']})"
    if parcel["status"] == "delivered":
        return f"{name} was delivered on {parcel['delivered_on']} in {parcel['location']}."
    if parcel["status"] == "lost":
        return f"{name} is lost; it was last seen at {parcel['location']}. I am sorry."
    words = {"in_transit": "is on its way", "out_for_delivery": "is out for delivery", "delayed": "is delayed"}
    where = f"it was last seen at {parcel['location']} and is expected on {parcel['eta']}"
    return f"{name} {words[parcel['status']]}; {where}."


def total(run: Run, request: Request) -> str:
    """What things cost: items, orders, sums, differences."""
    if request.email and not request.orders:
        return _spent(run, request)
    if not request.orders:
        return _price(run, request)
    if len(request.orders) > 1:
        return _over_orders(run, request)
    order = found_order(run, request)
    return _within_order(run, request, order)


def _price(run: Run, request: Request) -> str:
    sku = sku_of(request)
    if sku is None:
        raise Ask(WHICH)
    product = run.call("check_stock", f"A price is asked for: {sku} is listed with price and stock.", sku=sku)
    return f"{product['name']} costs {run.version.money(run, product['price'])}."


def _spent(run: Run, request: Request) -> str:
    lines = [one for one in orders_by_email(run, request.email) if one["status"] != "cancelled"]
    amount = run.version.money(run, sum(one["total"] for one in lines))
    return f"There are {len(lines)} orders under {request.email}; together they come to {amount}."


def _over_orders(run: Run, request: Request) -> str:
    orders = run.call_together(
        "Several orders are to be compared: I look them up together and compute.",
        [("lookup_order", {"order_id": one}) for one in request.orders],
    )
    totals = [order["total"] for order in orders]
    each = ", ".join(f"{order['order_id']} {run.version.money(run, order['total'])}" for order in orders)
    if re.search(r"difference|how much more|how much less|more expensive|cheaper", request.text):
        return f"{each}: the difference is {run.version.money(run, abs(totals[0] - totals[1]))}."
    if "average" in request.text:
        return f"{each}: the average is {run.version.money(run, sum(totals) / len(totals))}."
    return f"{each}: in total {run.version.money(run, sum(totals))}."


def _within_order(run: Run, request: Request, order: Record) -> str:
    money, text, name = run.version.money, request.text, order["order_id"]
    items = sum(one["quantity"] * one["unit_price"] for one in order["items"])
    if re.search(r"how many (?:items|pieces)", text):
        return f"Order {name} has {sum(one['quantity'] for one in order['items'])} pieces."
    if re.search(r"most expensive|priciest|cheapest", text):
        pick = min if "cheapest" in text else max
        best = pick(order["items"], key=lambda one: one["unit_price"])
        return f"In order {name} it is the {best['name']}, at {money(run, best['unit_price'])} each."
    if re.search(
        r"without (?:the )?(?:shipping|delivery)|excluding|before shipping|only the items|just the items", text
    ):
        return f"The items of order {name} cost {money(run, items)} without shipping."
    if re.search(r"shipping (?:fee|cost|charge)|delivery fee|for (?:shipping|delivery)", text):
        return f"Shipping for order {name} was {money(run, order['shipping_fee'])}."
    if request.products:
        meant = lines_meant(order, request)
        amount = sum(line["unit_price"] * count for line, count in meant)
        return f"In order {name}, {names_of(meant)} cost {money(run, amount)}."
    return f"The total of order {name} is {money(run, order['total'])}, shipping included."


def listing(run: Run, request: Request) -> str:
    """The orders under an e-mail address."""
    if not request.email:
        raise Ask("Which e-mail address are the orders under? An order number will do as well.")
    if re.search(r"latest|last order|most recent|newest", request.text):
        return status(run, request)
    lines = orders_by_email(run, request.email)
    told = "\n".join(
        f"- {one['order_id']}: {', '.join(one['items'])}, {one['status']}, {run.version.money(run, one['total'])}"
        for one in lines
    )
    return f"There are {len(lines)} orders under {request.email}:\n{told}"


def stock(run: Run, request: Request) -> str:
    """Whether a product can be had."""
    sku = sku_of(request)
    if sku is None:
        raise Ask("Which product do you mean?")
    try:
        product = run.call("check_stock", f"I check the stock of {sku}.", sku=sku)
    except CallFailedError as failure:
        raise Ask(f"We have no product {sku}.") from failure
    if not product["in_stock"]:
        return f"{product['name']} is sold out at the moment."
    return f"{product['name']} is in stock ({product['in_stock']} left) at {run.version.money(run, product['price'])}."


def policy(run: Run, request: Request) -> str:
    """What the shop's policies say."""
    topics = request.topics or ("returns",)
    found = run.call_together(
        f"A question about our policies: I read {', '.join(topics)}.",
        [("get_policy", {"topic": one}) for one in topics],
    )
    return "\n".join(run.version.policy_text(run, one["summary"]) for one in found)


def customer(run: Run, request: Request) -> str:
    """What is on record about a customer."""
    if not request.customer:
        raise Ask("Which customer number is it? It looks like C-201.")
    try:
        one = run.call("get_customer", f"I read the record of {request.customer}.", customer_id=request.customer)
    except CallFailedError as failure:
        raise Ask(f"I can't find a customer {request.customer}.") from failure
    where = one["address"]
    home = f"{where['street']}, {where['city']} {where['postcode']}"
    return f"{one['name']} ({one['customer_id']}) is a {one['tier']} member; {home}."

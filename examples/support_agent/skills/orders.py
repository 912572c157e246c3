"""Finding the order that is meant, and the items in it."""

from typing import Any

from examples.support_agent.requests import Request
from examples.support_agent.run import CallFailedError, Run
from examples.support_agent.world import Record, records

WHICH = "Which order do you mean? Please send me the order number, for example A-1001."


class Ask(Exception):  # noqa: N818 - a turn of the conversation, not an error
    """The agent has to ask, or to say that it can't go on; the text is the answer."""


def found_order(run: Run, request: Request) -> Record:
    """The order a request is about, looked up.

    Raises:
        Ask: It is not clear which order is meant, or there is no such order.
    """
    if len(request.orders) > 1:
        raise Ask(f"You named {len(request.orders)} orders ({', '.join(request.orders)}). Which of them do you mean?")
    if request.orders:
        return looked_up(run, request.orders[0])
    if request.email:
        return looked_up(run, _chosen(run, request))
    raise Ask(WHICH)


def looked_up(run: Run, order_id: str) -> Record:
    """One order by its number.

    Raises:
        Ask: There is no such order.
    """
    known = _known(run, order_id)
    if known is not None:
        return known
    try:
        return run.call(
            "lookup_order", f"I need order {order_id} before I can say or do anything about it.", order_id=order_id
        )
    except CallFailedError as failure:
        raise Ask(f"I can't find an order {order_id}. Please check the number and send it again.") from failure


def _known(run: Run, order_id: str) -> Record | None:
    """The order as an earlier request of the same message saw it; None where it may have changed since."""
    known = None
    for call in run.calls:
        if call.args.get("order_id") == order_id and call.error is None:
            known = dict(call.result) if call.name == "lookup_order" else None
    return known


def orders_by_email(run: Run, email: str) -> list[Record]:
    """Short lines of the orders under an e-mail address.

    Raises:
        Ask: Nobody is known under it.
    """
    try:
        found = run.call(
            "find_orders_by_email", "No order number, but an e-mail address: I list the orders under it.", email=email
        )
    except CallFailedError as failure:
        raise Ask(
            f"I can't find an account for {email}. Which e-mail address or order number should I look under?"
        ) from failure
    return list(found["orders"])


def _chosen(run: Run, request: Request) -> str:
    lines = orders_by_email(run, request.email)
    families = {product["name"]: product["family"] for product in records("products").values()}
    if request.products:
        lines = [one for one in lines if {families[name] for name in one["items"]} & set(request.products)] or lines
    if any(word in request.text for word in ("latest", "last order", "most recent", "newest")):
        lines = lines[-1:]
    if len(lines) == 1:
        return str(lines[0]["order_id"])
    numbers = ", ".join(f"{one['order_id']} ({', '.join(one['items'])})" for one in lines)
    raise Ask(f"There are {len(lines)} orders under this address: {numbers}. Which one do you mean?")


def lines_meant(order: Record, request: Request) -> list[tuple[Record, int]]:
    """The lines of an order that a request means, each with the quantity meant; empty where it is unclear."""
    products = records("products")
    lines: list[Any] = [one for one in order["items"] if products[one["sku"]]["family"] in request.products]
    lines += [one for one in order["items"] if one["sku"] in request.skus and one not in lines]
    lines = _by_variant(lines, request)
    if not lines and (request.whole or len(order["items"]) == 1 or not request.products):
        lines = list(order["items"])
        if len(lines) > 1 and request.reason in ("damaged", "wrong_item", "missing") and not request.whole:
            return []
    if request.quantity is not None and len(lines) == 1 and request.quantity <= lines[0]["quantity"]:
        return [(lines[0], request.quantity)]
    return [(line, line["quantity"]) for line in lines]


def _by_variant(lines: list[Record], request: Request) -> list[Record]:
    """Of several products of one family, the ones whose own word (stoneware, enamel) is said."""
    said = [one for one in lines if one["name"].split()[0].lower() in request.text.split()]
    return said or lines


def names_of(lines: list[tuple[Record, int]]) -> str:
    """Items in words.

    Example:
        >>> names_of([({"name": "Desk lamp", "quantity": 1}, 1), ({"name": "Stoneware mug", "quantity": 6}, 2)])
        'Desk lamp and 2 x Stoneware mug'
    """
    words = [line["name"] if count == 1 else f"{count} x {line['name']}" for line, count in lines]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def sku_of(request: Request) -> str | None:
    """The product a request without an order means."""
    if request.skus:
        return request.skus[0]
    fitting = {key: one for key, one in records("products").items() if one["family"] in request.products}
    words = set(request.text.replace(",", " ").replace("?", " ").replace(".", " ").split())
    sized = [key for key, one in fitting.items() if one["name"].split()[-1].lower() in words and "size" in one["name"]]
    said = [key for key, one in fitting.items() if one["name"].split()[0].lower() in words]
    return next(iter(sized or said or fitting), None)

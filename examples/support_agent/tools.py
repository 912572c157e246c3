"""The agent's tools: what each does to one conversation's world, with its arguments checked first."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from examples.support_agent.world import DATA, TODAY, Record, World, days_since, records

DEFINITIONS = DATA.parent / "tools.json"


class ToolError(Exception):
    """A tool refused: wrong arguments, an unknown record, or a state that does not allow it."""


@cache
def definitions() -> dict[str, Record]:
    """Name to definition (description, parameters) of every tool."""
    return {tool["name"]: tool for tool in json.loads(DEFINITIONS.read_text(encoding="utf8"))}


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(definitions()[name]["parameters"])


def check_arguments(name: str, args: Mapping[str, Any]) -> None:
    """Refuse arguments that the tool's JSON Schema does not allow.

    Raises:
        ToolError: The tool is unknown or an argument is missing, unknown or of the wrong form.
    """
    if name not in definitions():
        raise ToolError(f"unknown tool {name}")
    error = best_match(_validator(name).iter_errors(dict(args)))
    if error is not None:
        field = ".".join(str(part) for part in error.absolute_path) or "arguments"
        raise ToolError(f"{field}: {error.message}")


def _order(world: World, order_id: str) -> Record:
    order = world.order(order_id)
    if order is None:
        raise ToolError(f"no order {order_id}")
    return order


def lookup_order(world: World, *, order_id: str) -> Record:
    """One order as it stands."""
    return {"order_id": order_id, **_order(world, order_id)}


def find_orders_by_email(world: World, *, email: str) -> Record:
    """Short lines of all orders of the customer with this address."""
    owner = next((key for key, one in records("customers").items() if one["email"] == email.lower()), None)
    if owner is None:
        raise ToolError(f"no customer with the e-mail address {email}")
    keep = ("status", "placed_on", "total")
    lines = [
        {"order_id": key, **{name: order[name] for name in keep}, "items": [item["name"] for item in order["items"]]}
        for key, order in world.orders_of(owner).items()
    ]
    return {"customer_id": owner, "orders": lines}


def get_customer(world: World, *, customer_id: str) -> Record:
    """One customer."""
    if customer_id not in records("customers"):
        raise ToolError(f"no customer {customer_id}")
    return {"customer_id": customer_id, **records("customers")[customer_id]}


def track_shipment(world: World, *, shipment_id: str) -> Record:
    """Where a parcel is."""
    if shipment_id not in records("shipments"):
        raise ToolError(f"no shipment {shipment_id}")
    parcel = records("shipments")[shipment_id]
    end = date.fromisoformat(parcel["delivered_on"] or parcel["eta"] or TODAY.isoformat())
    days_late = max(0, (end - date.fromisoformat(parcel["promised_on"])).days)
    return {"shipment_id": shipment_id, **parcel, "days_late": days_late}


def get_policy(world: World, *, topic: str) -> Record:
    """One policy."""
    return {"topic": topic, **records("policies")[topic]}


def check_stock(world: World, *, sku: str) -> Record:
    """Stock of one product."""
    if sku not in records("products"):
        raise ToolError(f"no product {sku}")
    product = records("products")[sku]
    return {"sku": sku, "name": product["name"], "price": product["price"], "in_stock": product["stock"]}


def issue_refund(world: World, *, order_id: str, amount: float, reason: str, skus: list[str] | None = None) -> Record:
    """Send money back."""
    order = _order(world, order_id)
    left = round(order["total"] - order["refunded"], 2)
    if amount > left + 0.005:
        raise ToolError(f"amount {amount} is more than the {left} that is left of order {order_id}")
    world.change_order(order_id, refunded=round(order["refunded"] + amount, 2))
    return {
        "ticket": world.open_ticket("refund", order_id),
        "order_id": order_id,
        "refunded": amount,
        "to": order["payment"],
        "reason": reason,
    }


def cancel_order(world: World, *, order_id: str, reason: str, skus: list[str] | None = None) -> Record:
    """Cancel an order, or some of its items."""
    order = _order(world, order_id)
    if order["status"] not in ("processing", "packed"):
        raise ToolError(f"order {order_id} is {order['status']}; only processing and packed orders can be cancelled")
    gone = [item for item in order["items"] if not skus or item["sku"] in skus]
    if not gone:
        raise ToolError(f"order {order_id} has no item {', '.join(skus or [])}")
    rest = [item for item in order["items"] if item not in gone]
    amount = sum(item["quantity"] * item["unit_price"] for item in gone) + (0 if rest else order["shipping_fee"])
    world.change_order(order_id, items=rest or order["items"], status=order["status"] if rest else "cancelled")
    ticket = world.open_ticket("cancel", order_id)
    return {
        "ticket": ticket,
        "order_id": order_id,
        "cancelled": [i["name"] for i in gone],
        "returned": round(amount, 2),
    }


def update_address(world: World, *, order_id: str, address: Record) -> Record:
    """Change where an order goes."""
    if _order(world, order_id)["status"] != "processing":
        raise ToolError(f"order {order_id} is {_order(world, order_id)['status']}; its address is fixed")
    world.change_order(order_id, address=address)
    return {"ticket": world.open_ticket("address", order_id), "order_id": order_id, "address": address}


def escalate_to_human(world: World, *, topic: str, summary: str, order_id: str | None = None) -> Record:
    """Hand over to a person."""
    return {"ticket": world.open_ticket(topic, order_id), "topic": topic, "reply_within_hours": 24}


def send_confirmation(world: World, *, ticket: str) -> Record:
    """Confirm a ticket by e-mail."""
    if ticket not in world.tickets:
        raise ToolError(f"no ticket {ticket}")
    order_id = world.tickets[ticket]["order_id"]
    owner = _order(world, order_id)["customer_id"] if order_id else None
    sent = {"ticket": ticket, "to": records("customers")[owner]["email"] if owner else "the address on file"}
    world.sent.append(sent)
    return {"sent": True, **sent}


def lookup_warranty(world: World, *, order_id: str, sku: str) -> Record:
    """Until when an item is under warranty."""
    order = _order(world, order_id)
    if sku not in {item["sku"] for item in order["items"]}:
        raise ToolError(f"order {order_id} has no item {sku}")
    if not order["delivered_on"]:
        raise ToolError(f"order {order_id} has not been delivered")
    months = records("products")[sku]["warranty_months"]
    covered = days_since(order["delivered_on"]) <= months * 30.44
    return {"order_id": order_id, "sku": sku, "warranty_months": months, "covered": months > 0 and covered}


TOOLS: dict[str, Callable[..., Record]] = {
    tool.__name__: tool
    for tool in (
        lookup_order,
        find_orders_by_email,
        get_customer,
        track_shipment,
        get_policy,
        check_stock,
        issue_refund,
        cancel_order,
        update_address,
        escalate_to_human,
        send_confirmation,
        lookup_warranty,
    )
}


def use_tool(world: World, name: str, args: Mapping[str, Any]) -> Record:
    """Check the arguments and use a tool.

    Raises:
        ToolError: The arguments or the state of the world do not allow it.
    """
    check_arguments(name, args)
    if name not in TOOLS:
        raise ToolError(f"{name} is an agent, not a plain tool")
    return TOOLS[name](world, **args)

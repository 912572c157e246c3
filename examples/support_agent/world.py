"""The shop's small database, one private copy a conversation."""

import copy
import hashlib
import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
# The day on which the data is true: "within 30 days" must mean the same in every run.
TODAY = date(2026, 5, 1)

Record = dict[str, Any]


@cache
def records(name: str) -> Mapping[str, Record]:
    """The shared, never changed records of one table.

    Args:
        name: ``orders``, ``customers``, ``products``, ``shipments`` or ``policies``.
    """
    table: dict[str, Record] = json.loads((DATA / f"{name}.json").read_text(encoding="utf8"))
    return table


class World:
    """One conversation's view of the shop: shared records, and this conversation's own changes over them."""

    def __init__(self) -> None:
        self._changed: dict[str, Record] = {}
        self.tickets: dict[str, Record] = {}
        self.sent: list[Record] = []

    def order(self, order_id: str) -> Record | None:
        """The order as this conversation sees it; None where there is none."""
        return self._changed.get(order_id) or records("orders").get(order_id)

    def change_order(self, order_id: str, **fields: Any) -> None:
        """Change an order for this conversation alone."""
        self._changed.setdefault(order_id, copy.deepcopy(records("orders")[order_id])).update(fields)

    def orders_of(self, customer_id: str) -> dict[str, Record]:
        """All orders of a customer, oldest first."""
        found = [key for key, order in records("orders").items() if order["customer_id"] == customer_id]
        found.sort(key=lambda key: str(records("orders")[key]["placed_on"]))
        return {key: self._changed.get(key) or records("orders")[key] for key in found}

    def open_ticket(self, kind: str, order_id: str | None) -> str:
        """A new ticket number; it can't be guessed from the input, so a test can tell whether it was passed on."""
        seed = f"{kind}|{order_id}|{len(self.tickets)}"
        ticket = f"T-{hashlib.sha256(seed.encode()).hexdigest()[:6].upper()}"
        self.tickets[ticket] = {"kind": kind, "order_id": order_id}
        return ticket


def days_since(day: str) -> int:
    """Days from an ISO date to the shop's today."""
    return (TODAY - date.fromisoformat(day)).days

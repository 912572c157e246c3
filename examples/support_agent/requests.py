"""What the customer wants: requests, found in the agent's own words by rules."""

import re
from dataclasses import dataclass, field, replace

from examples.support_agent.intents import INTENTS, NOT_WANTED, Intent
from examples.support_agent.wording import FAMILIES, NUMBER, NUMBERS, REASONS

WHOLE = (
    r"\b(?:whole|entire|complete|full) (?:order|thing|purchase)|everything"
    r"|all (?:of it|items|of them)|\bin full\b"
)
# Requests for a change: two orders mean two of them.
CHANGES = frozenset({"refund", "cancel", "address", "exchange", "late"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A delivery address."""

    street: str
    city: str
    postcode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One thing the customer wants, with the facts that were found for it."""

    intent: Intent
    text: str = ""
    orders: tuple[str, ...] = ()
    email: str = ""
    customer: str = ""
    shipment: str = ""
    skus: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    quantity: int | None = None
    reason: str = ""
    whole: bool = False
    confirm: bool = False
    address: Address | None = None
    topics: tuple[str, ...] = field(default=())


def _unique(found: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))


def products_in(text: str) -> tuple[str, ...]:
    """Product families named in canonical text, in order of the list of families."""
    rest, found = text, []
    for family, words in FAMILIES.items():
        rest, count = re.subn(rf"\b(?:{words})\b", " ", rest)
        if count:
            found.append(family)
    return tuple(found)


def quantity_in(text: str, reason: str) -> int | None:
    """How many pieces the text speaks of; None where it does not say.

    Example:
        >>> quantity_in("two of the six mugs are damaged", "damaged"), quantity_in("got only two of three", "missing")
        (2, 1)
    """
    pair = re.search(rf"\b{NUMBER} (?:out )?of (?:the |my |those |these |all )?{NUMBER}\b", text)
    if pair:
        first, second = (NUMBERS.get(word) or int(word) for word in pair.groups())
        return second - first if reason == "missing" and re.search(r"only|just|received|got", text) else first
    words = "|".join(FAMILIES.values())
    single = re.search(
        rf"\b{NUMBER} (?:of (?:the|my|them|those)\b ?)?(?:[a-z-]+ ){{0,2}}?(?:{words}|damaged|of them)\b", text
    )
    if single:
        return NUMBERS.get(single.group(1)) or int(single.group(1))
    return None


def facts(text: str) -> Request:
    """All facts of a piece of canonical text; the intent is left unknown."""
    reason = next((name for name, words in REASONS if re.search(words, text)), "")
    address = re.search(r"<address:([^|>]*)\|([^|>]*)\|(\d{5})>", text)
    email = re.search(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", text)
    customer = re.search(r"\bc-\d{3}\b", text)
    shipment = re.search(r"\bs-\d{4}\b", text)
    return Request(
        intent="unknown",
        text=text,
        orders=_unique([one.upper() for one in re.findall(r"\ba-\d{4}\b", text)]),
        email=email.group().rstrip(".") if email else "",
        customer=customer.group().upper() if customer else "",
        shipment=shipment.group().upper() if shipment else "",
        skus=_unique([one.upper() for one in re.findall(r"\b(?!a-|c-|s-)[a-z]{3}-(?:\d{2}|[mlsx]{1,2})\b", text)]),
        products=products_in(text),
        quantity=quantity_in(text, reason),
        reason=reason,
        whole=bool(re.search(WHOLE, text)),
        confirm=bool(re.search(r"confirm|receipt|(?:e-?mail|write) me|in writing", text)),
        address=Address(street=address[1], city=address[2], postcode=address[3]) if address else None,
    )


def intent_of(clause: str) -> Intent:
    """The intent of one clause of canonical text."""
    wanted = re.sub(NOT_WANTED, " ", clause)
    for intent, words in INTENTS:
        if re.search(words, wanted):
            if intent in ("policy", "list") and re.search(r"\ba-\d{4}\b", wanted):
                continue
            return intent
    return "unknown"


def clauses(text: str) -> list[str]:
    """Canonical text cut into clauses."""
    parts = re.split(
        r"(?<=[!?;\n])|(?<=[.:])(?=\s|$)|,?\s\b(?:and then|and also|and|then|but|plus)\b\s"
        r"|,\s(?=(?:please|can|could|i want|i'd)\b)",
        text,
    )
    return [part.strip() for part in parts if part and part.strip(" .,;!?\n")]


def merge(first: Request, second: Request) -> Request:
    """One request with the facts of both; the first one's intent, unless it has none."""
    return replace(
        first,
        intent=first.intent if first.intent != "unknown" else second.intent,
        text=f"{first.text} {second.text}",
        orders=_unique([*first.orders, *second.orders]),
        skus=_unique([*first.skus, *second.skus]),
        products=_unique([*first.products, *second.products]),
        quantity=first.quantity if first.quantity is not None else second.quantity,
        whole=first.whole or second.whole,
        confirm=first.confirm or second.confirm,
        address=first.address or second.address,
        **{name: getattr(first, name) or getattr(second, name) for name in ("email", "customer", "shipment", "reason")},
    )

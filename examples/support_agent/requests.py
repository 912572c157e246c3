"""What the customer wants: requests, found in the agent's own words by rules."""

import re
from dataclasses import dataclass, field, replace
from typing import Literal

Intent = Literal[
    "refund", "quote", "cancel", "address", "track", "late", "status", "total", "list", "stock", "exchange",
    "warranty", "policy", "customer", "person", "greeting", "unknown",
]  # fmt: skip

CHANGES = frozenset({"refund", "cancel", "address", "exchange", "late"})
FAMILIES = {
    "floor lamp": r"floor lamps?", "lamp": r"(?:desk )?lamps?", "mug": r"(?:stoneware |enamel )?mugs?", "kettle": r"kettles?",
    "toaster": r"toasters?", "headphones": r"headphones?|headset", "speaker": r"speakers?", "laptop": r"laptops?|notebook computer",
    "monitor": r"monitors?", "keyboard": r"keyboards?", "mouse": r"mouse|mice", "t-shirt": r"t-?shirts?|tee", "shoes": r"shoes?|sneakers|trainers",
    "jacket": r"jackets?|raincoats?", "coffee": r"coffee(?: beans)?", "chocolate": r"chocolates?(?: box(?:es)?)?", "olive oil": r"(?:olive )?oil",
    "gift card": r"gift cards?|vouchers?", "sofa": r"sofa(?: bed)?s?|couch", "chair": r"chairs?", "backpack": r"backpacks?|rucksack",
}  # fmt: skip
TOPICS = {
    "returns": r"return|refund|send back|change of mind", "damaged_items": r"damaged|arrives? broken", "wrong_items": r"wrong item",
    "missing_items": r"missing", "late_delivery": r"\blate\b|delayed|lost", "cancellations": r"cancel", "address_changes": r"address",
    "shipping": r"shipping|ship (?:to|abroad|orders)|deliver (?:to|abroad)|delivery (?:take|cost|fee)|abroad|international",
    "warranty": r"warranty", "gift_cards": r"gift card|voucher", "payments": r"pay(?:ment|pal)?\b|credit cards?\b|visa|amex|how fast.*refund",
    "price_match": r"price (?:drop|match|went down)|cheaper|match .{0,20}prices?", "privacy": r"privacy|personal data|share my data|my data",
}  # fmt: skip
REASONS = (
    ("damaged", r"damaged|faulty|defect"),
    ("wrong_item", r"wrong|not what i ordered|not the one i ordered|instead of (?:the|a) "),
    ("missing", r"missing|only (?:got|received|found|contained)|arrived incomplete|short of|not in the box"),
    ("lost", r"\blost\b"),
    ("late", r"\blate\b|delayed|delay"),
)
NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "both": 2}
NUMBER = r"(\d{1,2}|a|an|one|two|three|four|five|six|both)"
QUOTING = (
    r"\b(?:what would|how much would|would (?:a|my|the|i|that|it)\b|what if|hypothetical|if i (?:were|was|return|returned|send|sent|keep|refund)"
    r"|am i (?:eligible|entitled)|(?:just|only) (?:asking|wondering|curious)|before i decide|worth refunding|is it possible to know"
    r"|how much (?:refund )?(?:could|can|do|will) i get|do not (?:do anything|refund|issue)|don't (?:do anything|refund|issue)|nothing yet|not yet"
    r"|can (?:it|this|that|the .{3,30}|a-\d{4}) (?:still )?be (?:returned|refunded)|is (?:a-\d{4}|it|the .{3,30}) (?:still )?(?:refundable|returnable))"
)
NOT_WANTED = r"\b(?:do not|don't|dont|never|rather than|instead of|please not|without) (?:\w+ ){0,2}?(?:cancel|refund|return|change|escalat)\w*"
# Tried in this order on each clause: the first that occurs names the clause's intent.
INTENTS: tuple[tuple[Intent, str], ...] = (
    ("policy", r"\bpolic(?:y|ies)\b|\brules?\b|how (?:long|many days) do i have|\bdo you (?:also )?(?:accept|take|ship|deliver|offer|match|share|sell my)"
               r"|what happens if|are .{3,40} (?:refundable|returnable)\b|in general|how long (?:does|do) .{0,30}(?:shipping|delivery|refunds?)\b"),
    ("person", r"\b(?:speak|talk|connect|transfer|put me through|escalate|complain|complaint|file)\b.*\b(?:human|person|someone|complaint|this|agent)\b|\bhuman\b"),
    ("late", r"(?:shipping (?:fee|cost|charge)|delivery fee|compensation).*(?:refund|late|delay|back)|(?:refund|late|delayed).*(?:shipping (?:fee|cost|charge)|delivery fee|compensat)"),
    ("warranty", r"\bwarranty\b|stopped working|no longer (?:works|charges|turns on)|quit working|died after|(?:broke|failed) after"),
    ("exchange", r"\bexchange\b|different size|another size|size \w+ instead"),
    ("address", r"(?:change|update|correct|new|different|wrong|fix|set).{0,40}\baddress\b|\baddress\b.{0,40}(?:change|wrong|new|update|should be)"),
    ("cancel", r"\bcancel|do not want (?:it|them|this|that|the order|the .{3,20}) any ?more|don't want (?:it|them|this|that|the order|the .{3,20}) any ?more|stop (?:the|my) order"),
    ("stock", r"\bin stock\b|\bavailable\b|sold out|have any .*left|how many .*(?:left|have you got)|do you (?:still )?have\b|back in stock"),
    ("refund", r"\brefund|\breturn\b|\breturning\b"),
    ("customer", r"\bcustomer (?:c-\d{3}|record|account|profile)|membership|\bc-\d{3}\b|gold member|tier\b"),
    ("list", r"(?:which|what|list|show|all|how many|see|find)\b.{0,25}\borders\b|my orders|orders (?:under|for|on|with|by|from|placed)|latest order|last order|most recent order|newest order"),
    ("total", r"how much|\btotal\b|\bsum\b|\bcost\b|\bprice|\bpaid\b|\bpay\b|average|difference|cheapest|most expensive|priciest|how many (?:items|pieces)|add up"),
    ("track", r"\btrack|where is\b|where are\b|\bpackage\b(?!.*\blost\b)|when (?:will|does|should|can i expect)|\beta\b|arriv(?:e|ing) (?:date|on|by)|\bon its way\b|expected"),
    ("status", r"\bstatus\b|has .*shipped|shipped yet|is .*(?:shipped|packed|ready)|did .*ship|how is (?:my )?order|look ?up|check (?:on )?(?:my |the )?order|details of|what did i order|what is in|what's in|everything ok"),
    ("greeting", r"^(?:hi|hello|hey|good (?:morning|evening|afternoon)|thanks|thank you)\b[\s,!.]*(?:there|again|so much|a lot)?[\s,!.]*$"),
)  # fmt: skip


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
        >>> quantity_in("two of the six mugs are damaged", "damaged"), quantity_in("only two of the three mugs", "missing")
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
        whole=bool(
            re.search(
                r"\b(?:whole|entire|complete|full) (?:order|thing|purchase)|everything|all (?:of it|items|of them)|\bin full\b",
                text,
            )
        ),
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
        r"(?<=[!?;\n])|(?<=[.:])(?=\s|$)|,?\s\b(?:and then|and also|and|then|but|plus)\b\s|,\s(?=(?:please|can|could|i want|i'd)\b)",
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

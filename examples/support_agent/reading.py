"""Reading what a customer wrote: from any input to plain text in the agent's own words."""

import re
from collections.abc import Mapping
from typing import Any

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

# Wordings that mean the same, and the one word the agent plans with. Order matters: longer wordings first.
SYNONYMS: tuple[tuple[str, str], ...] = (
    (
        r"\b(?:money|cash|funds?|payment) back\b|\bre-?imburse\w*|\bmy money (?:returned|again)\b|\bcredit me\b",
        "refund",
    ),
    (r"\bmoney (?:for \w+ )?returned\b|\bback (?:on|to|onto) my (?:card|account|paypal)\b", "refund"),
    (r"\bsend (?:it|them|this|these|one) back\b|\bgive (?:it|them) back\b|\bsending (?:it|them) back\b", "return"),
    (r"\b(?:smashed|shattered|cracked|dented|torn|ripped|leaking|leaked|crushed|chipped|bust(?:ed)?)\b", "damaged"),
    (r"\bin (?:a thousand |two |several )?pieces\b|\bbroken\b|\bdoa\b|\bdead on arrival\b|\bmelted\b", "damaged"),
    (r"\b(?:call off|called off|scrap(?:ped)?|abort|drop|undo|get rid of|void)\b", "cancel"),
    (r"\bchanged my mind about (?:ordering|buying)\b", "cancel"),
    (r"\b(?:relocat|mov)(?:ed|ing)\b|\bmove house\b", "new address"),
    (r"\b(?:re-?route|redirect|send it (?:instead )?to|deliver it to|ship it to|goes? to)\b", "change address to"),
    (r"\bwhere'?s\b|\bwhereabouts of\b|\bhow far (?:along )?is\b|\blocate\b|\bwhere has\b", "where is"),
    (r"\b(?:parcel|shipment|delivery box|consignment)\b", "package"),
    (r"\b(?:swap|switch|trade)\b", "exchange"),
    (r"\bguarantee\b", "warranty"),
    (r"\b(?:real|actual|living) (?:person|human)\b|\b(?:supervisor|manager|representative|someone real)\b", "human"),
    (r"\b(?:altogether|all in all|in sum|taken together|all told)\b", "in total"),
    (r"\bset me back\b|\bcame to\b|\bcharged\b|\bspend\b|\bspent\b", "cost"),
    (r"\bnever (?:showed up|arrived|turned up|came)\b|\bwas not in the box\b|\bwasn'?t in the box\b", "missing"),
    (r"\b(?:behind schedule|overdue|ages late)\b", "late"),
    (r"\bup to now\b|\bprogress of\b|\bany news (?:on|about)\b|\bwhat'?s happening with\b|\bupdate on\b", "status of"),
    (r"\bquestion about the rules\b|\bterms\b|\bguidelines?\b", "policy"),
)
LEXICON = (
    "refund", "refunded", "cancel", "cancelled", "address", "damaged", "broken", "policy", "track", "tracking",
    "package", "delivery", "delivered", "shipping", "shipped", "status", "order", "orders", "return",
    "returned", "warranty", "exchange", "confirmation", "escalate", "complaint", "stock", "headphones",
    "keyboard", "monitor", "kettle", "toaster", "speaker", "laptop", "jacket", "shoes", "chocolate", "coffee",
    "backpack", "human", "total",
)  # fmt: skip
# English words that lie one slip away from a word of the lexicon and mean something else.
NOT_SLIPS = frozenset(
    {"chance", "refuse", "refused", "damage", "tracks", "chocolates", "laptops", "totally", "totals", "chipped"}
)
ORDER_NUMBER = re.compile(
    r"\b(?:a[\s\u2010-\u2015#-]{0,2}|(?:order|oder|ordr|purchase) (?:number |no\.? ?|nr\.? ?|id )?#? ?)(\d{4})\b", re.I
)


def as_text(content: Any) -> str:
    r"""Plain text of one message's content: text, a list of parts, or a form (any mapping).

    Example:
        >>> as_text({"order": "A-1001", "wish": "refund"})
        'order: A-1001\nwish: refund'
    """
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        if "text" in content and content.get("type", "text") == "text":
            return str(content["text"])
        return "\n".join(f"{key}: {as_text(value)}" for key, value in content.items())
    if isinstance(content, list | tuple):
        return "\n".join(as_text(part) for part in content)
    return "" if content is None else str(content)


def as_messages(question: Any) -> list[dict[str, str]]:
    """Chat messages of any input: a list of messages, or one thing the user says."""
    is_chat = (
        isinstance(question, list) and question and all(isinstance(one, Mapping) and "role" in one for one in question)
    )
    if not is_chat:
        return [{"role": "user", "content": as_text(question)}]
    return [{"role": str(one["role"]), "content": as_text(one.get("content"))} for one in question]


def mend_slips(text: str) -> str:
    """Correct typing slips in the words the agent knows.

    Example:
        >>> mend_slips("plese cancle my oder")
        'plese cancel my oder'
    """

    def mended(match: re.Match[str]) -> str:
        word = match.group()
        if word in LEXICON or word in NOT_SLIPS or word.rstrip("s") in LEXICON:
            return word
        close = extractOne(word, LEXICON, scorer=OSA.normalized_similarity, score_cutoff=0.82)
        return close[0] if close else word

    return re.sub(r"\b[a-z]{5,14}\b", mended, text)


def canonical(text: str) -> str:
    """The text in lower case, in the agent's own words, with typing slips corrected and order numbers in full form."""
    plain = ORDER_NUMBER.sub(r"A-\1", text.replace("\u2019", "'")).lower()
    plain = mend_slips(plain)
    for wording, word in SYNONYMS:
        plain = re.sub(wording, word, plain)
    return plain

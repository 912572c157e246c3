"""The wordings that tell what a customer wants, and what is no request at all."""

from typing import Literal

from examples.support_agent.wording import any_of

Intent = Literal[
    "refund",
    "quote",
    "cancel",
    "address",
    "track",
    "late",
    "status",
    "total",
    "list",
    "stock",
    "exchange",
    "warranty",
    "policy",
    "customer",
    "person",
    "greeting",
    "unknown",
]

# Asks what would be, and wants nothing done.
QUOTING = any_of(
    r"\bwhat would",
    r"\bhow much would",
    r"\bwould (?:a|my|the|i|that|it)\b",
    r"\bwhat if",
    r"\bhypothetical",
    r"\bif i (?:were|was|return|returned|send|sent|keep|refund)",
    r"\b(?:am i|is .{1,40}) (?:eligible|entitled)",
    r"\b(?:just|only) (?:asking|wondering|curious)",
    r"\bbefore i decide",
    r"\bworth refunding",
    r"\bis it possible to know",
    r"\bhow much (?:refund )?(?:could|can|do|will) i get",
    r"\bdo not (?:do anything|refund|issue)",
    r"\bdon't (?:do anything|refund|issue)",
    r"\bnothing yet",
    r"\bnot yet",
    r"\bcan (?:it|this|that|the .{3,30}|a-\d{4}) (?:still )?be (?:returned|refunded)",
    r"\bis (?:a-\d{4}|it|the .{3,30}) (?:still )?(?:refundable|returnable)",
)

# Tried in this order on each clause: the first that occurs names the clause's intent.
INTENTS: tuple[tuple[Intent, str], ...] = (
    (
        "policy",
        any_of(
            r"\bpolic(?:y|ies)\b",
            r"\brules?\b",
            "how (?:long|many days) do i have",
            r"\bdo you (?:also )?(?:accept|take|ship|deliver|offer|match|share|sell my)",
            "what happens if",
            r"are .{3,40} (?:refundable|returnable)\b",
            "in general",
            "(?:refund|return) window",
            "is it possible to (?:return|refund|exchange)",
            r"how long (?:does|do) .{0,30}(?:shipping|delivery|refunds?)\b",
        ),
    ),
    (
        "person",
        any_of(
            r"\b(?:speak|talk|connect|transfer|put me through)\b.*\b(?:human|person|someone|agent)\b",
            r"\b(?:escalate|complain|file)\b.*\b(?:person|someone|complaint|this)\b",
            r"\bhuman\b",
        ),
    ),
    (
        "late",
        any_of(
            "(?:shipping (?:fee|cost|charge)|delivery fee|compensation).*(?:refund|late|delay|back)",
            "(?:refund|late|delayed).*(?:shipping (?:fee|cost|charge)|delivery fee|compensat)",
        ),
    ),
    (
        "warranty",
        any_of(
            r"\bwarranty\b",
            "stopped working",
            "no longer (?:works|charges|turns on)",
            "quit working",
            "died after",
            "(?:broke|failed) after",
        ),
    ),
    ("exchange", any_of(r"\bexchange\b", "different size", "another size", r"size \w+ instead")),
    (
        "address",
        any_of(
            r"(?:change|update|correct|new|different|wrong|fix|set).{0,40}\baddress\b",
            r"\baddress\b.{0,40}(?:change|wrong|new|update|should be)",
        ),
    ),
    (
        "cancel",
        any_of(
            r"\bcancel",
            "do not want (?:it|them|this|that|the order|the .{3,20}) any ?more",
            "don't want (?:it|them|this|that|the order|the .{3,20}) any ?more",
            "stop (?:the|my) order",
        ),
    ),
    (
        "stock",
        any_of(
            r"\bin stock\b",
            r"\bavailable\b",
            "sold out",
            "have any .*left",
            "how many .*(?:left|have you got)",
            r"do you (?:still )?have\b",
            "back in stock",
        ),
    ),
    ("refund", any_of(r"\brefund", r"\breturn\b", r"\breturning\b")),
    (
        "customer",
        any_of(
            r"\bcustomer (?:c-\d{3}|record|account|profile)",
            "membership",
            r"\bc-\d{3}\b",
            "gold member",
            r"tier\b",
        ),
    ),
    (
        "list",
        any_of(
            r"(?:which|what|list|show|all|how many|see|find)\b.{0,25}\borders\b",
            "my orders",
            "orders (?:under|for|on|with|by|from|placed)",
            "latest order",
            "last order",
            "most recent order",
            "newest order",
        ),
    ),
    (
        "total",
        any_of(
            "how much",
            r"\btotal\b",
            r"\bsum\b",
            r"\bcost\b",
            r"\bprice",
            r"\bpaid\b",
            r"\bpay\b",
            "average",
            "difference",
            "cheapest",
            "most expensive",
            "priciest",
            "how many (?:items|pieces)",
            "add up",
        ),
    ),
    (
        "track",
        any_of(
            r"\btrack",
            r"where is\b",
            r"where are\b",
            r"\bpackage\b(?!.*\blost\b)",
            "when (?:will|does|should|can i expect)",
            r"\beta\b",
            "arriv(?:e|ing) (?:date|on|by)",
            r"\bon its way\b",
            "expected",
        ),
    ),
    (
        "status",
        any_of(
            r"\bstatus\b",
            "has .*shipped",
            "shipped yet",
            "is .*(?:shipped|packed|ready)",
            "did .*ship",
            "how is (?:my )?order",
            "look ?up",
            "check (?:on )?(?:my |the )?order",
            "details of",
            "what did i order",
            "what is in",
            "what's in",
            "everything ok",
        ),
    ),
    (
        "greeting",
        any_of(
            r"^(?:hi|hello|hey|good (?:morning|evening)|thanks|thank you)\b[\s,!.]*(?:there|again|a lot)?[\s,!.]*$",
        ),
    ),
)

# What tries to give orders to the agent instead of asking for something.
INJECTION = any_of(
    r"(?:ignore|disregard|forget|override)\b.{0,30}\b(?:instructions?|rules?|polic\w+|prompt|above|guardrails?)",
    r"^\s*(?:system|assistant|developer|tool)\s*(?:note|message|prompt)?\s*:",
    r"\byou are now\b",
    r"\bdeveloper mode\b",
    r"\bjailbreak",
    r"\bissue_refund\b",
    r"\bcancel_order\b",
    r"\bpretend (?:to be|you)",
    r"\bact as\b",
    r"\bas an? (?:admin|administrator|employee)\b",
    r"<\/?(?:system|tool|instructions?)>",
    r"\bi am (?:the|an?|your) (?:ceo|admin|developer|administrator)\b",
    "reveal .{0,20}(?:prompt|instructions)",
)

OUT_OF_SCOPE = any_of(
    r"\bweather\b",
    r"\bpoem\b",
    r"\bjoke\b",
    r"\brecipe\b",
    r"\bbitcoin\b",
    r"\bstocks? (?:market|tip)\b",
    r"\bpython\b",
    r"\bcode\b",
    r"\bhomework\b",
    r"\bpresident\b",
    r"\belection\b",
    r"\btranslate\b",
    r"\bfootball\b",
    r"\bdoctor\b",
    r"\bmedicine\b",
    r"\bhotel\b",
    r"\bflight\b",
    r"\bessay\b",
    r"\bcapital of\b",
    r"\bnews\b",
)

# Says what is not to be done; taken out before the intent is looked for.
NOT_WANTED = (
    r"\b(?:do not|don't|dont|never|rather than|instead of|please not|without) (?:\w+ ){0,2}?"
    r"(?:cancel|refund|return|change|escalat)\w*"
)

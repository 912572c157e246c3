"""The wordings that name a product, a policy topic, a reason or a number."""


def any_of(*wordings: str) -> str:
    """One regular expression for several wordings."""
    return "|".join(wordings)


FAMILIES: dict[str, str] = {
    "floor lamp": any_of("floor lamps?"),
    "lamp": any_of("(?:desk )?lamps?"),
    "mug": any_of("(?:stoneware |enamel )?mugs?"),
    "kettle": any_of("kettles?"),
    "toaster": any_of("toasters?"),
    "headphones": any_of("headphones?", "headset"),
    "speaker": any_of("speakers?"),
    "laptop": any_of("laptops?", "notebook computer"),
    "monitor": any_of("monitors?"),
    "keyboard": any_of("keyboards?"),
    "mouse": any_of("mouse", "mice"),
    "t-shirt": any_of("t-?shirts?", "tee"),
    "shoes": any_of("shoes?", "sneakers", "trainers"),
    "jacket": any_of("jackets?", "raincoats?"),
    "coffee": any_of("coffee(?: beans)?"),
    "chocolate": any_of("chocolates?(?: box(?:es)?)?"),
    "olive oil": any_of("(?:olive )?oil"),
    "gift card": any_of("gift cards?", "vouchers?"),
    "sofa": any_of("sofa(?: bed)?s?", "couch"),
    "chair": any_of("chairs?"),
    "backpack": any_of("backpacks?", "rucksack"),
}

TOPICS: dict[str, str] = {
    "returns": any_of("return", "refund", "send back", "change of mind"),
    "damaged_items": any_of("damaged", "arrives? broken"),
    "wrong_items": any_of("wrong item"),
    "missing_items": any_of("missing"),
    "late_delivery": any_of(r"\blate\b", "delayed", "lost"),
    "cancellations": any_of("cancel"),
    "address_changes": any_of("address"),
    "shipping": any_of(
        "shipping",
        "ship (?:to|abroad|orders)",
        "deliver (?:to|abroad)",
        "delivery (?:take|cost|fee)",
        "abroad",
        "international",
    ),
    "warranty": any_of("warranty"),
    "gift_cards": any_of("gift card", "voucher"),
    "payments": any_of(r"pay(?:ment|pal)?\b", r"credit cards?\b", "visa", "amex", "how (?:fast|long).{0,15}refunds?"),
    "price_match": any_of("price (?:drop|match|went down)", "cheaper", "match .{0,20}prices?"),
    "privacy": any_of("privacy", "personal data", "share my data", "my data"),
}

REASONS: tuple[tuple[str, str], ...] = (
    ("damaged", any_of("damaged", "faulty", "defect")),
    ("wrong_item", any_of("wrong", "not what i ordered", "not the one i ordered", "instead of (?:the|a) ")),
    (
        "missing",
        any_of(
            "missing",
            "only (?:got|received|found|contained)",
            "arrived incomplete",
            "short of",
            "not in the box",
        ),
    ),
    ("lost", any_of(r"\blost\b")),
    ("late", any_of(r"\blate\b", "delayed", "delay")),
)

NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "both": 2}
NUMBER = rf"(\d{{1,2}}|{'|'.join(NUMBERS)})"

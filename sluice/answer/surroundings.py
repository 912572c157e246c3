"""What stands around a numeral: its sign, currency, scale and unit, or the rest of an id it is part of."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

# Codes and abbreviations written straight before an amount; '$' and its like are known by their Unicode category.
_CODE = re.compile(
    r"(?<![^\W_])(?:USD|EUR|GBP|JPY|CHF|CNY|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|BRL|MXN|ARS|CLP|COP|ZAR|SGD|"
    r"HKD|TWD|KRW|TRY|ILS|AED|SAR|THB|IDR|MYR|PHP|VND|RUB|UAH|EGP|NGN|KES|Rs|kr|Rp|RM|Fr)\.?[ \u00a0]?$"
)
_SCALES: Final = {
    "k": 1e3, "tsd": 1e3, "thousand": 1e3, "lakh": 1e5, "m": 1e6, "mn": 1e6, "mio": 1e6, "million": 1e6,
    "millions": 1e6, "crore": 1e7, "b": 1e9, "bn": 1e9, "mrd": 1e9, "billion": 1e9, "billions": 1e9, "trillion": 1e12,
}  # fmt: skip
# Also units (metres, bits): the number stands unscaled, too.
_ALSO_UNITS: Final = {"m", "b"}
_SCALE = re.compile(rf"[ \u00a0]?({'|'.join(sorted(_SCALES, key=len, reverse=True))})(?![^\W_])", re.IGNORECASE)
_POWER = re.compile(r"(?:[eE]|[ \u00a0]?[x×*][ \u00a0]?10\^?\{?)([+-]?\d{1,3})(?!\w)")
_SUPERSCRIPT = re.compile(r"[ \u00a0]?[x×*][ \u00a0]?10([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})")
_SUPERSCRIPTS: Final = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
_PERCENT = re.compile(r"[ \u00a0]?(?:%|per ?cent\b)", re.IGNORECASE)
_ORDINAL = re.compile(r"(?:st|nd|rd|th)(?!\w)")
_LETTERS = re.compile(r"[^\W\d_]+")
_COMPOUND = re.compile(r"-[a-z]{2,}(?![\w])")
_CURRENCY_AFTER = re.compile(r"[ \u00a0]?(?:[A-Z]{3}(?!\w)|kr(?!\w)|zł|Kč)")
# Letters of scripts that put no spaces between words: beside a number they are words, not parts of an id.
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What stands before a numeral.

    Args:
        sign: 1 or -1.
        currency: Whether a currency stands there.
        point: Whether it begins with its decimal point (``.5``).
        bracket: Whether an opening parenthesis stands directly before it and its currency.
    """

    sign: int = 1
    currency: bool = False
    point: bool = False
    bracket: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """What stands after a numeral.

    Args:
        factors: What its reading may be multiplied by.
        currency: Whether a currency stands there.
        bracket: Whether a closing parenthesis stands directly after it and its currency.
    """

    factors: tuple[float, ...] = (1.0,)
    currency: bool = False
    bracket: bool = False


def before(left: str) -> Before | None:
    """Read what stands before a numeral; None where it is the tail of an id, a path or an address.

    Args:
        left: The text up to the numeral; its last ten or so characters are enough.
    """
    rest, sign = _without_sign(left)
    shorter = _without_currency(rest)
    currency = shorter is not None
    rest = rest if shorter is None else shorter
    if currency and not sign:
        rest, sign = _without_sign(rest)
    if sign or currency:
        return _signed(rest, sign, currency=currency)
    return _bare(rest)


def _without_sign(left: str) -> tuple[str, str]:
    return (left[:-1], left[-1]) if left[-1:] in ("-", "+") else (left, "")


def _without_currency(left: str) -> str | None:
    """The text before a currency that ends it; None where none does."""
    text = left.removesuffix(" ").removesuffix("\u00a0") if _is_currency(left[-2:-1]) else left
    if _is_currency(text[-1:]):
        return re.sub(r"(?<![^\W_])[A-Z]{1,3}$", "", text[:-1])
    found = _CODE.search(text)
    return text[: found.start()] if found else None


def _signed(rest: str, sign: str, *, currency: bool) -> Before | None:
    last = rest[-1:]
    if sign == "-":
        if _is_word(last) and not last.isdecimal() and not currency:
            return None
        if not last.isdecimal() and last not in ("-", "%", ")", "°") and not _is_currency(last):
            return Before(sign=-1, currency=currency)
    return Before(currency=currency, bracket=last == "(" and not sign)


def _bare(rest: str) -> Before | None:
    last, earlier = rest[-1:], rest[-2:-1]
    if _is_word(last) or last in ("#", "@", "%", "^", "\\", "_"):
        return None
    if last == "/" and not (earlier.isdecimal() or _is_currency(earlier) or earlier == "%"):
        return None
    if last == "." and not earlier.isalnum() and earlier != ".":
        outer = before(rest[:-1])
        return None if outer is None else Before(sign=outer.sign, currency=outer.currency, point=True)
    return Before(bracket=last == "(")


def after(right: str) -> After | None:
    """Read what stands after a numeral; None where it is the head of an id or is an ordinal.

    Args:
        right: The text after the numeral; its first twenty or so characters are enough.
    """
    power = _POWER.match(right) or _SUPERSCRIPT.match(right)
    if power:
        return After(factors=(float(f"1e{power.group(1).translate(_SUPERSCRIPTS)}"),))
    if _PERCENT.match(right):
        return After(factors=(1.0, 0.01))
    if _is_id_head(right):
        return None
    scale = _SCALE.match(right)
    if scale:
        name = scale.group(1).lower()
        currency = _currency_follows(right[scale.end() :])
        both = name in _ALSO_UNITS and scale.group(1) != "M" and not currency
        return After(factors=(_SCALES[name], 1.0) if both else (_SCALES[name],), currency=currency)
    currency = _currency_follows(right)
    closing = right.lstrip()[1:2] if currency and _is_currency(right.lstrip()[:1]) else right[:1]
    return After(currency=currency, bracket=closing == ")")


def _is_id_head(right: str) -> bool:
    first = right[:1]
    if first == "-":
        return right[1:2].isalpha() and _COMPOUND.match(right) is None
    if not _is_word(first):
        return first in ("@", "^", "_")
    letters = _LETTERS.match(right)
    if letters is None or unicodedata.category(first) == "No" or _ORDINAL.match(right):
        return True
    following = right[letters.end() : letters.end() + 1]
    return following == "_" or following.isdecimal()


def _currency_follows(right: str) -> bool:
    return _is_currency(right.lstrip(" \u00a0")[:1]) or _CURRENCY_AFTER.match(right) is not None


def _is_currency(character: str) -> bool:
    return bool(character) and unicodedata.category(character) == "Sc"


def _is_word(character: str) -> bool:
    return character.isalnum() and _UNSPACED.match(character) is None

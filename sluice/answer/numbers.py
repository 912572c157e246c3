"""Numbers in running text, as a reader would take them."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sluice.answer.numerals import readings
from sluice.answer.surroundings import After, Before, after, before

# Spaces that never break a line, apostrophes and dashes as people type them. An em dash is punctuation, never a minus.
_PLAIN: Final = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u2007\u2008\u2009\u202f", "\u00a0"),
        **dict.fromkeys("\u2018\u2019\u02bc\u00b4\uff07", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\uff0d", "-"),
        **dict.fromkeys("\u2014\u2015", " "),
        **dict.fromkeys("\u066b\uff0e", "."),
        **dict.fromkeys("\u066c\uff0c", ","),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
    }
)
_RUN: Final = r"\d+(?:[.,'_]\d+)*"
_SPACED: Final = r"(?<![\d.,'/:_-])\d{1,3}(?:[ \u00a0]\d{3})+(?![\d'_/:-])(?:[.,]\d+(?![\d.,']*\d))?(?![.,]\d)"
_CANDIDATE = re.compile(rf"(?P<spaced>{_SPACED})|{_RUN}(?:[-/:]{_RUN})*")
_SPACES = re.compile("[ \u00a0]")
_YEAR_MONTH = re.compile(r"(?:19|20)\d\d[-/](?:0?[1-9]|1[0-2])|(?:0?[1-9]|1[0-2])[-/](?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """One numeral in a text.

    Args:
        text: As it stands there, without sign and unit.
        values: Every number it may stand for; never empty.
    """

    text: str
    values: tuple[float, ...]


def numbers_in(text: str) -> Iterator[FoundNumber]:
    """Every number in running text, in order.

    Understood: decimal point or comma; thousands grouped by comma, point, apostrophe, space or in the Indian way;
    signs; currencies before and after; ``(5.00)`` (of either sign, as accountants write a debit so); percent (10 % is
    10 or 0.1); ``1.2k``, ``3 million``, ``3.5e3``, ``3.5 x 10^3``; ranges (``5-10`` is 5 and 10). Where a form has
    several readings, such as ``1,042``, all of them are given. Digits within an id (A-1001), a date, a time, a version,
    an ordinal, a path or an address are no numbers.

    Example:
        >>> [found.values for found in numbers_in("Refunded $1,042.10 for A-1001 on 2026-05-01.")]
        [(1042.1,)]
    """
    plain = text.translate(_PLAIN)
    for match in _CANDIDATE.finditer(plain):
        left = before(plain[max(0, match.start() - 12) : match.start()])
        right = after(plain[match.end() : match.end() + 24])
        found = list(_candidate(match, left, right)) if left and right else []
        yield from found or _among_commas(match.group(), left, right)


def _candidate(match: re.Match[str], left: Before, right: After) -> Iterator[FoundNumber]:
    if match["spaced"] is None:
        return _chained(match.group(), left, right)
    return _spaced(match.group(), left, right)


def _among_commas(text: str, left: Before | None, right: After | None) -> Iterator[FoundNumber]:
    """The numbers of a comma-separated row in which an id or a date stands beside them: ``A-1001,42.10``."""
    parts = text.split(",")
    for at, part in enumerate(parts if len(parts) > 1 else ()):
        around_left = left if at == 0 else Before()
        around_right = right if at == len(parts) - 1 else After()
        # Three digits after a comma may be the rest of the number before it.
        if around_left and around_right and not (at > 0 and re.fullmatch(r"\d{3}", part)):
            yield from _chained(part, around_left, around_right)


def _chained(chain: str, left: Before, right: After) -> Iterator[FoundNumber]:
    """One run, or two that are a range or a ratio; more, a time or a date are no numbers."""
    runs = re.split("[-/]", chain)
    if ":" in chain or len(runs) > 2 or _YEAR_MONTH.fullmatch(chain):
        return
    if len(runs) == 1:
        yield from _number(chain, left, right)
    elif all(readings(run) for run in runs):
        # The unit after the second bounds both: 5-10 %.
        yield from _number(runs[0], left, right)
        yield from _number(runs[1], Before(), right)


def _spaced(text: str, left: Before, right: After) -> Iterator[FoundNumber]:
    """Groups of three digits between spaces: one number, or several where nothing shows that they belong together."""
    whole = _SPACES.sub("", text)
    yield from _number(whole, left, right, decimal_only=True)
    if "\u00a0" not in text and whole.isdecimal() and not left.currency and not right.currency:
        for part in text.split(" "):
            yield from _number(part, Before(), After())


def _number(run: str, left: Before, right: After, *, decimal_only: bool = False) -> Iterator[FoundNumber]:
    values = readings(run)
    if left.point:
        values = (float(f"0.{run}"),) if run.isdecimal() else ()
    elif decimal_only:
        values = (float(run.replace(",", ".")),)
    signs = (1, -1) if left.bracket and right.bracket else (left.sign,)
    signed = (sign * value * factor for value in values for factor in right.factors for sign in signs)
    # A power of ten may lie beyond what a float holds.
    finite = tuple(dict.fromkeys(value for value in signed if math.isfinite(value)))
    if finite:
        yield FoundNumber(run, finite)

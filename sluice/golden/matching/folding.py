"""Text with its typographic accidents folded away, so that a paraphrase's punctuation decides nothing."""

import unicodedata

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_SIGNS = {
    **dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"), '"'),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-"),
}
_TABLE: dict[int, str | None] = {**_INVISIBLE, **_SIGNS}


def plain(text: str) -> str:
    """Text with curly quotes, dashes, no-break spaces, soft hyphens and compatibility characters made plain.

    Unicode NFKC; quotes and dashes become ASCII; invisible characters go. Case and white space stay.

    Example:
        >>> plain("it\u2019s 42\u00a0\u20ac \u2013 \uff21\u00ad1")
        "it's 42 \u20ac - A1"
    """
    if text.isascii():
        return text
    # The signs go first: NFKC would turn an acute accent or a double prime into a space and a mark, or into two primes.
    return unicodedata.normalize("NFKC", text.translate(_TABLE))


def folded(text: str) -> str:
    """Plain text, case-folded, each run of white space one space, none at the ends.

    Example:
        >>> folded("  ACME\u00a0 Stra\u00dfe ") == folded("acme STRASSE")
        True
    """
    return " ".join(plain(text).casefold().split())

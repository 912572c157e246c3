"""Text from outside, made safe to show: control sequences removed, length bounded, the full length said."""

import json
import re
from dataclasses import dataclass

from sluice.documents.values import Json

# ECMA-48: OSC, DCS, SOS, PM and APC strings with their terminator, CSI sequences, then every other escape.
_ESCAPES = re.compile(
    r"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
# C0 but tab and newline, DEL, C1, Unicode noncharacters at the end of the BMP, and the bidirectional overrides and
# isolates (Unicode TR 36: they let a text show itself in another order than it is stored in).
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """The beginning of a text.

    Args:
        text: What is shown; free of control sequences.
        length: Characters of the whole text.
        shown: Characters of the whole text that ``text`` covers.
    """

    text: str
    length: int
    shown: int

    @property
    def is_cut(self) -> bool:
        """Whether something is left out."""
        return self.shown < self.length

    @property
    def note(self) -> str:
        """What is left out, in words; empty where the text is whole."""
        return f"first {self.shown:,} of {self.length:,} characters" if self.is_cut else ""

    def __str__(self) -> str:
        return f"{self.text} … ({self.note})" if self.is_cut else self.text


def clean_text(text: str) -> str:
    r"""A text without terminal escapes, control characters and lone surrogates; tabs and line ends stay.

    Example:
        >>> clean_text("\x1b[31mred\x1b[0m\r\nbell\x07")
        'red\nbell'
    """
    plain = _ESCAPES.sub("", text.replace("\r\n", "\n"))
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", plain.replace("\r", "\n")))


def one_line(text: str, *, limit: int = 300) -> str:
    r"""A text on one line of at most ``limit`` characters, control sequences removed; a cut is marked by an ellipsis.

    Example:
        >>> one_line("a\n  b"), one_line("abcdef", limit=4)
        ('a b', 'abc…')
    """
    # Four times the limit leaves room for what cleaning takes away, and bounds the work on an endless text.
    flat = _SPACE.sub(" ", clean_text(text[: 4 * limit])).strip()
    if len(flat) <= limit and len(text) <= 4 * limit:
        return flat
    return flat[: limit - 1].rstrip() + "…"


def json_text(value: Json, *, indent: int | None = None) -> str:
    """A JSON value as a person reads it: text as it is, everything else as JSON.

    Example:
        >>> json_text("as it is"), json_text({"a": [1, True]})
        ('as it is', '{"a": [1, true]}')
    """
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    except RecursionError:
        return "(nested too deeply to be shown)"


def excerpt(value: Json, *, limit: int) -> Excerpt:
    """The first ``limit`` characters of a value as text, with its full length.

    Args:
        value: Text, or any JSON value (shown as indented JSON).
        limit: Characters, at least 1.

    Example:
        >>> str(excerpt("abcdef", limit=4))
        'abcd … (first 4 of 6 characters)'
    """
    text = json_text(value, indent=2)
    shown = min(len(text), limit)
    return Excerpt(text=clean_text(text[:shown]), length=len(text), shown=shown)

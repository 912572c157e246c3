"""The answer as its checks see it: its text, its JSON, its numbers."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from typing import Final, NoReturn

from sluice.answer.numbers import FoundNumber, numbers_in
from sluice.documents.values import Json
from sluice.golden.matching.folding import folded, plain
from sluice.golden.matching.matcher import ResultLookup, no_results
from sluice.golden.matching.quantities import as_number

# Characters that text checks inspect; an answer beyond it is no answer to a person, and must not cost minutes.
INSPECTED_CHARACTERS: Final = 1_000_000
# Numerals that are read; the same reason.
INSPECTED_NUMBERS: Final = 20_000
_FENCE = re.compile(r"^[ \t]*(```+|~~~+)[^\n`]*\n(.*?)^[ \t]*\1", re.DOTALL | re.MULTILINE)
# Fenced blocks that are tried; a report has some, an attack thousands.
_FENCES: Final = 50


@dataclass(frozen=True)
class Answer:
    """One answer, its views computed once and only when a check asks for them.

    Args:
        output: Text, or any JSON value; None for no answer.
        results: Results of the calls matched to a step, for fields that name one.
    """

    output: Json
    results: ResultLookup = no_results

    @cached_property
    def full_text(self) -> str:
        """The text, or the compact JSON of a value that is no text; empty for no answer."""
        return text_of(self.output)

    @cached_property
    def text(self) -> str:
        """The first INSPECTED_CHARACTERS of the text."""
        return self.full_text[:INSPECTED_CHARACTERS]

    @property
    def is_cut(self) -> bool:
        """Whether the text is longer than what is inspected."""
        return len(self.full_text) > INSPECTED_CHARACTERS

    @cached_property
    def plain(self) -> str:
        """The text with its typography made plain."""
        return plain(self.text)

    @cached_property
    def folded(self) -> str:
        """The text without case, typography and runs of white space."""
        return folded(self.text)

    @cached_property
    def numbers(self) -> tuple[FoundNumber, ...]:
        """The numbers in the text; of JSON, the numbers among its values and in its texts."""
        return tuple(islice(self._numbers(), INSPECTED_NUMBERS))

    @cached_property
    def documents(self) -> tuple[Json, ...]:
        """The JSON values the answer may stand for, best first.

        A value that is no text stands for itself; a text for the JSON it spells as a whole or in a fenced block, and
        where that is no list or mapping, for itself, too.
        """
        if not isinstance(self.output, str):
            return (self.output,)
        found = next(_spelled(self.output), None)
        if found is None:
            return (self.output,)
        return (found.value,) if isinstance(found.value, dict | list) else (found.value, self.output)

    @property
    def is_json(self) -> bool:
        """Whether the answer is JSON or spells it."""
        return len(self.documents) > 1 or not isinstance(self.documents[0], str)

    def _numbers(self) -> Iterator[FoundNumber]:
        document = self.documents[0]
        if not isinstance(document, str):
            yield from _leaf_numbers(document)
        # JSON as a whole is not read as running text, where [12,345] would be one number.
        if isinstance(self.output, str) and not (isinstance(document, dict | list) and self.text.lstrip()[:1] in "[{"):
            yield from numbers_in(self.text)


def text_of(output: Json) -> str:
    """An answer's text: itself, the compact JSON of a value that is no text, empty for None."""
    if output is None:
        return ""
    if isinstance(output, str):
        return output
    return json.dumps(output, ensure_ascii=False, separators=(",", ":"), default=repr)


@dataclass(frozen=True, slots=True)
class _Spelled:
    value: Json


def _spelled(text: str) -> Iterator[_Spelled]:
    """The JSON values a text spells: as a whole, then in its fenced blocks."""
    blocks = (match.group(2) for match in islice(_FENCE.finditer(text[:INSPECTED_CHARACTERS]), _FENCES))
    for candidate in chain((text,), blocks):
        try:
            yield _Spelled(json.loads(candidate, parse_constant=_no_constant))
        except (ValueError, RecursionError):
            continue


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _leaf_numbers(document: Json) -> Iterator[FoundNumber]:
    stack = [document]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack.extend(reversed(value.values()))
        elif isinstance(value, list | tuple):
            stack.extend(reversed(value))
        elif isinstance(value, str):
            yield from numbers_in(value[:INSPECTED_CHARACTERS])
        elif (number := as_number(value)) is not None:
            yield FoundNumber(str(value), (number,))

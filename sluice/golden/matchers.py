"""Matchers: what a value in a golden case's expectation allows.

A mapping whose keys are all matcher keys is a matcher; several heads in one mapping must all hold. Every other value is
a literal, in which matchers may stand at any depth. A mapping that mixes matcher keys with others is a literal.
"""

from collections.abc import Callable, Iterator
from typing import Final

from sluice.documents.values import Json
from sluice.errors import InvalidInputError
from sluice.golden.matching.earlier import ResultOf
from sluice.golden.matching.folding import folded
from sluice.golden.matching.literals import Contains, ListOf, Literal, LiteralText, MappingOf, Unordered
from sluice.golden.matching.logic import Absent, AllOf, AnyValue, Not, OneOf, OneOfTexts
from sluice.golden.matching.matcher import ABSENT, Matcher, Outcome, ResultLookup, in_words, no_results
from sluice.golden.matching.paths import compile_path
from sluice.golden.matching.patterns import compile_pattern
from sluice.golden.matching.quantities import compile_above, compile_approx, compile_below, compile_between
from sluice.golden.matching.schemas import ValidBySchema, compile_schema
from sluice.golden.matching.texts import Casefold, Regex

__all__ = [
    "ABSENT",
    "Matcher",
    "Outcome",
    "ResultLookup",
    "compile_matcher",
    "in_words",
    "matcher_warnings",
    "no_results",
    "result_of_steps",
]

_COMPANIONS: Final = {"within": "approx", "percent": "approx", "path": "result_of"}


def compile_matcher(raw: Json) -> Matcher:
    """Compile what a golden case says about a value.

    Raises:
        InvalidInputError: A matcher is used against its rules; the message says how it is used.

    Example:
        >>> amount = compile_matcher({"approx": 42.1, "within": 0.01})
        >>> amount.words, amount.test(42.105).name, amount.test(43).name, amount.test("12x").name
        ('42.1 within 0.01', 'HOLDS', 'FAILS', 'INCOMPARABLE')
    """
    try:
        return _compile(raw)
    except RecursionError as error:
        raise InvalidInputError("a matcher must not be nested this deep") from error


def matcher_warnings(raw: Json) -> list[str]:
    """What looks like a matcher but is taken as a literal, in words."""
    warnings = []
    for value in _walk(raw):
        if isinstance(value, dict) and not _is_matcher(value) and value.keys() & _HEADS.keys():
            heads = ", ".join(sorted(value.keys() & _HEADS.keys()))
            others = ", ".join(sorted(str(key) for key in value.keys() - _HEADS.keys()))
            warnings.append(
                f"{in_words(value)} is taken as a literal value, because {others} is no matcher key beside {heads}; "
                "write {literal: ..} around it if that is meant"
            )
    return warnings


def result_of_steps(raw: Json) -> set[str]:
    """Ids of the steps whose results are asked for."""
    asked = (value["result_of"] for value in _walk(raw) if _is_matcher(value) and "result_of" in value)
    return {step for step in asked if isinstance(step, str)}


def _is_matcher(raw: Json) -> bool:
    return (
        isinstance(raw, dict) and bool(raw.keys() & _HEADS.keys()) and raw.keys() <= _HEADS.keys() | _COMPANIONS.keys()
    )


def _walk(raw: Json) -> Iterator[Json]:
    """The value and everything inside it that may be a matcher."""
    stack = [raw]
    while stack:
        value = stack.pop()
        yield value
        if isinstance(value, list | tuple):
            stack.extend(reversed(value))
        elif isinstance(value, dict):
            opaque = {"literal", "schema"} if _is_matcher(value) else set()
            stack.extend(inner for key, inner in reversed(value.items()) if key not in opaque)


def _compile(raw: Json) -> Matcher:
    if _is_matcher(raw):
        return _compile_heads(raw)
    if isinstance(raw, dict):
        entries = {str(key): _compile(value) for key, value in raw.items()}
        if all(isinstance(one, Literal | LiteralText) for one in entries.values()):
            return _literal(raw)
        words = "{" + ", ".join(f"{key}: {one.words}" for key, one in entries.items()) + "}"
        return MappingOf(words=words, needs_results=_needs(entries.values()), entries=entries)
    if isinstance(raw, list | tuple):
        members = tuple(_compile(value) for value in raw)
        if all(isinstance(one, Literal | LiteralText) for one in members):
            return _literal(raw)
        return ListOf(words=f"[{_listed(members)}]", needs_results=_needs(members), members=members)
    return _literal(raw)


def _compile_heads(raw: dict[str, Json]) -> Matcher:
    """A matcher of one head, or of several that must all hold."""
    for companion, head in _COMPANIONS.items():
        if companion in raw and head not in raw:
            raise InvalidInputError(f"{companion} belongs to {head}, got {in_words(raw)}")
    parts = tuple(_HEADS[key](raw) for key in raw if key in _HEADS)
    return parts[0] if len(parts) == 1 else _all_of(parts)


def _literal(value: Json) -> Matcher:
    if isinstance(value, str):
        return LiteralText(words=in_words(value), value=value)
    return Literal(words=in_words(value), value=value)


def _all_of(parts: tuple[Matcher, ...]) -> Matcher:
    return AllOf(words=" and ".join(one.words for one in parts), needs_results=_needs(parts), parts=parts)


def _needs(matchers: Json) -> bool:
    return any(one.needs_results for one in matchers)


def _listed(matchers: tuple[Matcher, ...]) -> str:
    return ", ".join(one.words for one in matchers)


def _members(raw: dict[str, Json], key: str, *, may_be_empty: bool = False) -> tuple[Matcher, ...]:
    """The matchers of a key whose value is a list."""
    value = raw[key]
    if not isinstance(value, list | tuple) or not (value or may_be_empty):
        raise InvalidInputError(f"{key} needs a list with at least one value, got {in_words(value)}")
    return tuple(_compile(one) for one in value)


def _must_be_true(raw: dict[str, Json], key: str) -> None:
    if raw[key] is not True:
        raise InvalidInputError(f"{key} must be true, got {in_words(raw[key])}")


def _any(raw: dict[str, Json]) -> Matcher:
    _must_be_true(raw, "any")
    return AnyValue(words="any value")


def _absent(raw: dict[str, Json]) -> Matcher:
    _must_be_true(raw, "absent")
    return Absent(words="absent")


def _one_of(raw: dict[str, Json]) -> Matcher:
    choices = _members(raw, "one_of")
    words = f"one of {_listed(choices)}"
    texts = [one.value for one in choices if isinstance(one, LiteralText)]
    if len(texts) == len(choices):
        return OneOfTexts(words=words, texts=frozenset(texts))
    return OneOf(words=words, needs_results=_needs(choices), choices=choices)


def _all(raw: dict[str, Json]) -> Matcher:
    return _all_of(_members(raw, "all_of"))


def _not(raw: dict[str, Json]) -> Matcher:
    inner = _compile(raw["not"])
    # A double negation is the matcher itself, also on a value that is not there.
    if isinstance(inner, Not):
        return inner.inner
    return Not(words=f"not {inner.words}", needs_results=inner.needs_results, inner=inner)


def _regex(raw: dict[str, Json]) -> Matcher:
    pattern = compile_pattern(raw["regex"])
    return Regex(words=f"text matching /{pattern.text}/", pattern=pattern)


def _contains(raw: dict[str, Json]) -> Matcher:
    part = _compile(raw["contains"])
    text = part.value if isinstance(part, LiteralText) else None
    return Contains(words=f"containing {part.words}", needs_results=part.needs_results, part=part, text=text)


def _casefold(raw: dict[str, Json]) -> Matcher:
    value = raw["casefold"]
    if not isinstance(value, str):
        raise InvalidInputError(f"casefold needs a text, got {in_words(value)}")
    return Casefold(words=f"{in_words(value)} in any case and spacing", folded=folded(value))


def _unordered(raw: dict[str, Json]) -> Matcher:
    members = _members(raw, "unordered", may_be_empty=True)
    return Unordered(words=f"in any order [{_listed(members)}]", needs_results=_needs(members), members=members)


def _schema(raw: dict[str, Json]) -> Matcher:
    words = f"valid by the schema {in_words(raw['schema'])}"
    return ValidBySchema(words=words, schema=compile_schema(raw["schema"]))


def _result_of(raw: dict[str, Json]) -> Matcher:
    step = raw["result_of"]
    if not isinstance(step, str) or not step:
        raise InvalidInputError(f"result_of needs the id of a step, got {in_words(step)}")
    path = compile_path(raw["path"]) if "path" in raw else None
    words = f"the result of {step}" if path is None else f"{path.text} of the result of {step}"
    return ResultOf(words=words, needs_results=True, step=step, path=path)


def _given(raw: dict[str, Json]) -> Matcher:
    return _literal(raw["literal"])


_HEADS: Final[dict[str, Callable[[dict[str, Json]], Matcher]]] = {
    "any": _any,
    "one_of": _one_of,
    "not": _not,
    "all_of": _all,
    "regex": _regex,
    "approx": compile_approx,
    "between": compile_between,
    "above": compile_above,
    "below": compile_below,
    "contains": _contains,
    "casefold": _casefold,
    "unordered": _unordered,
    "schema": _schema,
    "absent": _absent,
    "result_of": _result_of,
    "literal": _given,
}

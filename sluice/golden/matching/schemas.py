"""JSON Schema, with every regular expression under a time limit and nothing fetched from anywhere."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sluice.documents.values import Json
from sluice.errors import InvalidInputError
from sluice.golden.matching.matcher import (
    ABSENT,
    FAILS,
    HOLDS,
    INCOMPARABLE,
    Matcher,
    Outcome,
    ResultLookup,
    in_words,
    no_results,
)
from sluice.golden.matching.patterns import Pattern, compile_pattern

# Keywords whose values are data, not schemas.
_GIVEN_VALUES: Final = frozenset({"const", "enum", "default", "examples"})


class SchemaUnusableError(InvalidInputError):
    """A value cannot be judged by a schema: a reference leads nowhere, or a search or the nesting has no end."""


@dataclass(frozen=True, slots=True)
class Schema:
    """A compiled JSON Schema."""

    iter_errors: Callable[[Json], Iterator[Any]]

    def first_error(self, value: Json) -> str:
        """What is wrong with the value, in one sentence with its place; empty where it is valid.

        Raises:
            SchemaUnusableError: Whether the value is valid cannot be told.
        """
        # 60 ms of import, needed only by expectations with a schema.
        from referencing.exceptions import Unresolvable

        try:
            error = next(iter(self.iter_errors(value)), None)
        except (Unresolvable, InvalidInputError, RecursionError, OverflowError) as problem:
            raise SchemaUnusableError(f"the schema cannot judge the value: {problem}") from problem
        if error is None:
            return ""
        message = error.message if len(error.message) <= 160 else error.message[:157] + "..."
        return f"{error.json_path}: {message}"


def compile_schema(raw: Json) -> Schema:
    """Compile a JSON Schema (draft 2020-12 where it names none).

    Raises:
        InvalidInputError: It is no valid schema.
    """
    # jsonschema and its referencing take 60 ms to import, and only expectations with a schema need them.
    import jsonschema
    from referencing import Registry

    if not isinstance(raw, dict | bool):
        raise InvalidInputError(f"a schema must be a mapping, got {in_words(raw)}")
    base: Any = jsonschema.validators.validator_for(raw, default=jsonschema.Draft202012Validator)
    try:
        # No formats: "regex" would refuse what only our engine understands (\p{L}); expressions are compiled below.
        base.check_schema(raw, format_checker=jsonschema.FormatChecker(formats=()))
    except jsonschema.SchemaError as error:
        raise InvalidInputError(f"not a JSON Schema: {error.json_path}: {error.message}") from error
    except RecursionError as error:
        raise InvalidInputError("not a JSON Schema: nested too deep") from error
    _check_expressions(raw)
    # An empty registry, because the default one fetches unknown references from the network.
    return Schema(_bounded(base)(raw, registry=Registry()).iter_errors)


def _check_expressions(raw: Json) -> None:
    """Refuse a regular expression that does not compile now, instead of at the first value it would judge."""
    stack = [raw]
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack.extend(value)
        elif isinstance(value, dict):
            expressions = [value.get("pattern"), *(value.get("patternProperties") or ())]
            for text in expressions:
                if isinstance(text, str):
                    compile_pattern(text)
            stack.extend(inner for key, inner in value.items() if key not in _GIVEN_VALUES)


@cache
def _bounded(base: Any) -> Any:
    """The validator class with the keywords that search text replaced by searches that end."""
    # 60 ms of import, needed only by expectations with a schema.
    from jsonschema import validators

    extend: Any = validators.extend  # untyped in the library's stubs
    return extend(
        base,
        {
            "pattern": _pattern,
            "patternProperties": _pattern_properties,
            "additionalProperties": _additional_properties,
        },
    )


_compiled: Callable[[str], Pattern] = cache(compile_pattern)


def _pattern(validator: Any, text: str, instance: Json, schema: Json) -> Iterator[Any]:
    """The keyword ``pattern``."""
    # 60 ms of import, needed only by expectations with a schema.
    from jsonschema import ValidationError

    if isinstance(instance, str) and _compiled(text).search(instance) is None:
        yield ValidationError(f"{in_words(instance)} does not match {text!r}")


def _pattern_properties(validator: Any, patterns: dict[str, Json], instance: Json, schema: Json) -> Iterator[Any]:
    """The keyword ``patternProperties``."""
    if not isinstance(instance, dict):
        return
    for text, subschema in patterns.items():
        for key, value in instance.items():
            if _compiled(text).search(key) is not None:
                yield from validator.descend(value, subschema, path=key, schema_path=text)


def _additional_properties(validator: Any, allowed: Json, instance: Json, schema: Json) -> Iterator[Any]:
    """The keyword ``additionalProperties``."""
    # 60 ms of import, needed only by expectations with a schema.
    from jsonschema import ValidationError

    if not isinstance(instance, dict):
        return
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for key, value in instance.items():
        if key in named or any(_compiled(text).search(key) is not None for text in patterns):
            continue
        if allowed is False:
            yield ValidationError(f"{in_words(key)} is not among the properties allowed")
        else:
            yield from validator.descend(value, allowed, path=key)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidBySchema(Matcher):
    """A value that is valid by a JSON Schema."""

    schema: Schema

    def test(self, value: Json, results: ResultLookup = no_results) -> Outcome:
        """Whether the value is valid; what the schema cannot judge is INCOMPARABLE."""
        if value is ABSENT:
            return FAILS
        try:
            return FAILS if self.schema.first_error(value) else HOLDS
        except SchemaUnusableError:
            return INCOMPARABLE

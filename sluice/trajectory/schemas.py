"""Tool arguments against the tools' JSON Schemas."""

from collections.abc import Callable, Mapping

from sluice.documents.values import Json
from sluice.golden.matching.schemas import SchemaUnusableError, compile_schema
from sluice.trajectory.patterns import SchemaCheck


def schema_checks(tools: Mapping[str, Json]) -> Mapping[str, SchemaCheck]:
    """One check a tool, each built when it is first asked.

    Args:
        tools: Tool name to the JSON Schema of its arguments.
    """
    return {name: _check(schema) for name, schema in tools.items()}


def _check(schema: Json) -> SchemaCheck:
    ready: list[Callable[[Mapping[str, Json]], str | None]] = []

    def check(args: Mapping[str, Json]) -> str | None:
        if not ready:
            ready.append(_built(schema))
        return ready[0](args)

    return check


def _built(schema: Json) -> SchemaCheck:
    compiled = compile_schema(schema)

    def check(args: Mapping[str, Json]) -> str | None:
        try:
            error = compiled.first_error(dict(args))
        except SchemaUnusableError as problem:
            return f"arguments: cannot be judged by the tool's schema: {problem.message[:200]}"
        if not error:
            return None
        place, _, message = error.partition(": ")
        return f"{place.removeprefix('$.').removeprefix('$') or 'arguments'}: breaks the tool's schema: {message[:120]}"

    return check

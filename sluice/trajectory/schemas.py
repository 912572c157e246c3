"""Tool arguments against the tools' JSON Schemas."""

from collections.abc import Callable, Mapping

from sluice.documents.values import Json
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
    # jsonschema takes 0.1 s to import, and projects without a tools file never need it.
    from jsonschema import validators

    validator = validators.validator_for(schema)(schema)

    def check(args: Mapping[str, Json]) -> str | None:
        error = next(validator.iter_errors(dict(args)), None)
        if error is None:
            return None
        place = ".".join(str(part) for part in error.absolute_path)
        return f"{place or 'arguments'}: breaks the tool's schema: {error.message[:120]}"

    return check

"""The agent's tool definitions, read from the project's tools file."""

from collections.abc import Mapping
from pathlib import Path

from sluice.documents.json_reading import parse_json
from sluice.documents.values import Json
from sluice.errors import InvalidInputError, UsageError
from sluice.golden.matching.schemas import compile_schema

SCHEMA_KEYS = ("parameters", "input_schema", "inputSchema")


def read_tools(path: Path) -> Mapping[str, Json]:
    """Tool name to the JSON Schema of its arguments.

    Args:
        path: A JSON list of ``{name, parameters}`` (or ``input_schema``, or ``{type: function, function: {..}}``), or a
            mapping of tool name to schema.

    Raises:
        UsageError: The file is missing, no JSON, or of another form.
    """
    try:
        document = parse_json(path.read_text(encoding="utf8"))
    except FileNotFoundError:
        raise UsageError(f"there is no tools file {path}", hint="mend tools.file in sluice.yaml") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"tools file {path} cannot be read: {error}", hint="mend it or tools.file") from None
    if isinstance(document, dict) and "tools" in document:
        document = document["tools"]
    tools = document if isinstance(document, dict) else _listed(document, path)
    for name, schema in tools.items():
        try:
            compile_schema(schema)
        except InvalidInputError as error:
            raise UsageError(
                f"tools file {path}: tool {name}: {error.message}", hint="mend the schema of its arguments"
            ) from None
    return tools


def _listed(document: Json, path: Path) -> Mapping[str, Json]:
    """Tools of a list of definitions, as frameworks write it; one without a schema accepts anything."""
    tools: dict[str, Json] = {}
    for place, entry in enumerate(document if isinstance(document, list) else [document]):
        function = entry.get("function", entry) if isinstance(entry, dict) else {}
        name = function.get("name") if isinstance(function, dict) else None
        schema = None
        if isinstance(function, dict):
            schema = next((function[key] for key in SCHEMA_KEYS if key in function), None)
        if not isinstance(name, str) or not isinstance(schema, dict | None):
            raise UsageError(
                f"tools file {path}: entry {place} has no name and parameters",
                hint="write a list of {name, description, parameters}",
            )
        if schema is not None:
            tools[name] = schema
    return tools

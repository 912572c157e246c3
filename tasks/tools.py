"""The agent's tool definitions, read from the project's tools file."""

import json
from collections.abc import Mapping
from pathlib import Path

from sluice.documents.values import Json
from sluice.errors import UsageError


def read_tools(path: Path) -> Mapping[str, Json]:
    """Tool name to the JSON Schema of its arguments.

    Args:
        path: A JSON list of ``{name, parameters}`` (or ``input_schema``, or ``{type: function, function: {..}}``), or a
            mapping of tool name to schema.

    Raises:
        UsageError: The file is missing, no JSON, or of another form.
    """
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise UsageError(f"there is no tools file {path}", hint="mend tools.file in sluice.yaml") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"tools file {path} cannot be read: {error}", hint="mend it or tools.file") from None
    if isinstance(document, dict) and "tools" in document:
        document = document["tools"]
    if isinstance(document, dict):
        return document
    tools: dict[str, Json] = {}
    for place, entry in enumerate(document if isinstance(document, list) else [document]):
        function = entry.get("function", entry) if isinstance(entry, dict) else {}
        name = function.get("name")
        schema = next((function[key] for key in ("parameters", "input_schema", "inputSchema") if key in function), None)
        if not isinstance(name, str) or not isinstance(schema, dict | None):
            raise UsageError(
                f"tools file {path}: entry {place} has no name and parameters",
                hint="write a list of {name, description, parameters}",
            )
        if schema is not None:
            tools[name] = schema
    return tools

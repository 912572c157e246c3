"""Templates of settings: ``{{name}}`` places and what is put there."""

import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import quote

from sluice.documents.values import Json
from sluice.errors import UsageError

_PLACE = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")


def places(template: Json) -> Iterator[str]:
    """Names of the places in a template, at any depth of its values.

    Example:
        >>> sorted(places({"q": "{{input}}", "meta": ["{{ trial }}"]}))
        ['input', 'trial']
    """
    if isinstance(template, str):
        yield from _PLACE.findall(template)
    elif isinstance(template, Mapping):
        for value in template.values():
            yield from places(value)
    elif isinstance(template, list | tuple):
        for value in template:
            yield from places(value)


def static_values(
    templates: Iterable[Json], *, env: Mapping[str, str], port: int | None, version: str
) -> dict[str, Json]:
    """What is known before the first request: version, port and the named environment variables.

    Raises:
        UsageError: A template names an environment variable that is not set.
    """
    values: dict[str, Json] = {"version": version}
    if port is not None:
        values["port"] = port
    for name in places(list(templates)):
        if name.startswith("env."):
            variable = name.removeprefix("env.")
            if variable not in env:
                raise UsageError(
                    f"settings name {{{{{name}}}}}, but the environment variable {variable} is not set",
                    hint=f"set {variable}, or take it out of the agent section of sluice.yaml",
                )
            values[name] = env[variable]
    return values


def check_places(template: Json, *, known: Iterable[str], where: str) -> None:
    """Refuse places that nothing will ever fill.

    Args:
        template: The setting.
        known: Names that may stand there.
        where: Name of the setting, for the message.

    Raises:
        UsageError: A place is unknown; the nearest known one is named.
    """
    allowed = sorted(known)
    for name in places(template):
        if name not in allowed:
            near = difflib.get_close_matches(name, allowed, n=1)
            meant = f"did you mean {{{{{near[0]}}}}}?" if near else f"known are {', '.join(allowed)}"
            raise UsageError(f"{where} names {{{{{name}}}}}, which is not known here", hint=meant)


def as_text(value: Json) -> str:
    """A value as it is inserted into a longer text: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def fill_text(template: str, values: Mapping[str, Json], *, escape: Callable[[str, str], str] | None = None) -> str:
    """A template as text; filled-in values are never read as templates themselves.

    Args:
        template: Text with places.
        values: What to put there.
        escape: Makes a value (name, text) safe for where the text goes.
    """

    def put(match: re.Match[str]) -> str:
        name = match.group(1)
        text = as_text(values[name])
        return text if escape is None else escape(name, text)

    return _PLACE.sub(put, template)


def fill_url(template: str, values: Mapping[str, Json]) -> str:
    """A URL template; what comes from the request is percent-encoded, what comes from the settings is not.

    Example:
        >>> fill_url("{{env.BASE}}/ask?q={{input}}", {"env.BASE": "http://a:1", "input": "a&b"})
        'http://a:1/ask?q=a%26b'
    """
    return fill_text(
        template, values, escape=lambda name, text: text if name.startswith("env.") else quote(text, safe="")
    )


def fill(template: Json, values: Mapping[str, Json]) -> Json:
    """A JSON template: a text that is one place keeps the value's type, any other text has it inserted.

    Example:
        >>> fill({"q": "{{input}}", "n": "{{trial}}", "tag": "run-{{trial}}"}, {"input": "hi", "trial": 2})
        {'q': 'hi', 'n': 2, 'tag': 'run-2'}
    """
    if isinstance(template, str):
        whole = _PLACE.fullmatch(template)
        return values[whole.group(1)] if whole else fill_text(template, values)
    if isinstance(template, Mapping):
        return {key: fill(value, values) for key, value in template.items()}
    if isinstance(template, list | tuple):
        return [fill(value, values) for value in template]
    return template

"""Settings given by environment variables: ``SLUICE_AGENT__TIMEOUT_S=5`` overrides ``agent.timeout_s``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, get_origin

from sluice.documents.located import Located, Path, located, merged, plain
from sluice.documents.names import nearest
from sluice.documents.problems import Problem
from sluice.documents.validation import keys_at, kinds_at
from sluice.documents.values import Json
from sluice.documents.yaml_reading import read_yaml
from sluice.settings.file import Settings

_PREFIX: Final = "SLUICE_"
_SCALARS: Final = (int, float, bool)


@dataclass(slots=True)
class Overrides:
    """What the environment says about settings.

    A value from the environment has no line. It carries the negative of its variable's 1-based place among ``names``
    instead, so that a problem with it can name the variable.

    Args:
        root: The settings with the overrides laid on them.
        names: Variables that were used.
        problems: Variables that name no setting.
    """

    root: Located
    names: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def overridden(root: Located, env: Mapping[str, str]) -> Overrides:
    """The settings of a file with those of the environment laid on them.

    Only variables with a double underscore, or named after a whole section, are settings; an empty one counts as not
    set. The value is read like one in the file, and as plain text where the setting is text.
    """
    result = Overrides(root)
    for name in sorted(env):
        if name.startswith(_PREFIX) and env[name] != "":
            _take(name, env[name], result)
    return result


def _take(name: str, text: str, result: Overrides) -> None:
    keys = name.removeprefix(_PREFIX).lower().split("__")
    if len(keys) == 1 and keys[0] not in keys_at(Settings, ()):
        _note_single_underscore(name, keys[0], result)
        return
    path = _known_path(tuple(keys), result.root)
    if path is None:
        result.problems.append(Problem(file=f"environment {name}", message=_unknown(name)))
        return
    result.names.append(name)
    line = -len(result.names)
    node = located(_value(text, path), line=line)
    for key in reversed(path):
        node = Located({key: node}, line)
    result.root = merged(result.root, node)


def _known_path(keys: tuple[str, ...], root: Located) -> Path | None:
    """The setting's path; in a free mapping the key that the file already uses, whatever its case."""
    path: tuple[str, ...] = ()
    for key in keys:
        known = keys_at(Settings, path)
        if not key or (key not in known if known else not _is_open(path)):
            return None
        written = _at(root, path)
        path = (*path, next((one for one in written if one.lower() == key), key))
    return path


def _at(root: Located, path: tuple[str, ...]) -> dict[str, Located]:
    node: Json = root.value
    for key in path:
        inner = node.get(key) if isinstance(node, dict) else None
        node = inner.value if inner is not None else None
    return node if isinstance(node, dict) else {}


def _is_open(path: tuple[str, ...]) -> bool:
    """Whether keys of the user's own may stand at a path: in a free mapping, or inside a value of any kind."""
    kinds = kinds_at(Settings, path)
    return any(kind is Any or get_origin(kind) is dict for kind in kinds) or (not kinds and _is_open(path[:-1]))


def _value(text: str, path: Path) -> Json:
    kinds = kinds_at(Settings, path)
    if str in kinds and not any(kind in kinds for kind in _SCALARS):
        return text
    problems: list[Problem] = []
    node = read_yaml(text, file="", problems=problems)
    return text if node is None or problems else plain(node)


def _note_single_underscore(name: str, flat: str, result: Overrides) -> None:
    """``SLUICE_STORAGE_URL`` would be passed over in silence, and the wrong database used."""
    meant = next((path for path in _leaves() if "_".join(path) == flat), None)
    if meant is not None:
        message = f"unknown setting, did you mean {_variable(meant)}?"
        result.problems.append(Problem(file=f"environment {name}", message=message))


def _unknown(name: str) -> str:
    meant = nearest(name.removeprefix(_PREFIX).lower(), ["__".join(path) for path in _leaves()])
    if meant is not None:
        return f"unknown setting, did you mean {_PREFIX}{meant.upper()}?"
    sections = ", ".join(f"{_PREFIX}{section.upper()}__" for section in keys_at(Settings, ()))
    return f"unknown setting, known ones begin with {sections}"


def _variable(path: tuple[str, ...]) -> str:
    return _PREFIX + "__".join(path).upper()


def _leaves(path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every setting that has a name of its own."""
    for key in keys_at(Settings, path):
        inner = (*path, key)
        if keys_at(Settings, inner):
            yield from _leaves(inner)
        else:
            yield inner

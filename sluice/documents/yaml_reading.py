"""YAML read with JSON types only, every value with its line."""

import math
import re
from collections.abc import Callable
from typing import Any, Final, NoReturn

import yaml

from sluice.documents.json_reading import MAX_DEPTH, broken_text
from sluice.documents.located import Located
from sluice.documents.problems import Problem
from sluice.documents.values import Json

# Nodes that aliases may stand for, all together: more than any dataset needs, less than a bomb is worth.
MAX_ALIASED_NODES: Final = 100_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z")
_WORDS: Final[dict[str, Json]] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NOT_FINITE: Final = frozenset(
    {"nan", "NaN", "NAN", ".nan", ".NaN", ".NAN", "Infinity", "-Infinity", "+Infinity", ".inf", "-.inf", "+.inf"}
    | {".Inf", "-.Inf", "+.Inf", ".INF", "-.INF", "+.INF"}
)


def read_yaml(text: str, *, file: str, problems: list[Problem], loader: Any = _LOADER) -> Located | None:
    """The one document of a YAML text, or None where it cannot be read at all.

    Only JSON types: a plain scalar is null, true, false, a JSON number, or text; dates, sexagesimals, octals, yes and
    no are text. Tags, merge keys and keys that are no text are problems; aliases stand for a copy, in bounded number.

    Args:
        text: The document.
        file: Its name, for problems.
        problems: Gets everything that is wrong.
        loader: PyYAML loader whose events are read; the one in C where it is installed.
    """
    builder = _Builder(file, problems)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except _UnreadableError:
        return None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problems.append(
            Problem(file=file, line=line, message=f"control character U+{int(error.character):04X} in text")
        )
        return None
    except yaml.MarkedYAMLError as error:
        problems.append(Problem(file=file, line=_line_of(error), message=f"not YAML: {_said(error)}"))
        return None
    return builder.root


def _line_of(error: yaml.MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark else 0


def _said(error: yaml.MarkedYAMLError) -> str:
    message = ", ".join(part for part in (error.context, error.problem) if part)
    return next((f"{message} ({hint})" for sign, hint in _HINTS.items() if sign in message), message)


# What people run into, by the parser's words.
_HINTS: Final = {
    "cannot start any token": "indent by spaces, and put a text that starts with @, ` or % in quotes",
    "expected ',' or": "inside { } and [ ] a text that holds one of { } [ ] , needs quotes",
    "mapping values are not allowed": "a text that holds a colon and a space needs quotes",
}


class _UnreadableError(Exception):
    """Nothing sensible can be read from here on; the problem is already noted."""


class _Frame:
    """A list or mapping that is still open."""

    __slots__ = ("anchor", "container", "height", "key", "key_line", "line", "n_nodes", "wants_key")

    def __init__(self, container: dict[str, Located] | list[Located], line: int, anchor: str | None) -> None:
        self.container = container
        self.line = line
        self.anchor = anchor
        self.key = ""
        self.wants_key = isinstance(container, dict)
        self.key_line = line
        self.height = 1
        self.n_nodes = 1


class _Builder:
    """Puts parser events together to one located value, without recursion."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.root: Located | None = None
        self._file = file
        self._problems = problems
        self._open: list[_Frame] = []
        # Anchor to its value, the nodes in it, and how deep they nest.
        self._anchors: dict[str, tuple[Located, int, int]] = {}
        self._n_aliased = 0
        self._n_documents = 0
        self._take: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._mapping,
            yaml.SequenceStartEvent: self._sequence,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }

    def take(self, event: Any) -> None:
        """Take the parser's next event."""
        step = self._take.get(type(event))
        if step is not None:
            step(event)

    def _note(self, line: int, message: str) -> None:
        self._problems.append(Problem(file=self._file, line=line, message=message))

    def _give_up(self, line: int, message: str) -> NoReturn:
        self._note(line, message)
        raise _UnreadableError

    def _document(self, event: Any) -> None:
        self._n_documents += 1
        if self._n_documents > 1:
            line = event.start_mark.line + 1
            self._give_up(line, "a file holds one document, got a second after ---; write several cases under cases:")

    def _scalar(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if event.tag is not None:
            self._note(line, f"tags are not allowed, got {event.tag}")
        if self._open and self._open[-1].wants_key:
            self._key(event, line)
            return
        value = self._plain_value(event.value, line) if event.implicit[0] else event.value
        if isinstance(value, str) and (reason := broken_text(value)):
            self._note(line, reason)
        self._attach(Located(value, line), n_nodes=1, height=0, anchor=event.anchor)

    def _key(self, event: Any, line: int) -> None:
        frame = self._open[-1]
        key = event.value
        if reason := broken_text(key):
            self._note(line, reason)
        if key == "<<" and event.implicit[0]:
            self._note(line, "merge keys (<<) are not supported; write the shared keys under defaults:")
        if key in frame.container:
            self._note(line, f'key "{key}" stands twice in one mapping')
        frame.key, frame.key_line, frame.wants_key = key, line, False

    def _plain_value(self, text: str, line: int) -> Json:
        if text in _WORDS:
            return _WORDS[text]
        if text in _NOT_FINITE:
            self._note(line, f"numbers must be finite, got {text}; put it in quotes if text is meant")
            return None
        match = _NUMBER.match(text)
        if match is None:
            return text
        return self._number(text, line, whole=match.group(1) is None and match.group(2) is None)

    def _number(self, text: str, line: int, *, whole: bool) -> Json:
        if not whole:
            number = float(text)
            if math.isinf(number):
                self._note(line, f"numbers must be finite, got {text[:40]}; put it in quotes if text is meant")
                return None
            return number
        try:
            return int(text)
        except ValueError:
            # int() refuses numbers of thousands of digits, whose conversion would take quadratic time.
            self._note(line, "a number has too many digits; put it in quotes if text is meant")
            return None

    def _mapping(self, event: Any) -> None:
        self._start({}, event)

    def _sequence(self, event: Any) -> None:
        self._start([], event)

    def _start(self, container: dict[str, Located] | list[Located], event: Any) -> None:
        line = event.start_mark.line + 1
        if event.tag is not None:
            self._note(line, f"tags are not allowed, got {event.tag}")
        if self._open and self._open[-1].wants_key:
            self._give_up(
                line, "a key must be text, got a list or a mapping (a text that starts with { or [ needs quotes)"
            )
        if len(self._open) >= MAX_DEPTH:
            self._give_up(line, f"values may nest at most {MAX_DEPTH} deep, got more")
        self._open.append(_Frame(container, line, event.anchor))

    def _end(self, _: Any) -> None:
        frame = self._open.pop()
        node = Located(frame.container, frame.line)
        self._attach(node, n_nodes=frame.n_nodes, height=frame.height, anchor=frame.anchor)

    def _alias(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if event.anchor not in self._anchors:
            self._give_up(line, f"*{event.anchor} stands for nothing written before it")
        node, n_nodes, height = self._anchors[event.anchor]
        if self._open[-1].wants_key:
            self._give_up(line, f"a key must be text, got the alias *{event.anchor}")
        self._n_aliased += n_nodes
        if self._n_aliased > MAX_ALIASED_NODES:
            self._give_up(line, f"aliases may stand for at most {MAX_ALIASED_NODES} values, got more")
        if len(self._open) + height > MAX_DEPTH:
            self._give_up(line, f"values may nest at most {MAX_DEPTH} deep, got more")
        self._attach(node, n_nodes=n_nodes, height=height, anchor=None)

    def _attach(self, node: Located, *, n_nodes: int, height: int, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = (node, n_nodes, height)
        if not self._open:
            self.root = node
            return
        frame = self._open[-1]
        frame.n_nodes += n_nodes
        frame.height = max(frame.height, height + 1)
        if isinstance(frame.container, list):
            frame.container.append(node)
        else:
            # The line of the key, where a reader looks first.
            frame.container[frame.key] = Located(node.value, frame.key_line)
            frame.wants_key = True

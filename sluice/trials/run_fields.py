"""What each field of a recorded run may hold, and which names are near enough to one to be a typing error."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, get_args

from sluice.documents.names import shown
from sluice.documents.values import Json
from sluice.trials.recorded import Status

STATUSES: Final[tuple[Status, ...]] = get_args(Status)


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What a field may hold; null always means that it is not given.

    Args:
        allowed: In words.
        holds: Whether a value is allowed.
    """

    allowed: str
    holds: Callable[[Json], bool]


def is_number(value: Json) -> bool:
    """A number; true is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_whole(value: Json) -> bool:
    """A whole number, 0 or more."""
    return is_number(value) and value >= 0 and value == int(value)


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_name(value: Json) -> bool:
    return isinstance(value, str) and value != ""


def _is_status(value: Json) -> bool:
    return isinstance(value, str) and value in STATUSES


def _is_mapping(value: Json) -> bool:
    return isinstance(value, dict)


def _is_list(value: Json) -> bool:
    return isinstance(value, list)


def _is_list_of_mappings(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _is_amount(value: Json) -> bool:
    return is_number(value) and value >= 0


def _is_share(value: Json) -> bool:
    return is_number(value) and 0 <= value <= 1


def _is_reason(value: Json) -> bool:
    return isinstance(value, str | dict | list)


def _is_moment(value: Json) -> bool:
    return is_number(value) or isinstance(value, str)


def _is_batch(value: Json) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _is_anything(_: Json) -> bool:
    return True


_TEXT: Final = FieldRule("text", _is_text)
_NAME: Final = FieldRule("text that is not empty", _is_name)
_WHOLE: Final = FieldRule("a whole number, 0 or more", is_whole)
_AMOUNT: Final = FieldRule("a number, 0 or more", _is_amount)
_ANYTHING: Final = FieldRule("any value", _is_anything)
_REASON: Final = FieldRule("text", _is_reason)

RUN_RULES: Final[Mapping[str, FieldRule]] = {
    "case_id": _NAME,
    "variant": _TEXT,
    "trial": _WHOLE,
    "status": FieldRule(f"one of {', '.join(STATUSES)}", _is_status),
    "error": _REASON,
    "output": _ANYTHING,
    "turns": FieldRule("a list of mappings", _is_list_of_mappings),
    "tool_calls": FieldRule("a list of calls", _is_list),
    "messages": FieldRule("a list", _is_list),
    "state": FieldRule("a mapping of probe to value", _is_mapping),
    "reward": FieldRule("a number from 0 to 1", _is_share),
    "latency_s": _AMOUNT,
    "cost_usd": _AMOUNT,
    "input_tokens": _WHOLE,
    "output_tokens": _WHOLE,
    "agent_version": _TEXT,
    "trace_id": _TEXT,
}
CALL_RULES: Final[Mapping[str, FieldRule]] = {
    "name": _NAME,
    "args": FieldRule("a mapping, or JSON text of one", _is_anything),
    "args_text": _TEXT,
    "result": _ANYTHING,
    "error": _REASON,
    "agent": _TEXT,
    "turn": _WHOLE,
    "batch": FieldRule("text or a whole number", _is_batch),
    "parent": FieldRule("the 0-based place of another call", is_whole),
    "thought": _TEXT,
    "started_at": FieldRule("seconds since the epoch or an ISO 8601 time", _is_moment),
    "duration_s": _AMOUNT,
}

# Names that other recorders use for a field of ours. Left unread they would change a score in silence.
_RUN_SYNONYMS: Final = {"answer": "output", "response": "output", "calls": "tool_calls", "score": "reward"}
_CALL_SYNONYMS: Final = {
    **dict.fromkeys(("arguments", "parameters", "params", "input"), "args"),
    **dict.fromkeys(("tool", "tool_name"), "name"),
    **dict.fromkeys(("output", "response", "content"), "result"),
}
_UNITS: Final = ("_s", "_usd", "_id", "_at")
# Two of ten letters wrong; below that, keys that other recorders add (task_id, turn_id) would count as errors.
_TYPING_ERROR: Final = 0.8


def meant_run_field(key: str) -> str | None:
    """The field of a run that an unknown key must have meant; None for a key that is only unknown.

    Example:
        >>> meant_run_field("tool_call"), meant_run_field("cost"), meant_run_field("task_name")
        ('tool_calls', 'cost_usd', None)
    """
    return _RUN_SYNONYMS.get(key) or _near(key, RUN_RULES)


def meant_call_field(key: str) -> str | None:
    """The field of a tool call that an unknown key must have meant; None for a key that is only unknown."""
    return _CALL_SYNONYMS.get(key) or _near(key, CALL_RULES)


def not_allowed(rule: FieldRule, value: Json) -> str:
    """A sentence that says what a field may hold and what it holds."""
    hint = ", write 1 or 0" if isinstance(value, bool) and "number" in rule.allowed else ""
    return f"must be {rule.allowed}, got {shown(value)}{hint}"


def _near(key: str, known: Iterable[str]) -> str | None:
    names = list(known)
    for unit in _UNITS:
        if f"{key}{unit}" in names:
            return f"{key}{unit}"
    close = difflib.get_close_matches(key.lower().replace("-", "_"), names, n=1, cutoff=_TYPING_ERROR)
    return close[0] if close else None

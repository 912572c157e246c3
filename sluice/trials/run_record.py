"""One recorded run, read from the mapping it was written as."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sluice.documents.canonical import canonical_json
from sluice.documents.json_reading import NotJsonError, parse_json
from sluice.documents.located import Path, dotted
from sluice.documents.names import shown
from sluice.documents.problems import Problem
from sluice.documents.values import Json
from sluice.traces.calls import ToolCall
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.run_fields import (
    CALL_RULES,
    RUN_RULES,
    FieldRule,
    is_number,
    meant_call_field,
    meant_run_field,
    not_allowed,
)


@dataclass(slots=True)
class RunRecord:
    """One recorded run as it was written, read field by field.

    Args:
        value: What was written.
        file: Where it stands, for problems.
        line: 1-based.
        problems: Gets what is wrong.
        ignored: Gets the unknown keys that mean nothing here, as dotted names.
    """

    value: dict[str, Json]
    file: str
    line: int
    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def problem(self, path: Path, message: str) -> None:
        """Note a problem of this line."""
        case = self.value.get("case_id")
        self.problems.append(
            Problem(
                file=self.file,
                line=self.line,
                case=case if isinstance(case, str) and case.isprintable() else "",
                field=dotted(path),
                message=message,
            )
        )

    def run(self) -> RecordedRun | None:
        """The run, or None where something is wrong."""
        value = self.value
        self._check_fields(value, (), RUN_RULES, meant_run_field)
        if value.get("case_id") is None:
            self.problem(("case_id",), "is missing")
        if value.get("status") is None and value.get("output") is None:
            self.problem(("status",), "is missing, and is needed where there is no output")
        calls = self._calls(value.get("tool_calls"))
        if self.problems:
            return None
        key = TrialKey(case_id=value["case_id"], variant=value.get("variant") or "", trial=int(value.get("trial") or 0))
        given = {name: value[name] for name in _SAME_IN_RUN if value.get(name) is not None}
        return RecordedRun(
            key=key,
            tool_calls=calls,
            error=_reason(value.get("error")),
            input_tokens=_whole(value.get("input_tokens")),
            output_tokens=_whole(value.get("output_tokens")),
            turns=tuple(value.get("turns") or ()),
            messages=tuple(value.get("messages") or ()),
            **given,
        )

    def _check_fields(
        self,
        mapping: dict[str, Json],
        path: Path,
        rules: Mapping[str, FieldRule],
        meant: Callable[[str], str | None],
    ) -> None:
        for key, value in mapping.items():
            rule = rules.get(key)
            if rule is not None:
                if value is not None and not rule.holds(value):
                    self.problem((*path, key), not_allowed(rule, value))
                continue
            name = meant(key)
            # A synonym beside the field itself is another recorder's extra, not a slip.
            if name is None or mapping.get(name) is not None:
                self.ignored.append(".".join((*("tool_calls" for _ in path[:1]), key)))
            else:
                self.problem((*path, key), f'unknown key {shown(key)}, did you mean "{name}"?')

    def _calls(self, written: Json) -> tuple[ToolCall, ...] | None:
        if not isinstance(written, list):
            return None
        calls = [self._call(one, ("tool_calls", place)) for place, one in enumerate(written)]
        self._check_parents(written)
        return tuple(call for call in calls if call is not None)

    def _call(self, written: Json, path: Path) -> ToolCall | None:
        if not isinstance(written, dict):
            self.problem(path, f"a tool call must be a mapping, got {shown(written)}")
            return None
        self._check_fields(written, path, CALL_RULES, meant_call_field)
        if written.get("name") is None:
            self.problem((*path, "name"), "is missing")
        started_at = self._moment(written.get("started_at"), (*path, "started_at"))
        if self.problems:
            return None
        args, args_text = _arguments(written.get("args"), written.get("args_text"))
        given = {name: written[name] for name in _SAME_IN_CALL if written.get(name) is not None}
        return ToolCall(
            args=args,
            args_text=args_text,
            error=_reason(written.get("error")),
            turn=_whole(written.get("turn")),
            parent=_whole(written.get("parent")),
            started_at=started_at,
            **given,
        )

    def _moment(self, written: Json, path: Path) -> float | None:
        """Seconds since the epoch; a time without a zone is UTC."""
        if not isinstance(written, str):
            return written if is_number(written) else None
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            self.problem(path, not_allowed(CALL_RULES["started_at"], written))
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

    def _check_parents(self, written: list[Json]) -> None:
        """A call runs inside of another call of the list, and never inside of itself."""
        parents = [one.get("parent") if isinstance(one, dict) else None for one in written]
        for place, parent in enumerate(parents):
            path: Path = ("tool_calls", place, "parent")
            if not is_number(parent):
                continue
            if parent not in range(len(written)):
                self.problem(path, f"must be the place of a call, 0 to {len(written) - 1}, got {shown(parent)}")
            elif _runs_inside_itself(parents, place):
                self.problem(path, f"a call must not run inside of itself, got {shown(parent)}")


_SAME_IN_RUN: Final = (
    "status",
    "output",
    "state",
    "reward",
    "latency_s",
    "cost_usd",
    "agent_version",
    "trace_id",
)
_SAME_IN_CALL: Final = ("name", "result", "agent", "batch", "thought", "duration_s")


def _runs_inside_itself(parents: list[Any], start: int) -> bool:
    place = start
    for _ in parents:
        parent = parents[int(place)]
        if not is_number(parent) or parent not in range(len(parents)):
            return False
        if parent == start:
            return True
        place = parent
    # A circle further up, which is told where it is.
    return False


def _arguments(written: Json, text: str | None) -> tuple[Mapping[str, Json], str | None]:
    """Arguments as a mapping, or the raw text of what is none."""
    if isinstance(written, dict):
        return written, text
    if written is None:
        written = text
    if written is None or written == "":
        return {}, None
    if not isinstance(written, str):
        return {}, canonical_json(written)
    try:
        value = parse_json(written)
    except NotJsonError:
        return {}, written
    return (value, None) if isinstance(value, dict) else ({}, written)


def _reason(written: Json) -> str | None:
    """An error in words; an empty text says that there was none."""
    if written is None or written == "":
        return None
    return written if isinstance(written, str) else canonical_json(written)


def _whole(written: Json) -> int | None:
    return None if written is None else int(written)

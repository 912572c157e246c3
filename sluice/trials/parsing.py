"""Recorded runs read from JSON lines, and written to them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Final

from sluice.documents.json_reading import NotJsonError, mended, parse_json
from sluice.documents.names import shown
from sluice.documents.problems import Problem
from sluice.documents.reading import SourceFile, decoded, lines_of
from sluice.documents.values import Json
from sluice.errors import DocumentError
from sluice.traces.calls import ToolCall
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.run_fields import RUN_RULES
from sluice.trials.run_record import RunRecord


@dataclass(frozen=True, slots=True)
class RunFile:
    """The runs of a file, in its order.

    Args:
        runs: Keys are unique.
        warnings: What was ignored, in words.
    """

    runs: tuple[RecordedRun, ...]
    warnings: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[RecordedRun]:
        return iter(self.runs)


def parse_runs(source: SourceFile | Iterable[bytes], *, path: str = "") -> RunFile:
    """Read one recorded run a line; blank lines are skipped.

    Args:
        source: The file, or its lines one after the other, so that a large file is never held as a whole.
        path: Name of the file where only its lines are given.

    Raises:
        DocumentError: Something is wrong; it holds every problem of every line.
    """
    reader = _Reader(source.path if isinstance(source, SourceFile) else path)
    for number, line in enumerate(lines_of(source.content) if isinstance(source, SourceFile) else source, start=1):
        reader.take(line, number)
    return reader.finished()


def run_to_record(run: RecordedRun) -> dict[str, Json]:
    """The JSON object that reads back as this run; what is unknown is left out.

    Example:
        >>> run_to_record(RecordedRun(key=TrialKey(case_id="a", trial=1), output="hi", tool_calls=()))
        {'case_id': 'a', 'trial': 1, 'status': 'completed', 'output': 'hi', 'tool_calls': []}
    """
    record: dict[str, Json] = {"case_id": run.key.case_id}
    if run.key.variant:
        record["variant"] = run.key.variant
    record |= {"trial": run.key.trial, "status": run.status, "output": run.output}
    if run.tool_calls is not None:
        record["tool_calls"] = [_call_record(call) for call in run.tool_calls]
    for name in _PLAIN_RUN_FIELDS:
        value = getattr(run, name)
        if value is not None:
            record[name] = value
    for name in ("turns", "messages"):
        if getattr(run, name):
            record[name] = list(getattr(run, name))
    return record


_PLAIN_RUN_FIELDS: Final = tuple(
    one.name
    for one in fields(RecordedRun)
    if one.name in RUN_RULES and one.name not in ("status", "output", "tool_calls", "turns", "messages")
)


def _call_record(call: ToolCall) -> dict[str, Json]:
    record: dict[str, Json] = {"name": call.name, "args": dict(call.args)}
    for one in fields(call):
        value = getattr(call, one.name)
        if one.name not in record and value is not None:
            record[one.name] = value
    return record


@dataclass(slots=True)
class _Reader:
    """Takes lines and keeps what they hold and what is wrong with them."""

    file: str
    runs: list[RecordedRun] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    lines: dict[TrialKey, int] = field(default_factory=dict)
    ignored: Counter[str] = field(default_factory=Counter)

    def take(self, line: bytes, number: int) -> None:
        """Take one line of the file."""
        text = decoded(line, file=self.file, problems=self.problems, line=number, what="line")
        if text is None or not text.strip():
            return
        try:
            value = parse_json(text)
        except NotJsonError as error:
            self.problems.append(Problem(file=self.file, line=number, message=str(error)))
            return
        if not isinstance(value, dict):
            message = f"a recorded run must be a mapping, got {shown(value)}"
            self.problems.append(Problem(file=self.file, line=number, message=message))
            return
        # Half a surrogate pair can be spelled in JSON and written in no encoding: what a model said stays readable.
        self._keep(RunRecord(mended(value) if "\\ud" in text.lower() else value, self.file, number))

    def _keep(self, record: RunRecord) -> None:
        run = record.run()
        if run is not None and run.key in self.lines:
            message = f"the key {run.key} must be unique, got it here and in line {self.lines[run.key]}"
            record.problem((), message)
        elif run is not None:
            self.lines[run.key] = record.line
            self.runs.append(run)
        self.problems.extend(record.problems)
        self.ignored.update(record.ignored)

    def finished(self) -> RunFile:
        """All runs, or every problem."""
        if not self.runs and not self.problems:
            self.problems.append(Problem(file=self.file, message="holds no recorded run, write one JSON object a line"))
        if self.problems:
            raise DocumentError(self.problems, what=self.file or "recorded runs")
        warnings = (f'{self.file}: unknown key "{key}" is ignored, {_times(n)}' for key, n in self.ignored.items())
        return RunFile(tuple(self.runs), tuple(warnings))


def _times(n: int) -> str:
    return "it stands there once" if n == 1 else f"it stands there {n} times"

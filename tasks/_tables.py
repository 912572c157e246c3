"""Trials as tables for other tools: one row a trial, as CSV or Parquet; the door to pandas and pyarrow."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from storage.scores import ScoredTrial
from tasks.writing import whole_file

if TYPE_CHECKING:
    import pandas as pd

# Rows held in memory at a time, whatever the size of the run.
ROWS = 5000
# Every column with its type, stated so that a column without any value is the same in every piece and every file.
COLUMNS: Final[Mapping[str, str]] = {
    "run_id": "string",
    "case_id": "string",
    "variant": "string",
    "trial": "Int64",
    "status": "string",
    "evaluated": "boolean",
    "passed": "boolean",
    "precision": "Float64",
    "recall": "Float64",
    "order": "Float64",
    "parameters": "Float64",
    "efficiency": "Float64",
    "trajectory": "Float64",
    "trajectory_passed": "boolean",
    "answer_passed": "boolean",
    "state_passed": "boolean",
    "never_events": "Int64",
    "reasons": "string",
    "n_calls": "Int64",
    "tools": "string",
    "latency_s": "Float64",
    "cost_usd": "Float64",
    "input_tokens": "Int64",
    "output_tokens": "Int64",
    "reward": "Float64",
    "agent_version": "string",
    "trace_id": "string",
    "error": "string",
}
TEXTS: Final = tuple(name for name, kind in COLUMNS.items() if kind == "string")
# A spreadsheet runs a cell that begins so as a formula: https://owasp.org/www-community/attacks/CSV_Injection
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def runs_frame(trials: Iterable[ScoredTrial], *, run_id: str) -> "pd.DataFrame":
    """The trials of a run as one data frame, one row a trial; what is unknown is missing, never 0 or False.

    ``tools`` names the called tools in order, ``reasons`` says why the trial failed; both are joined by "; ".
    """
    # pandas takes 1.3 s to import, and only an export needs it.
    import pandas as pd

    rows = [_row(trial, run_id) for trial in trials]
    # As objects first: pandas would guess a type from the values of this piece alone.
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object).astype(dict(COLUMNS))


def runs_frames(trials: Iterable[ScoredTrial], *, run_id: str, rows: int = ROWS) -> Iterator["pd.DataFrame"]:
    """The trials of a run in data frames of bounded length; one without rows where there are no trials."""
    waiting = iter(trials)
    piece = list(islice(waiting, rows))
    yield runs_frame(piece, run_id=run_id)
    while piece := list(islice(waiting, rows)):
        yield runs_frame(piece, run_id=run_id)


def write_csv(frames: Iterable["pd.DataFrame"], path: Path) -> int:
    """Write frames of one shape as a CSV file, whole or not at all.

    Text that a spreadsheet would run as a formula gets an apostrophe in front: answers and errors are not trusted.

    Returns:
        How many rows were written.

    Raises:
        UsageError: The file cannot be written.
    """
    n_rows = 0
    with whole_file(path) as part, part.open("w", encoding="utf8", newline="") as file:
        for place, frame in enumerate(frames):
            harmless = frame.assign(**{name: frame[name].map(_no_formula, na_action="ignore") for name in TEXTS})
            # The line ending of RFC 4180; with another one a carriage return in a text would not be quoted.
            harmless.to_csv(file, index=False, header=place == 0, lineterminator="\r\n")
            n_rows += len(frame)
    return n_rows


def write_parquet(frames: Iterable["pd.DataFrame"], path: Path) -> int:
    """Write frames of one shape as a Parquet file, whole or not at all; each becomes a row group.

    Returns:
        How many rows were written.

    Raises:
        UsageError: The file cannot be written.
    """
    # pyarrow is as heavy as pandas, and only an export needs it.
    import pyarrow as pa
    import pyarrow.parquet as pq

    n_rows = 0
    writer = None
    with whole_file(path) as part:
        try:
            for frame in frames:
                table = pa.Table.from_pandas(frame, preserve_index=False)
                writer = writer or pq.ParquetWriter(part, table.schema)
                writer.write_table(table)
                n_rows += len(frame)
        finally:
            if writer is not None:
                writer.close()
    return n_rows


def _row(trial: ScoredTrial, run_id: str) -> dict[str, Any]:
    row = dict.fromkeys(COLUMNS) | {
        "run_id": run_id,
        "case_id": trial.key.case_id,
        "variant": trial.key.variant,
        "trial": trial.key.trial,
        **_told_by_answer(trial),
        **_told_by_score(trial),
    }
    return {name: _plain(value) if isinstance(value, str) else value for name, value in row.items()}


def _told_by_answer(trial: ScoredTrial) -> dict[str, Any]:
    run = trial.recorded
    if run is None:
        return {"status": "not_evaluated"}
    called = None if run.tool_calls is None else [call.name for call in run.tool_calls]
    return {
        "status": run.status,
        "n_calls": None if called is None else len(called),
        "tools": None if called is None else "; ".join(called),
        "latency_s": run.latency_s,
        "cost_usd": run.cost_usd,
        "input_tokens": run.input_tokens,
        "output_tokens": run.output_tokens,
        "reward": run.reward,
        "agent_version": run.agent_version,
        "trace_id": run.trace_id,
        "error": run.error,
    }


def _told_by_score(trial: ScoredTrial) -> dict[str, Any]:
    score = trial.score
    if score is None:
        return {}
    told: dict[str, Any] = {
        "evaluated": score.evaluated,
        "passed": score.passed,
        "answer_passed": score.answer_passed,
        "state_passed": score.state_passed,
        "never_events": len(score.never),
        "reasons": "; ".join(score.reasons),
    }
    if score.trajectory is not None:
        numbers = ("precision", "recall", "order", "parameters", "efficiency", "trajectory")
        told |= {name: getattr(score.trajectory, name) for name in numbers}
        told["trajectory_passed"] = score.trajectory.passed
    return told


def _plain(text: str) -> str:
    """Text that UTF-8 and C programs can hold: NUL bytes and lone surrogates are shown as their escapes."""
    return text.replace("\x00", "\\x00").encode("utf8", "backslashreplace").decode("utf8")


def _no_formula(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text

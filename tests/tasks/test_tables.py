import csv
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from sluice.errors import UsageError
from sluice.traces.calls import ToolCall
from sluice.trajectory.scores import TrajectoryScore
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.scores import NeverOccurrence, TrialScore
from storage.scores import ScoredTrial
from tasks._tables import COLUMNS, runs_frame, runs_frames, write_csv, write_parquet

ROOT = Path(__file__).parents[2]
PATH = TrajectoryScore(
    precision=0.5, recall=1.0, order=1.0, parameters=0.75, efficiency=0.25, trajectory=0.7, passed=False
)


def scored(case_id: str = "refund", trial: int = 0, recorded: bool = True, **given) -> ScoredTrial:
    key = TrialKey(case_id=case_id, variant="p1", trial=trial)
    run = RecordedRun(
        key=key,
        output="done",
        tool_calls=(ToolCall(name="look"), ToolCall(name="refund")),
        latency_s=1.5,
        input_tokens=100,
        agent_version="1.2",
    )
    values = {
        "evaluated": True,
        "passed": False,
        "trajectory": PATH,
        "answer_passed": True,
        "state_passed": None,
        "checks": (),
        "never": (NeverOccurrence(rule="r", found="f"),),
        "alternative": "",
        "reasons": ("one call too many", "slow"),
        "n_calls": 2,
        "latency_s": 1.5,
        "cost_usd": None,
    } | given
    return ScoredTrial(key=key, recorded=run if recorded else None, score=TrialScore(key=key, **values))


def bare(case_id: str, **given) -> ScoredTrial:
    key = TrialKey(case_id=case_id)
    return ScoredTrial(key=key, recorded=RecordedRun(key=key, **given), score=None)


def known(frame: pd.DataFrame, row: int = 0) -> dict:
    return {name: value for name, value in frame.iloc[row].items() if not pd.isna(value)}


def test_a_trial_is_one_row_with_its_numbers():
    frame = runs_frame([scored()], run_id="run-1")
    assert list(frame.columns) == list(COLUMNS)
    assert known(frame) == {
        "run_id": "run-1",
        "case_id": "refund",
        "variant": "p1",
        "trial": 0,
        "status": "completed",
        "evaluated": True,
        "passed": False,
        "precision": 0.5,
        "recall": 1.0,
        "order": 1.0,
        "parameters": 0.75,
        "efficiency": 0.25,
        "trajectory": 0.7,
        "trajectory_passed": False,
        "answer_passed": True,
        "never_events": 1,
        "reasons": "one call too many; slow",
        "n_calls": 2,
        "tools": "look; refund",
        "latency_s": 1.5,
        "input_tokens": 100,
        "agent_version": "1.2",
    }


def test_what_is_unknown_is_missing_and_never_zero():
    frame = runs_frame([bare("a"), bare("b", tool_calls=()), scored(recorded=False, trajectory=None)], run_id="r")
    assert known(frame, 0) == {"run_id": "r", "case_id": "a", "variant": "", "trial": 0, "status": "completed"}
    assert known(frame, 1)["n_calls"] == 0
    assert known(frame, 1)["tools"] == ""
    unanswered = known(frame, 2)
    assert unanswered["status"] == "not_evaluated"
    assert unanswered.keys().isdisjoint({"n_calls", "latency_s", "precision", "trajectory_passed"})


def test_every_column_has_one_type_whatever_it_holds(tmp_path: Path):
    for trials in ([], [bare("a")], [scored()]):
        assert runs_frame(trials, run_id="r").dtypes.astype(str).to_dict() == dict(COLUMNS)


def test_long_runs_come_in_pieces_of_bounded_length():
    trials = [scored(trial=n) for n in range(7)]
    assert [len(frame) for frame in runs_frames(iter(trials), run_id="r", rows=3)] == [3, 3, 1]
    assert [len(frame) for frame in runs_frames([], run_id="r")] == [0]


def test_csv_and_parquet_hold_the_same(tmp_path: Path):
    trials = [*(scored(trial=n) for n in range(5)), bare("unscored", error='a, "b"\nc'), bare("mute")]
    csv_path, parquet_path = tmp_path / "new" / "runs.csv", tmp_path / "new" / "runs.parquet"
    assert write_csv(runs_frames(trials, run_id="r", rows=2), csv_path) == 7
    assert write_parquet(runs_frames(trials, run_id="r", rows=2), parquet_path) == 7
    whole = runs_frame(trials, run_id="r")
    pd.testing.assert_frame_equal(pd.read_parquet(parquet_path), whole, check_dtype=False)
    assert pq.ParquetFile(parquet_path).num_row_groups == 4
    with csv_path.open(encoding="utf8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["trial"] for row in rows] == ["0", "1", "2", "3", "4", "0", "0"]
    assert rows[0]["passed"] == "False"
    assert rows[5]["error"] == 'a, "b"\nc'
    assert (rows[6]["passed"], rows[6]["precision"]) == ("", "")
    assert sorted(path.name for path in csv_path.parent.iterdir()) == ["runs.csv", "runs.parquet"]


def test_a_run_without_trials_is_a_table_without_rows(tmp_path: Path):
    assert write_csv(runs_frames([], run_id="r"), tmp_path / "a.csv") == 0
    assert write_parquet(runs_frames([], run_id="r"), tmp_path / "a.parquet") == 0
    assert (tmp_path / "a.csv").read_bytes().decode() == ",".join(COLUMNS) + "\r\n"
    assert pq.read_table(tmp_path / "a.parquet").column_names == list(COLUMNS)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_of_an_agent_becomes_a_formula(tmp_path: Path, start: str):
    path = tmp_path / "a.csv"
    write_csv([runs_frame([bare("a", error=f"{start}HYPERLINK()")], run_id="r")], path)
    with path.open(encoding="utf8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["error"] == f"'{start}HYPERLINK()"


def test_numbers_below_zero_are_no_formulas(tmp_path: Path):
    path = tmp_path / "a.csv"
    write_csv([runs_frame([bare("a", reward=-1.5)], run_id="r")], path)
    assert ",-1.5," in path.read_text(encoding="utf8")


def test_text_that_no_file_can_hold_is_escaped(tmp_path: Path):
    trials = [bare("a", error="a\x00b\ud800c é 😀")]
    write_csv(runs_frames(trials, run_id="r"), tmp_path / "a.csv")
    write_parquet(runs_frames(trials, run_id="r"), tmp_path / "a.parquet")
    expected = "a\\x00b\\ud800c é 😀"
    assert expected in (tmp_path / "a.csv").read_text(encoding="utf8")
    assert pq.read_table(tmp_path / "a.parquet")["error"].to_pylist() == [expected]


@pytest.mark.parametrize("write", [write_csv, write_parquet])
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, write):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"cannot write to .*runs.*: file exists"):
        write(runs_frames([scored()], run_id="r"), tmp_path / "file" / "runs")


@pytest.mark.parametrize("write", [write_csv, write_parquet])
def test_an_export_that_breaks_off_leaves_the_old_file(tmp_path: Path, write):
    path = tmp_path / "runs"
    path.write_text("old", encoding="utf8")

    def broken():
        yield runs_frame([scored()], run_id="r")
        raise KeyError("database gone")

    with pytest.raises(KeyError):
        write(broken(), path)
    assert [found.name for found in tmp_path.iterdir()] == ["runs"]
    assert path.read_text(encoding="utf8") == "old"


def test_pandas_is_imported_only_by_an_export():
    code = "import sys, tasks._tables; print('pandas' in sys.modules or 'pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

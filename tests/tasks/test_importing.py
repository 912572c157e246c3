import json
from pathlib import Path

import pytest

from sluice.errors import UsageError
from tasks.files import read_runs
from tasks.importing import import_tau_bench_file

RUN = {
    "task_id": 0,
    "trial": 0,
    "reward": 1.0,
    "info": {"task": {"instruction": "Cancel my order", "actions": [{"name": "cancel", "kwargs": {"id": "1"}}]}},
    "traj": [
        {"role": "user", "content": "Cancel my order"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "function": {"name": "cancel", "arguments": '{"id": "1"}'}}],
        },
        {"role": "tool", "tool_call_id": "c1", "name": "cancel", "content": "done"},
        {"role": "assistant", "content": "It is cancelled."},
    ],
}


@pytest.mark.parametrize("as_lines", [False, True])
def test_results_are_read_as_one_document_or_as_lines_and_read_back(tmp_path: Path, as_lines: bool):
    source = tmp_path / "results.json"
    runs = [RUN, RUN | {"trial": 1, "reward": 0.0}]
    text = "\n\n".join(map(json.dumps, runs)) if as_lines else json.dumps(runs)
    source.write_text(text, encoding="utf8")
    done = import_tau_bench_file(source, tmp_path / "out")
    assert (done.n_cases, done.n_runs) == (1, 2)
    assert [run.reward for run in read_runs(done.runs).runs] == [1.0, 0.0]
    again = import_tau_bench_file(source, tmp_path / "out")
    assert again == done


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be read"):
        import_tau_bench_file(tmp_path, tmp_path / "out")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="cannot be read"):
        import_tau_bench_file(tmp_path / "bytes", tmp_path / "out")


def test_a_broken_line_is_named(tmp_path: Path):
    (tmp_path / "lines").write_text(json.dumps(RUN) + "\n{", encoding="utf8")
    with pytest.raises(UsageError, match=r"lines:2: no JSON"):
        import_tau_bench_file(tmp_path / "lines", tmp_path / "out")


@pytest.mark.parametrize("content", ["[" * 50_000, json.dumps(RUN) + "\n" + "[" * 50_000])
def test_a_bottomless_file_is_told(tmp_path: Path, content: str):
    (tmp_path / "deep").write_text(content, encoding="utf8")
    with pytest.raises(UsageError, match=r"too deep|deep:2: no JSON"):
        import_tau_bench_file(tmp_path / "deep", tmp_path / "out")

"""What `sluice gate` imports before its first call, and whom it connects to."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {"prefect", "litellm", "great_expectations", "pandas", "scipy.stats", "alembic", "matplotlib", "pyarrow"}
# Runs a command to its end in one process, then says what was loaded and whom it connected to.
WATCH = """
import json, sys
reached = []

def watch(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo"}:
        reached.append(str(arguments[1] if event == "socket.connect" else arguments[0]))

sys.addaudithook(watch)
from interfaces.cli.main import main
sys.argv = ["sluice", *json.loads(sys.argv[1])]
code = 0
try:
    main()
except SystemExit as end:
    code = end.code
print("\\n" + json.dumps({"code": code, "modules": sorted(sys.modules), "reached": reached}))
"""
CASE = {
    "id": "refund-1",
    "input": "Please refund order 1",
    "expect": {"answer": {"contains": ["refund"]}, "trajectory": {"steps": [{"tool": "issue_refund"}]}},
}
RUN = {"case_id": "refund-1", "trial": 0, "output": "The refund was issued.", "tool_calls": [{"name": "issue_refund"}]}


def watched(arguments: list[str], folder: Path) -> dict[str, Any]:
    """Run the command line in a process of its own, in an environment that names no Prefect server."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    command = [sys.executable, "-c", WATCH, json.dumps(arguments)]
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "golden.jsonl").write_text(json.dumps(CASE) + "\n", encoding="utf8")
    (tmp_path / "runs.jsonl").write_text(json.dumps(RUN) + "\n", encoding="utf8")
    settings = {"agent": {"name": "a", "recorded": {"file": "runs.jsonl"}}, "golden": {"path": "golden.jsonl"}}
    (tmp_path / "sluice.yaml").write_text(json.dumps(settings), encoding="utf8")
    return tmp_path


@pytest.mark.parametrize("arguments", [["--help"], ["gate", "--help"], ["golden", "check", "golden.jsonl"]])
def test_a_quick_command_loads_nothing_heavy(arguments: list[str], project: Path):
    end = watched(arguments, project)
    assert end["code"] in (0, None)
    assert HEAVY & set(end["modules"]) == set()


def test_a_whole_gate_without_a_page_loads_nothing_heavy_and_reaches_nobody(project: Path):
    options = ["--trials", "1", "--baseline", "none", "--engine", "inline", "--json", "gate.json"]
    end = watched(["gate", "--config", "sluice.yaml", *options], project)
    # one passed trial of one case, without baseline or floor, proves nothing
    assert (end["code"], json.loads((project / "gate.json").read_text(encoding="utf8"))["verdict"]) == (
        3,
        "INCONCLUSIVE",
    )
    assert HEAVY & set(end["modules"]) == set()
    assert end["reached"] == []


def test_an_agent_that_is_down_is_the_only_one_reached(project: Path):
    settings = {"agent": {"name": "a", "http": {"url": "http://127.0.0.1:9/ask", "body": {"q": "{{input}}"}}}}
    (project / "sluice.yaml").write_text(json.dumps(settings | {"golden": {"path": "golden.jsonl"}}), encoding="utf8")
    options = ["--trials", "1", "--baseline", "none", "--engine", "auto"]
    end = watched(["gate", "--config", "sluice.yaml", *options], project)
    assert end["code"] == 4
    assert {address for address in end["reached"] if "127.0.0.1" not in address} == set()
    assert end["reached"] != []

"""The wheel, used in a project that has folders of the same names as ours."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ("tasks", "flows", "storage", "tests", "interfaces", "sluice")


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The wheel's files, unpacked where nothing else is."""
    place = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index", "-w"]
    subprocess.run([*build, str(place), str(ROOT)], check=True, capture_output=True, timeout=120)
    (wheel,) = place.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place / "site")
    (place / "site" / "bin").mkdir()
    # As a console script stands in a folder of its own, not in the working directory.
    (place / "site" / "bin" / "sluice").write_text("from interfaces.cli.main import main\nmain()\n", encoding="utf8")
    return place / "site"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's project whose own folders must never be imported for ours."""
    for name in NAMES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"raise SystemExit('{name} of the user was imported')\n")
    case = {"id": "hello", "input": "hi", "expect": {"trajectory": {"steps": [{"tool": "greet"}]}}}
    (tmp_path / "golden.jsonl").write_text(json.dumps(case) + "\n", encoding="utf8")
    run = {"case_id": "hello", "trial": 0, "output": "hello", "tool_calls": [{"name": "greet", "args": {}}]}
    (tmp_path / "runs.jsonl").write_text(json.dumps(run) + "\n", encoding="utf8")
    settings = {
        "agent": {"name": "a", "version": "1", "recorded": {"file": "runs.jsonl"}},
        "golden": {"path": "golden.jsonl"},
    }
    (tmp_path / "sluice.yaml").write_text(json.dumps(settings), encoding="utf8")
    return tmp_path


def sluice(installed: Path, project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, str(installed / "bin" / "sluice"), *arguments]
    return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, timeout=120, check=False)


def test_it_checks_a_dataset(installed, project):
    done = sluice(installed, project, "golden", "check")
    assert (done.returncode, done.stderr) == (0, "")


def test_it_runs_a_gate_and_writes_every_report(installed, project):
    done = sluice(
        installed, project, "gate", "--engine", "inline", "--baseline", "none", "--trials", "1", "--report", "out"
    )
    assert done.returncode == 3, done.stderr  # no baseline and no floor
    assert sorted(path.name for path in (project / "out").iterdir()) == [
        "gate.json",
        "junit.xml",
        "report.html",
        "summary.md",
    ]


def test_its_migrations_are_on_board(installed, project):
    done = sluice(installed, project, "db", "upgrade")
    assert done.returncode == 0, done.stderr


def test_it_holds_all_that_is_read_at_run_time(installed):
    names = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}
    assert {"sluice/reports/templates/gate.html.j2", "storage/migrations/script.py.mako"} <= names
    assert not any(name.startswith("tests/") for name in names)

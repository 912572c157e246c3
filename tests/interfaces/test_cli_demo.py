"""``sluice demo``: the whole story, and nothing left of it but its reports."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from interfaces.cli import demo
from interfaces.cli.commands import app
from interfaces.cli.process_table import descendants, running
from storage import runs as stored_runs
from storage.store import Store
from tests.interfaces.prefect_site import noted_environment, reached

SLUICE = Path(sys.executable).with_name("sluice")
EXAMPLE = Path(__file__).parents[2] / "examples" / "support_agent"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def start(folder: Path) -> "subprocess.Popen[str]":
    (folder / "here").mkdir()
    return subprocess.Popen(
        [str(SLUICE), "demo"],
        cwd=folder / "here",
        env=noted_environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_the_good_version_passes_the_regressed_one_is_held_back_and_nothing_is_left_running(tmp_path: Path):
    if not (EXAMPLE / "golden" / "baseline.jsonl.gz").is_file():
        pytest.skip("the example has no pinned baseline")
    process = start(tmp_path)
    try:
        out, err = process.communicate(timeout=180)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0, err
    seen = out.partition("What you have seen")[2]
    assert "stable: PASS" in seen
    assert f"{demo.REGRESSED}: FAIL" in seen
    for version in ("stable", demo.REGRESSED):
        page = tmp_path / "here" / "sluice-report" / f"demo-{version}" / "report.html"
        assert str(page.relative_to(tmp_path / "here")) in seen
        assert page.is_file()
    # which cases, which tools, why
    assert "Failed or not evaluated, by first divergence" in out
    assert "sluice up" in seen
    assert "trials: " in err
    assert "Traceback" not in err
    assert [left for left in running() if left.group == process.pid] == []
    assert reached(tmp_path) - LOOPBACK == set()
    with Store.open(f"sqlite:///{tmp_path / 'here' / '.sluice' / 'demo.db'}") as store:
        runs = store.read_now(lambda session: stored_runs.list_runs(session, limit=10))
    assert {(run.engine, run.state) for run in runs} == {("prefect", "finished")}
    assert len(runs) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_an_interrupted_demo_leaves_nothing_running(tmp_path: Path, number: signal.Signals):
    process = start(tmp_path)
    try:
        assert process.stdout is not None
        next(line for line in process.stdout if "answers with a verdict" in line)
        while not (children := descendants(process.pid)):
            assert process.poll() is None
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130
    assert "interrupted; nothing is left running" in err
    assert {child.pid for child in children} & {left.pid for left in running()} == set()


def test_without_the_example_it_says_where_to_find_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(demo, "find_spec", lambda _: None)
    result = CliRunner().invoke(app, ["demo"])
    assert result.exit_code == 2
    assert "comes with a checkout of Sluice" in result.stderr
    assert "make demo" in result.stderr

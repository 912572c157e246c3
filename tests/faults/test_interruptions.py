"""A gate that is interrupted: by a person, by a kill, by a reader that leaves, in every stage of it."""

import os
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.interfaces.conftest import Sluice, Started
from tests.interfaces.scripted import GOOD, NO_GUARDS, Project, ScriptedAgent, http_agent

GATE = ("gate", "--engine", "inline", "--trials", "4")


def until(happened: Callable[[], bool], *, within_s: float = 30) -> None:
    end = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def answers(project: Project) -> int:
    """How many answers are committed."""
    path = project.root / ".sluice" / "sluice.db"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            return int(database.execute("SELECT count(*) FROM trial").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


def test_a_killed_gate_is_gone_on_with_and_pays_for_nothing_twice(
    project: Project, agent: ScriptedAgent, started: Started, sluice: Sluice
):
    # 24 trials, 3 at once; from the 10th request on no answer comes, so that some are committed and some in flight
    project.settings(agent=http_agent(agent.url, concurrency=3), policy=NO_GUARDS)
    agent.hold, agent.hold_from = threading.Event(), 10
    process = started(*GATE)
    until(lambda: len(agent.asked) == 13 and answers(project) == 10)
    held = sluice(*GATE, "--resume", "latest")
    assert held.exit_code == 2
    assert "is held by another process" in held.stderr
    assert "if it was killed, try again in" in held.stderr
    assert len(agent.asked) == 13

    process.kill()
    process.communicate()
    agent.hold.set()
    paid = set(agent.asked[:10])
    agent.asked.clear()
    result = sluice(*GATE, "--resume", "latest", "--json", "gate.json")
    assert "which has 10 answers" in result.stderr
    # 14 were not answered: the 3 in flight and the 11 that were never asked for
    assert len(agent.asked) == len(set(agent.asked)) == 14
    assert paid & set(agent.asked) == set()
    trials = project.json("gate.json")["trials"]
    assert (trials["total"], trials["evaluated"]) == (24, 24)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_gate_in_order_and_says_how_to_go_on(
    project: Project, agent: ScriptedAgent, started: Started, sluice: Sluice, number: signal.Signals
):
    agent.hold, agent.hold_from = threading.Event(), 10
    process = started(*GATE)
    until(lambda: len(agent.asked) == 24)
    process.send_signal(number)
    threading.Timer(0.5, agent.hold.set).start()
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert "Error: stopped; what was committed is kept (run " in err
    assert "go on with: sluice gate --resume " in err
    # what was in flight had half a second left and came in: it is paid for, so it is kept
    assert answers(project) == 24
    assert '"cancelled"' in sluice("runs", "list", "--json").stdout


def test_a_second_interruption_stops_at_once(project: Project, agent: ScriptedAgent, started: Started):
    agent.hold = threading.Event()
    process = started(*GATE)
    until(lambda: len(agent.asked) == 20)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    # an answer that is waited for would take the 5 s that a single signal leaves
    assert time.monotonic() - began < 3
    assert "Traceback" not in err
    assert "sluice gate --resume" in err


def test_an_interruption_while_the_agent_starts_ends_it_too(project: Project, started: Started, sluice: Sluice):
    start = "sh -c 'echo $$ > agent.pid; exec sleep 60'"
    health = "http://127.0.0.1:9/health"
    project.settings(agent=http_agent("http://127.0.0.1:9/ask", start=start, health=health, start_timeout_s=50))
    process = started(*GATE)
    until(lambda: (project.root / "agent.pid").exists() and (project.root / "agent.pid").read_text() != "")
    pid = int((project.root / "agent.pid").read_text())
    until(lambda: '"running"' in sluice("runs", "list", "--json").stdout)
    process.send_signal(signal.SIGINT)
    # it would be waited for 50 s
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines() == ["Error: stopped before anything was asked"]
    assert '"cancelled"' in sluice("runs", "list", "--json").stdout
    until(lambda: not Path(f"/proc/{pid}").exists() or " Z " in Path(f"/proc/{pid}/stat").read_text())


@pytest.mark.parametrize("delay_s", [0.0, 0.2, 0.5])
def test_an_interruption_while_the_program_loads_leaves_no_traceback(
    project: Project, agent: ScriptedAgent, started: Started, delay_s: float
):
    agent.hold = threading.Event()
    process = started(*GATE, "--config", ".")
    # the first library that only our commands load: before it Python itself starts, which no program can help
    until(lambda: "_pydantic_core" in mapped(process) or "_multiarray" in mapped(process))
    time.sleep(delay_s)
    process.send_signal(signal.SIGINT)
    agent.hold.set()
    _, err = process.communicate(timeout=30)
    # Python ends by the signal itself where it interrupted generated code; a shell says 130 of both
    assert process.returncode in (130, -signal.SIGINT)
    assert "Traceback" not in err
    assert "interrupted" in err or "stopped" in err


def mapped(process: "subprocess.Popen[str]") -> str:
    """The libraries a process has loaded so far."""
    return Path(f"/proc/{process.pid}/maps").read_text(encoding="utf8")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        # the verdict stays the verdict, whoever reads it
        (("gate", "--engine", "inline", "--trials", "1", "--json", "gate.json"), 3),
        (("config",), 141),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_a_reader_that_leaves_changes_no_verdict(
    project: Project, started: Started, command: tuple[str, ...], code: int
):
    ours, theirs = os.pipe()
    os.close(ours)
    process = started(*command, stdout=theirs)
    os.close(theirs)
    _, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert "Error" not in err
    assert "Traceback" not in err
    if command[0] == "gate":
        assert project.json("gate.json")["verdict"] == "INCONCLUSIVE"


def test_a_terminal_that_goes_away_does_not_end_a_run(project: Project, agent: ScriptedAgent, started: Started):
    ours, theirs = os.pipe()
    os.close(ours)
    process = started(*GATE, "--json", "gate.json", stdout=theirs, stderr=theirs)
    os.close(theirs)
    process.communicate(timeout=30)
    assert process.returncode == 3
    assert len(agent.asked) == 24
    assert project.json("gate.json")["trials"]["evaluated"] == 24


def test_a_full_disk_below_standard_output_is_told_and_changes_no_verdict(project: Project, started: Started):
    with Path("/dev/full").open("w") as full:
        process = started("gate", "--engine", "inline", "--trials", "1", stdout=full)
        _, err = process.communicate(timeout=30)
        config = started("config", stdout=full)
        _, of_config = config.communicate(timeout=30)
    assert process.returncode == 3
    assert "Error: standard output cannot be written: No space left on device" in err
    assert config.returncode == 4
    assert of_config.startswith("Error: the system refused: [Errno 28] No space left on device")
    assert "Traceback" not in err + of_config


def test_a_verdict_is_shown_in_any_locale_and_on_a_terminal_of_no_width(
    project: Project, agent: ScriptedAgent, started: Started
):
    agent.says({"reply": "日本 € no", "calls": []})
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TERM": "dumb", "COLUMNS": "0"}
    out, err = started("gate", "--engine", "inline", "--trials", "1", env=ascii_only).communicate(timeout=30)
    assert "INCONCLUSIVE: " in out
    assert "Traceback" not in err
    started("runs", "export", "--to", "runs.jsonl").communicate(timeout=30)
    score = started("score", "--golden", "golden", "--runs", "runs.jsonl", env=ascii_only)
    out, err = score.communicate(timeout=30)
    assert (score.returncode, len(out.splitlines())) == (0, 6)
    assert "\\u65e5\\u672c" in out
    assert "6 trials: 0 passed" in err


def test_a_working_directory_that_is_gone_is_told(started: Started, tmp_path: Path):
    gone = tmp_path / "gone"
    gone.mkdir()
    shell = started("gate", cwd=gone)
    shell.kill()
    process = subprocess.run(
        ["sh", "-c", 'rmdir "$PWD" && exec "$@"', "sh", *shell.args],  # type: ignore[misc]
        cwd=gone,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert process.returncode == 2
    assert process.stderr.splitlines() == [
        "Error: the working directory is gone or closed to you",
        "change to one that can be read",
    ]


def test_an_answer_that_comes_after_the_stop_is_not_asked_for_again(
    project: Project, agent: ScriptedAgent, started: Started, sluice: Sluice
):
    agent.says(GOOD)
    agent.hold, agent.hold_from = threading.Event(), 6
    process = started(*GATE)
    until(lambda: len(agent.asked) == 24)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert (process.returncode, answers(project)) == (130, 6)
    agent.hold.set()
    asked = set(agent.asked[:6])
    agent.asked.clear()
    assert sluice(*GATE, "--resume", "latest").exit_code == 3
    assert len(agent.asked) == 18
    assert asked & set(agent.asked) == set()

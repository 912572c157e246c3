"""A database or a Prefect server that cannot be used: a sentence or two, exit code 4, and nothing is paid for."""

import os
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.interfaces.conftest import Sluice, Started
from tests.interfaces.scripted import Project, ScriptedAgent, http_agent

GATE = ("gate", "--engine", "inline", "--trials", "1")


def database(project: Project) -> Path:
    return project.root / ".sluice" / "sluice.db"


def from_a_newer_version(project: Project) -> None:
    with closing(sqlite3.connect(database(project))) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


def no_database_at_all(project: Project) -> None:
    database(project).write_bytes(b"this is a text and no database\n" * 100)


def cut_short(project: Project) -> None:
    database(project).write_bytes(database(project).read_bytes()[:5000])


def a_folder(project: Project) -> None:
    for path in database(project).parent.glob("sluice.db*"):
        path.unlink()
    database(project).mkdir()


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (from_a_newer_version, "newer version"),
        (no_database_at_all, "not a database"),
        (cut_short, "sluice.db"),
        (a_folder, "cannot be opened"),
    ],
)
@pytest.mark.parametrize("command", [GATE, ("runs", "list"), ("runs", "show"), ("baseline", "pin", "--to", "b.jsonl")])
def test_a_database_that_cannot_be_used_is_told_and_nothing_is_asked(
    project: Project,
    agent: ScriptedAgent,
    sluice: Sluice,
    break_it: Callable[[Project], None],
    words: str,
    command: tuple[str, ...],
):
    sluice("db", "upgrade")
    break_it(project)
    result = sluice(*command)
    assert (result.exit_code, result.stdout, agent.asked) == (4, "", [])
    assert words in result.stderr
    assert 1 <= len(result.stderr.splitlines()) <= 2


def test_a_database_that_another_process_locks_is_told(
    project: Project, agent: ScriptedAgent, sluice: Sluice, monkeypatch: pytest.MonkeyPatch
):
    sluice("db", "upgrade")
    with closing(sqlite3.connect(database(project), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        result = sluice(*GATE)
        other.execute("ROLLBACK")
    assert (result.exit_code, agent.asked) == (4, [])
    assert "is locked by another process" in result.stderr
    assert sluice(*GATE).exit_code == 3


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:///file/x.db", "cannot be created"),
        ("bogus", "must be a database URL"),
        ("sqlite:////proc/nope/x.db", "/proc/nope"),
    ],
)
def test_a_place_that_can_hold_no_database_is_told(
    project: Project, agent: ScriptedAgent, sluice: Sluice, url: str, words: str
):
    Path("file").write_text("x", encoding="utf8")
    project.settings(agent=http_agent(agent.url), storage={"url": url})
    result = sluice(*GATE)
    assert (result.exit_code, result.stdout, agent.asked) == (4, "", [])
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 2


def test_a_prefect_server_that_does_not_answer_is_told(
    project: Project, agent: ScriptedAgent, started: Started, tmp_path: Path
):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    env = {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api", "PREFECT_HOME": os.environ["PREFECT_HOME"]}
    process = started("gate", "--engine", "prefect", "--trials", "1", env=env)
    out, err = process.communicate(timeout=90)
    assert (process.returncode, out, agent.asked) == (4, "", [])
    assert "Traceback" not in err
    assert "Prefect" in err
    assert "--engine inline" in err
    assert len(err.splitlines()) == 2

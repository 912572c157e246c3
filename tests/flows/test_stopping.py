"""``sluice gate`` is stopped from the keyboard or by its host, on either engine, and goes on where it was."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from interfaces.cli.process_table import running
from tests.flows.runs import FLOOR, Place, rows
from tests.interfaces.scripted import http_agent

ROOT = Path(__file__).parents[2]
Places = Callable[[str], Place]
Gate = Callable[..., "subprocess.Popen[str]"]
# A started agent: it notes what it is asked, and keeps every request after the fourth while there is a file "hold".
AGENT = """
import http.server, json, os, pathlib, sys, time

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.reply({})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with open("asked.txt", "a") as file:
            file.write(asked["key"] + "\\n")
        if pathlib.Path("hold").exists() and len(pathlib.Path("asked.txt").read_text().split()) > 4:
            time.sleep(600)
        self.reply({"reply": "refund", "calls": [{"name": "issue_refund", "args": {"order_id": "A-1"}}]})

    def reply(self, document):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, *_):
        pass

pathlib.Path("agent.pid").write_text(str(os.getpid()))
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
def gate(quiet_environment: dict[str, str], prefect_server: str) -> Iterator[Gate]:
    """Starts ``sluice gate`` in a process of its own, pointed at the server; none is left at the end."""
    processes: list[subprocess.Popen[str]] = []

    def start(place: Place, engine: str, *, server: str = prefect_server) -> "subprocess.Popen[str]":
        options = ["gate", "--config", place.config, "--baseline", "none", "--engine", engine]
        process = subprocess.Popen(
            [sys.executable, "-m", "interfaces.cli.main", *options],
            cwd=place.project.root,
            env=quiet_environment | {"PYTHONPATH": str(ROOT), "PREFECT_API_URL": server},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def with_started_agent(place: Place) -> Place:
    (place.project.root / "agent.py").write_text(AGENT, encoding="utf8")
    url = "http://127.0.0.1:{{port}}/ask"
    settings = http_agent(url, version="1", concurrency=1, start="python agent.py {{port}}", health=url)
    place.project.settings(agent=settings, policy=FLOOR)
    return place


def asked(place: Place) -> list[str]:
    path = place.project.root / "asked.txt"
    return path.read_text(encoding="utf8").split() if path.exists() else []


def until_asked(place: Place, number: int, process: "subprocess.Popen[str]") -> None:
    until = time.monotonic() + 60
    while len(asked(place)) < number:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, asked(place)
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("engine", ["inline", "prefect"])
def test_a_signal_stops_the_gate_keeps_its_answers_and_the_next_gate_asks_only_what_is_left(
    place: Places, gate: Gate, engine: str, number: signal.Signals
):
    here = with_started_agent(place("project"))
    (here.project.root / "hold").touch()

    first = gate(here, engine)
    until_asked(here, 5, first)
    agent = int((here.project.root / "agent.pid").read_text(encoding="utf8"))
    first.send_signal(number)
    # the request that is held never comes back, and is given up when its time to finish is over
    out, err = first.communicate(timeout=60)
    assert (first.returncode, out) == (130, "")
    assert "stopped; what was committed is kept" in err
    assert "Traceback" not in err
    assert agent not in {process.pid for process in running()}
    (left,) = rows(here)
    assert (left["state"], len(left["trials"]), left["verdict"]) == ("cancelled", 4, None)

    (here.project.root / "hold").unlink()
    second = gate(here, engine)
    out, err = second.communicate(timeout=120)
    assert (second.returncode, out.split(":")[0].strip()) == (0, "PASS"), err
    (run,) = rows(here)
    # 4 answered and 1 given up, then the 8 that are left
    assert (len(asked(here)), len(run["trials"]), run["state"]) == (13, 12, "finished")
    assert len(set(asked(here))) == 12
    assert set(left["trials"]) < set(run["trials"])


def test_prefect_says_nothing_on_the_terminal_and_all_in_its_log(place: Places, gate: Gate):
    here = place("project")
    here.settings(connect_tries=1)
    here.agent.answer = lambda body, _: None if body["key"] == "case-00/0" else {"reply": "refund", "calls": []}
    process = gate(here, "prefect")
    out, err = process.communicate(timeout=120)
    assert out.split(":")[0].strip() == "FAIL"
    assert [line for line in err.splitlines() if "trials" not in line] == []
    log = (here.project.root / ".sluice" / "logs" / "prefect.log").read_text(encoding="utf8")
    assert "Task run 'trial case-00#0'" in log


def test_a_server_that_is_not_there_is_told_in_a_sentence(place: Places, gate: Gate):
    # port 9 (discard): nobody listens there
    process = gate(place("project"), "auto", server="http://127.0.0.1:9/api")
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (4, "")
    assert "the Prefect server does not answer" in err
    assert "--engine inline" in err
    assert "Traceback" not in err

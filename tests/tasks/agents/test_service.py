"""An agent that Sluice starts: waited for, quoted when it dies, and never left running."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from sluice.errors import AgentUnreachableError, UsageError
from sluice.settings.agent import AgentSettings
from tasks._agents import start_agent
from tasks._agents.processes import end_process, ending, resolve_program, start_process
from tasks._agents.service import free_port
from tasks.policy import AgentDownError
from tests.tasks.agents.misbehaving import a_request, an_agent, is_gone, is_running, says, written_pid

SERVICE = '''
"""An agent of the standard library: GET /health, POST /ask; options make it misbehave."""
import http.server, json, os, pathlib, signal, subprocess, sys, time

port, options = int(sys.argv[1]), sys.argv[2:]
here = pathlib.Path.cwd()
(here / "pid").write_text(str(os.getpid()))
print("starting on", port, flush=True)
if "die" in options:
    print("cannot read prompts.yaml", file=sys.stderr, flush=True)
    sys.exit(3)
if "child" in options:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    (here / "child").write_text(str(child.pid))
if "stubborn" in options:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "slow" in options:
    time.sleep(0.4)
if "noisy" in options:
    sys.stdout.write(("x" * 99 + "\\n") * 200_000)
if "never" in options:
    print("waiting for the database", flush=True)
    time.sleep(60)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.reply({})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if "dies_when_asked" in options:
            print("segmentation fault, nearly", flush=True)
            os._exit(9)
        self.reply({"reply": os.environ.get("OTEL_BSP_SCHEDULE_DELAY"), "argv": options})

    def reply(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
'''


@pytest.fixture
def root(tmp_path):
    (tmp_path / "service.py").write_text(SERVICE, encoding="utf8")
    return tmp_path


def settings(*options: str, **more: object) -> dict[str, object]:
    return {
        "start": " ".join(["python service.py {{port}}", *options]),
        "health": "http://127.0.0.1:{{port}}/health",
        "http": {"url": "http://127.0.0.1:{{ port }}/ask", "answer": "$.reply"},
        **more,
    }


async def test_it_is_started_on_a_free_port_asked_and_ended(root):
    async with an_agent(root, **settings("slow", "child")) as agent:
        run = await agent.ask(a_request())
        assert is_running(written_pid(root / "pid"))
    assert run.output == "200"  # spans of a started agent come within 200 ms
    assert is_gone(written_pid(root / "pid"))
    assert is_gone(written_pid(root / "child"))
    assert (root / ".sluice" / "logs" / "agent.log").read_text(encoding="utf8").startswith("starting on")


async def test_without_a_health_address_the_port_is_waited_for(root):
    async with an_agent(root, **settings("slow", health=None)) as agent:
        assert (await agent.ask(a_request())).status == "completed"


async def test_what_is_filled_in_stays_one_word_and_no_shell_reads_it(root):
    started = AgentSettings.model_validate(
        settings(
            start="python service.py {{port}} {{version}} '$HOME' ';' rm",
            http={"url": "http://127.0.0.1:{{port}}/", "answer": "$.argv"},
        )
    )
    agent = await start_agent(started, root=root, version="a b; c")
    try:
        run = await agent.ask(a_request())
    finally:
        await agent.close()
    assert run.output == ["a b; c", "$HOME", ";", "rm"]


async def test_one_that_dies_is_quoted_at_once(root):
    started = time.perf_counter()
    with pytest.raises(AgentDownError) as caught:
        async with an_agent(root, **settings("die")):
            pass
    assert time.perf_counter() - started < 5
    assert "ended with exit status 3" in str(caught.value)
    assert "  | cannot read prompts.yaml" in str(caught.value)


async def test_one_that_is_never_healthy_is_quoted_and_ended(root):
    with pytest.raises(AgentDownError, match=r"not healthy within 0\.5 s") as caught:
        async with an_agent(root, **settings("never", start_timeout_s=0.5)):
            pass
    assert "waiting for the database" in str(caught.value)
    assert is_gone(written_pid(root / "pid"))


async def test_one_that_ignores_being_asked_to_end_is_killed(root):
    argv = ["python", "service.py", str(free_port()), "stubborn", "child"]
    process = await start_process(argv, cwd=root, env=os.environ, stdout=False)
    while not (root / "child").exists():
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)
    await end_process(process, grace_s=0.3)
    assert ending(process) == "was ended by SIGKILL"
    assert is_gone(written_pid(root / "child"))


async def test_one_whose_health_never_fails_but_who_dies_when_asked_is_down_for_good(root):
    async with an_agent(root, **settings("dies_when_asked")) as agent:
        with pytest.raises(AgentDownError, match="ended with exit status 9") as caught:
            await agent.ask(a_request())
        with pytest.raises(AgentDownError, match="exit status 9"):
            await agent.ask(a_request())
    assert "segmentation fault, nearly" in str(caught.value)


async def test_a_failure_of_the_run_and_a_cancellation_leave_nothing_running(root):
    async def run() -> None:
        async with an_agent(root, **settings("child")):
            await asyncio.sleep(60)

    task = asyncio.create_task(run())
    while not (root / "child").exists():
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert is_gone(written_pid(root / "pid"))
    assert is_gone(written_pid(root / "child"))
    with pytest.raises(ZeroDivisionError):
        async with an_agent(root, **settings()):
            raise ZeroDivisionError
    assert is_gone(written_pid(root / "pid"))


async def test_a_cancelled_start_leaves_nothing_running(root):
    task = asyncio.create_task(
        start_agent(AgentSettings.model_validate(settings("never")), root=root, version="v", env=dict(os.environ))
    )
    while not (root / "pid").exists():
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert is_gone(written_pid(root / "pid"))


async def test_whoever_answers_before_the_start_is_not_tested_in_its_place(root, loopback):
    loopback.handler = says("{}")
    with pytest.raises(AgentDownError, match="something already answers"):
        async with an_agent(
            root, start=f"python service.py {loopback.port}", health=loopback.url, http={"url": loopback.url}
        ):
            pass
    assert not (root / "pid").exists()


async def test_an_agent_that_somebody_else_runs_must_be_healthy(root, loopback):
    loopback.handler = says("{}", status=503)
    with pytest.raises(AgentUnreachableError, match="answers HTTP 503"):
        async with an_agent(root, health=loopback.url, http={"url": loopback.url}):
            pass
    loopback.handler = says("{}")
    async with an_agent(root, health=loopback.url, http={"url": loopback.url}) as agent:
        assert (await agent.ask(a_request())).status == "completed"


async def test_a_noisy_agent_never_waits_for_its_log_and_the_log_is_bounded(root):
    async with an_agent(root, **settings("noisy")) as agent:
        assert (await agent.ask(a_request())).status == "completed"
    logs = root / ".sluice" / "logs"
    sizes = {path.name: path.stat().st_size for path in logs.iterdir()}
    # 20 MB were printed; two halves of at most 8 MB are kept.
    assert sorted(sizes) == ["agent.log", "agent.log.1"]
    assert all(size <= 8_000_000 for size in sizes.values())


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ("python 'service.py", "agent.start cannot be read: no closing quotation"),
        ("  ", "agent.start is empty"),
        ("python {{ports}}", r"did you mean"),
        ("no-such-program --x", "no-such-program"),
        ("./service.py", "not there or not executable"),
    ],
)
async def test_a_start_that_cannot_be_carried_out_says_so(root, start, message):
    with pytest.raises((UsageError, AgentDownError), match=message):
        async with an_agent(root, start=start, http={"url": "http://127.0.0.1:1/"}):
            pass


def test_python_means_the_interpreter_sluice_runs_in(tmp_path):
    assert resolve_program(["python", "-m", "x"], cwd=tmp_path, env={"PATH": "/nowhere"}) == [sys.executable, "-m", "x"]
    (tmp_path / "mine").write_text("#!/bin/sh\n", encoding="utf8")
    (tmp_path / "mine").chmod(0o755)
    assert resolve_program(["./mine"], cwd=tmp_path, env={}) == [str(tmp_path / "mine")]


async def test_the_agent_does_not_hear_the_interrupt_of_our_terminal(root):
    async with an_agent(root, **settings()) as agent:
        pid = written_pid(root / "pid")
        assert os.getpgid(pid) == pid != os.getpgid(0)
        os.kill(pid, signal.SIGCONT)
        assert (await agent.ask(a_request())).status == "completed"


RUNNER = """
import asyncio, pathlib, sys
from sluice.settings.agent import AgentSettings
from tasks._agents import open_agent

async def main():
    settings = AgentSettings.model_validate_json(sys.argv[1])
    async with open_agent(settings, root=pathlib.Path(sys.argv[2]), version="v"):
        print("open", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_even_a_sluice_that_is_killed_leaves_no_agent_running(root):
    written = AgentSettings.model_validate(settings()).model_dump_json()
    here = Path(__file__).parents[3]
    runner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUNNER, written, str(root), cwd=here, stdout=asyncio.subprocess.PIPE
    )
    assert await runner.stdout.readline() == b"open\n"
    assert is_running(written_pid(root / "pid"))
    runner.kill()
    await runner.wait()
    assert is_gone(written_pid(root / "pid"))

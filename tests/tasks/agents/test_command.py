"""An agent that is a program: one process a trial, or long-lived ones that answer line by line."""

import asyncio
import json
import os
import re
import stat

import pytest

from sluice.errors import UsageError
from sluice.traces.calls import ToolCall
from tasks.policy import AgentDownError
from tests.tasks.agents.misbehaving import a_request, an_agent, is_gone, written_pid


def text_agent(code: str, *words: str, **more: object) -> dict[str, object]:
    return {"command": {"argv": ["python", "-c", code, *words], **more}}


async def test_text_mode_takes_what_is_printed_as_the_answer(tmp_path):
    code = "import sys; print('you said', sys.argv[1:]); print('debug', file=sys.stderr)"
    async with an_agent(tmp_path, **text_agent(code, "-p", "{{input}}", "{{trial}}")) as agent:
        run = await agent.ask(a_request("$(id); 'x'"))
    assert (run.status, run.output) == ("completed", "you said ['-p', \"$(id); 'x'\", '2']")
    assert run.tool_calls is None
    assert (tmp_path / ".sluice" / "logs" / "agent.log").read_text(encoding="utf8") == "debug\n"


async def test_text_mode_reads_json_with_output_as_a_recorded_run(tmp_path):
    reply = {"output": "done", "tool_calls": [{"name": "pay", "args": {"amount": 1}}], "cost_usd": 0.5}
    async with an_agent(tmp_path, **text_agent(f"print({json.dumps(reply)!r})", "{{input}}")) as agent:
        run = await agent.ask(a_request())
    assert (run.output, run.tool_calls, run.cost_usd) == ("done", (ToolCall(name="pay", args={"amount": 1}),), 0.5)


@pytest.mark.parametrize("said", ['{"total": 3}', '{"output": broken', "[1, 2]"])
async def test_text_mode_takes_any_other_json_as_text(tmp_path, said):
    async with an_agent(tmp_path, **text_agent(f"print({said!r})", "{{input}}")) as agent:
        run = await agent.ask(a_request())
    assert (run.status, run.output) == ("completed", said)


async def test_the_input_is_read_from_stdin_where_argv_does_not_name_it(tmp_path):
    code = "import os, sys; print(sys.stdin.read().upper(), os.environ['TRACEPARENT'], os.environ['MODE'])"
    request = a_request("höh")
    async with an_agent(tmp_path, **text_agent(code, env={"MODE": "v={{version}}"})) as agent:
        run = await agent.ask(request)
    assert run.output == f"HÖH {request.traceparent} v=v7"


async def test_a_program_that_reads_nothing_of_a_long_input_is_no_fault(tmp_path):
    async with an_agent(tmp_path, **text_agent("print('fine')")) as agent:
        run = await agent.ask(a_request("x" * 1_000_000))
    assert run.output == "fine"


async def test_another_exit_status_is_a_failed_trial_that_quotes_the_errors(tmp_path):
    code = "import sys; print('half an answer'); print('no key', file=sys.stderr); sys.exit(2)"
    async with an_agent(tmp_path, **text_agent(code, "{{input}}")) as agent:
        run = await agent.ask(a_request())
    assert run.status == "aborted"
    assert "ended with exit status 2" in run.error
    assert "  | no key" in run.error


async def test_text_that_is_no_utf8_is_a_failed_trial(tmp_path):
    code = "import sys; sys.stdout.buffer.write(b'a\\xff')"
    async with an_agent(tmp_path, **text_agent(code, "{{input}}")) as agent:
        run = await agent.ask(a_request())
    assert (run.status, run.error) == ("aborted", "the answer is not UTF-8: byte 1 cannot be read")


async def test_an_output_without_end_is_cut_off_and_the_program_ended(tmp_path):
    code = "import os, pathlib; pathlib.Path('pid').write_text(str(os.getpid()))\nwhile True: print('x' * 9999)"
    async with an_agent(tmp_path, max_answer_bytes=100_000, **text_agent(code, "{{input}}")) as agent:
        run = await agent.ask(a_request())
    assert (run.status, run.error) == ("aborted", "the answer is longer than max_answer_bytes (100000)")
    assert is_gone(written_pid(tmp_path / "pid"))


SLEEPER = """
import os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path("child").write_text(str(child.pid))
pathlib.Path("pid").write_text(str(os.getpid()))
if "linger" not in sys.argv:
    time.sleep(60)
print("done")
"""


async def test_a_program_past_its_time_is_killed_with_all_it_started(tmp_path):
    async with an_agent(tmp_path, **text_agent(SLEEPER, "{{input}}")) as agent:
        run = await agent.ask(a_request(deadline_s=0.6))
    assert (run.status, run.error) == ("timed_out", "no answer within 0.6 s")
    assert is_gone(written_pid(tmp_path / "pid"))
    assert is_gone(written_pid(tmp_path / "child"))


async def test_a_child_that_keeps_the_output_open_does_not_hold_up_the_answer(tmp_path):
    async with an_agent(tmp_path, **text_agent(SLEEPER, "{{input}}", "linger")) as agent:
        run = await agent.ask(a_request(deadline_s=10))
    assert (run.status, run.output) == ("completed", "done")
    assert run.latency_s < 5
    assert is_gone(written_pid(tmp_path / "child"))


async def test_a_cancelled_trial_leaves_no_process(tmp_path):
    async with an_agent(tmp_path, **text_agent(SLEEPER, "{{input}}")) as agent:
        task = asyncio.create_task(agent.ask(a_request()))
        while not (tmp_path / "pid").exists():
            await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert is_gone(written_pid(tmp_path / "pid"))
        assert is_gone(written_pid(tmp_path / "child"))


async def test_an_input_too_long_for_an_argument_is_not_evaluated(tmp_path):
    async with an_agent(tmp_path, **text_agent("print(1)", "{{input}}")) as agent:
        with pytest.raises(AgentDownError, match="could not be started"):
            await agent.ask(a_request("x" * 10_000_000))


@pytest.mark.parametrize("mode", ["text", "line"])
async def test_a_program_that_is_not_there_is_known_at_once(tmp_path, mode):
    with pytest.raises(AgentDownError, match="no-such-program"):
        async with an_agent(tmp_path, command={"argv": ["no-such-program"], "mode": mode}):
            pass


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ({"argv": ["x", "{{prompt}}"]}, r"agent.command.argv names {{prompt}}"),
        ({"argv": ["x", "{{input}}"], "mode": "line"}, r"argv \(line mode\) names {{input}}"),
        ({"argv": ["x"], "env": {"A": "{{input}}"}}, r"agent.command.env names {{input}}"),
        ({"argv": ["x"], "cwd": "nowhere"}, "agent.command.cwd is not a folder"),
        ({"argv": ["x"], "workdir": {"copy": "a"}}, "workdir is not supported yet"),
        ({"argv": ["x"], "workdir": {"copy": "a"}, "mode": "line"}, "workdir is not supported yet"),
    ],
)
async def test_a_command_that_cannot_be_carried_out_is_refused(tmp_path, command, message):
    with pytest.raises(UsageError, match=message):
        async with an_agent(tmp_path, command=command):
            pass


LINES = """
import json, os, sys, time
print("ready to serve", file=sys.stderr, flush=True)
served = 0
for line in sys.stdin:
    request = json.loads(line)
    served += 1
    text = request["input"]
    if text == "die":
        print("out of memory", file=sys.stderr, flush=True)
        os._exit(7)
    if text == "sleep":
        time.sleep(60)
    if text == "long":
        sys.stdout.write("x" * 300_000)
    if text == "garbage":
        print("not json", flush=True)
        continue
    if text == "wrong":
        print(json.dumps({"status": "great"}), flush=True)
        continue
    if text == "wait":
        time.sleep(0.3)
    reply = {"output": text.upper(), "tool_calls": [], "agent_version": str(os.getpid()), "turns": [{"served": served}]}
    print(json.dumps(reply), flush=True)
    if text == "twice":
        print(json.dumps({"output": "nobody asked"}), flush=True)
"""


@pytest.fixture
def lines(tmp_path):
    (tmp_path / "agent.py").write_text(LINES, encoding="utf8")
    return {"command": {"argv": ["python", "-u", "agent.py"], "mode": "line"}, "max_answer_bytes": 100_000}


async def test_line_mode_keeps_its_process_and_sends_one_object_a_line(tmp_path, lines):
    async with an_agent(tmp_path, **lines) as agent:
        runs = [await agent.ask(a_request(text)) for text in ("one", "two\nlines", "three")]
    assert [run.output for run in runs] == ["ONE", "TWO\nLINES", "THREE"]
    assert [run.turns[0]["served"] for run in runs] == [1, 2, 3]
    assert {run.agent_version for run in runs} == {runs[0].agent_version}
    assert runs[0].tool_calls == ()
    assert is_gone(int(runs[0].agent_version))


async def test_as_many_processes_run_as_trials_are_under_way(tmp_path, lines):
    async with an_agent(tmp_path, concurrency=3, **lines) as agent:
        runs = await asyncio.gather(*(agent.ask(a_request("wait")) for _ in range(6)))
    assert {run.status for run in runs} == {"completed"}
    assert len({run.agent_version for run in runs}) == 3


@pytest.mark.parametrize(
    ("stimulus", "status", "reason"),
    [
        ("die", "aborted", "ended with exit status 7 before it answered"),
        ("garbage", "aborted", "the answer is not JSON .*not json"),
        ("long", "aborted", r"longer than max_answer_bytes \(100000\)"),
        ("wrong", "aborted", "status must be one of"),
        ("sleep", "timed_out", "no answer within 0.7 s"),
    ],
)
async def test_a_process_that_fails_one_trial_does_not_spoil_the_next(tmp_path, lines, stimulus, status, reason):
    async with an_agent(tmp_path, **lines) as agent:
        failed = await agent.ask(a_request(stimulus, deadline_s=0.7))
        after = await agent.ask(a_request("next"))
    assert failed.status == status
    assert re.search(reason, failed.error)
    assert (after.status, after.output) == ("completed", "NEXT")


async def test_the_last_words_of_a_process_that_died_are_quoted(tmp_path, lines):
    async with an_agent(tmp_path, **lines) as agent:
        failed = await agent.ask(a_request("die"))
    assert "  | out of memory" in failed.error


async def test_a_line_nobody_asked_for_is_never_taken_for_the_next_answer(tmp_path, lines):
    async with an_agent(tmp_path, **lines) as agent:
        first = await agent.ask(a_request("twice"))
        await asyncio.sleep(0.1)
        second = await agent.ask(a_request("second"))
    assert (first.output, second.output) == ("TWICE", "SECOND")
    assert first.agent_version != second.agent_version


async def test_a_stimulus_that_is_no_json_cannot_be_sent(tmp_path, lines):
    async with an_agent(tmp_path, **lines) as agent:
        with pytest.raises(AgentDownError, match="cannot be sent"):
            await agent.ask(a_request({"x": float("nan")}))


async def test_a_cancelled_trial_ends_its_process(tmp_path, lines):
    async with an_agent(tmp_path, **lines) as agent:
        before = await agent.ask(a_request("one"))
        task = asyncio.create_task(agent.ask(a_request("sleep")))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert is_gone(int(before.agent_version))


async def test_a_program_is_run_without_a_shell_in_its_folder(tmp_path):
    folder = tmp_path / "agent folder"
    folder.mkdir()
    program = folder / "run"
    program.write_text('#!/bin/sh\npwd\nprintf "%s\\n" "$1"\n', encoding="utf8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    async with an_agent(tmp_path, command={"argv": ["./run", "{{input}}"], "cwd": "agent folder"}) as agent:
        run = await agent.ask(a_request("a; b"))
    assert run.output == f"{os.path.realpath(folder)}\na; b"

"""An agent that is a Python function: run in a process of its own, by an interpreter of its own."""

import sys
import textwrap

import pytest

from sluice.errors import UsageError
from sluice.traces.calls import ToolCall
from tasks.policy import AgentDownError
from tests.tasks.agents.misbehaving import a_request, an_agent, is_gone

MODULE = """
import asyncio, os, sys

print("imported, and printing to stdout")


def echo(request):
    print("working on", request["input"])
    os.system("echo a child prints too")
    return request["input"].upper()


async def patient(request):
    await asyncio.sleep(0.01)
    return {
        "output": {"pid": os.getpid(), "trace": os.environ["TRACEPARENT"]},
        "tool_calls": [{"name": "look", "args": {"id": 1}}],
    }


class Team:
    @staticmethod
    def ask(request):
        return [request["trial"], request["conversation_id"]]


def fails(request):
    raise RuntimeError("no such order")


def leaves(request):
    sys.exit(4)


def vanishes(request):
    os._exit(5)


def nothing(request):
    return None


def not_json(request):
    return {1, 2}


def not_a_number(request):
    return float("nan")


def sees(request):
    import http, logging, json
    return [http.__file__.startswith(sys.base_prefix), os.getcwd(), "sluice" in sys.modules]

number = 7
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "bot.py").write_text(MODULE, encoding="utf8")
    return tmp_path


def python(name: str, **more: object) -> dict[str, object]:
    return {"python": {"target": f"bot:{name}", "cwd": "mine", **more}}


async def test_what_the_function_prints_never_mixes_with_its_answers(root):
    async with an_agent(root, **python("echo")) as agent:
        runs = [await agent.ask(a_request(text)) for text in ("one", "two")]
    assert [run.output for run in runs] == ["ONE", "TWO"]
    assert runs[0].tool_calls is None
    log = (root / ".sluice" / "logs" / "agent.log").read_text(encoding="utf8")
    assert "imported, and printing to stdout\nworking on one\na child prints too\n" in log


async def test_an_async_function_may_return_a_recorded_run(root):
    request = a_request()
    async with an_agent(root, **python("patient")) as agent:
        run = await agent.ask(request)
    assert run.output["trace"] == request.traceparent
    assert run.tool_calls == (ToolCall(name="look", args={"id": 1}),)
    assert is_gone(run.output["pid"])


async def test_any_json_value_is_an_answer_and_a_target_may_be_nested(root):
    request = a_request()
    async with an_agent(root, **python("Team.ask")) as agent:
        run = await agent.ask(request)
    assert run.output == [2, request.conversation_id]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("fails", "RuntimeError: no such order"),
        ("leaves", "SystemExit: 4"),
        ("vanishes", "ended with exit status 5 before it answered"),
        ("nothing", "the reply has no output"),
        ("not_json", "TypeError: Object of type set is not JSON serializable"),
        ("not_a_number", "ValueError: Out of range float values are not JSON compliant"),
    ],
)
async def test_a_function_that_fails_is_a_failed_trial_with_its_error(root, name, reason):
    async with an_agent(root, **python(name)) as agent:
        run = await agent.ask(a_request())
        again = await agent.ask(a_request())
    assert run.status == again.status == "aborted"
    assert reason in run.error


async def test_nothing_of_ours_stands_in_the_way_of_its_imports(root):
    async with an_agent(root, **python("sees")) as agent:
        run = await agent.ask(a_request())
    assert run.output == [True, str(root / "mine"), False]


@pytest.mark.parametrize(
    ("name", "reason"), [("absent", "no attribute 'absent'"), ("number", "TypeError: bot:number is not callable")]
)
async def test_a_function_that_cannot_be_imported_is_known_before_the_first_trial(root, name, reason):
    with pytest.raises(AgentDownError, match="could not be imported") as caught:
        async with an_agent(root, **python(name)):
            pass
    assert reason in str(caught.value)


async def test_a_module_that_never_ends_importing_is_given_up(root):
    (root / "mine" / "bot.py").write_text("import time\nprint('loading weights')\ntime.sleep(60)\n", encoding="utf8")
    with pytest.raises(AgentDownError, match=r"not imported within 0\.5 s") as caught:
        async with an_agent(root, start_timeout_s=0.5, **python("echo")):
            pass
    assert "loading weights" in str(caught.value)


async def test_a_module_that_kills_its_interpreter_is_known_before_the_first_trial(root):
    (root / "mine" / "bot.py").write_text("import os\nos._exit(6)\n", encoding="utf8")
    with pytest.raises(AgentDownError, match="ended with exit status 6"):
        async with an_agent(root, **python("echo")):
            pass


async def test_the_interpreter_is_the_agents_own(root):
    wrapper = root / "mine" / "python-of-mine"
    wrapper.write_text(f'#!/bin/sh\nMINE=yes exec {sys.executable} "$@"\n', encoding="utf8")
    wrapper.chmod(0o755)
    (root / "mine" / "bot.py").write_text(
        textwrap.dedent("import os\ndef who(request): return os.environ['MINE']"), encoding="utf8"
    )
    async with an_agent(root, **python("who", interpreter="mine/python-of-mine")) as agent:
        assert (await agent.ask(a_request())).output == "yes"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "bot.echo"}, "of the form pkg.mod:function"),
        ({"target": "bot:echo", "cwd": "nowhere"}, "agent.python.cwd is not a folder"),
    ],
)
async def test_a_target_that_cannot_be_one_is_refused(tmp_path, settings, message):
    with pytest.raises(UsageError, match=message):
        async with an_agent(tmp_path, python=settings):
            pass

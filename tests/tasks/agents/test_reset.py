"""The world is put back before a trial; where that fails, the trial would say nothing."""

import asyncio
import json
import re

import pytest

from sluice.errors import AgentUnreachableError, UsageError
from tests.tasks.agents.misbehaving import a_request, an_agent, response, says


def by_http(loopback, reset: str, **more: object) -> dict[str, object]:
    base = f"http://127.0.0.1:{loopback.port}"
    return {"http": {"url": f"{base}/ask"}, "reset": {"http": reset.replace("BASE", base), **more}}


async def test_the_world_is_put_back_before_every_trial_with_its_setup(loopback, tmp_path):
    loopback.handler = says('"ok"')
    async with an_agent(tmp_path, **by_http(loopback, "PUT BASE/reset/{{trial_key}}")) as agent:
        request = a_request(setup={"fixture": "small"})
        await agent.ask(request)
        await agent.ask(a_request())
    assert [(got.method, got.path.split("/")[1]) for got in loopback.received] == [
        ("PUT", "reset"),
        ("POST", "ask"),
    ] * 2
    assert loopback.received[0].path == f"/reset/{request.trial_key}"
    assert json.loads(loopback.received[0].body)["setup"] == {"fixture": "small"}


async def test_before_the_run_it_is_put_back_once(loopback, tmp_path):
    loopback.handler = says('"ok"')
    async with an_agent(tmp_path, **by_http(loopback, "BASE/reset", before="run")) as agent:
        await agent.ask(a_request())
        await agent.ask(a_request())
    assert [got.path for got in loopback.received] == ["/reset", "/ask", "/ask"]


@pytest.mark.parametrize(("reset", "most"), [("BASE/reset", 1), ("BASE/reset/{{trial_key}}", 4)])
async def test_a_world_that_trials_share_belongs_to_one_at_a_time(loopback, tmp_path, reset, most):
    at_once, seen = 0, 0

    async def counting(received, writer):
        nonlocal at_once, seen
        if received.path == "/ask":
            at_once += 1
            seen = max(seen, at_once)
            await asyncio.sleep(0.1)
            at_once -= 1
        writer.write(response('"ok"'))

    loopback.handler = counting
    async with an_agent(tmp_path, **by_http(loopback, reset)) as agent:
        await asyncio.gather(*(agent.ask(a_request()) for _ in range(4)))
    assert seen == most


async def test_a_world_that_could_not_be_put_back_leaves_the_trial_unasked(loopback, tmp_path):
    loopback.handler = says("database is locked", status=500, kind="text/plain")
    async with an_agent(tmp_path, **by_http(loopback, "BASE/reset")) as agent:
        with pytest.raises(AgentUnreachableError, match="answers HTTP 500: database is locked"):
            await agent.ask(a_request())
    assert [got.path for got in loopback.received] == ["/reset"]


async def test_a_reset_that_nobody_answers_or_that_takes_too_long_is_an_outside_fault(loopback, tmp_path):
    async def slow(_, writer):
        await asyncio.sleep(5)

    loopback.handler = slow
    async with an_agent(tmp_path, timeout_s=0.2, **by_http(loopback, "BASE/reset")) as agent:
        with pytest.raises(AgentUnreachableError, match=re.escape("not reset within 0.2 s")):
            await agent.ask(a_request())
    async with an_agent(tmp_path, **by_http(loopback, "http://127.0.0.1:1/reset")) as agent:
        with pytest.raises(AgentUnreachableError, match="could not be reset at"):
            await agent.ask(a_request())


async def test_a_program_may_put_the_world_back(loopback, tmp_path):
    loopback.handler = says('"ok"')
    code = "import json, pathlib, sys; r = json.load(sys.stdin); pathlib.Path(sys.argv[1]).write_text(r['trial_key'])"
    reset = {"command": ["python", "-c", code, "{{case_id}}.txt"]}
    async with an_agent(tmp_path, http={"url": loopback.url}, reset=reset) as agent:
        request = a_request()
        await agent.ask(request)
    assert (tmp_path / "refund.txt").read_text(encoding="utf8") == request.trial_key


async def test_a_program_that_fails_is_quoted(loopback, tmp_path):
    reset = {"command": ["python", "-c", "raise SystemExit('no fixture')"], "before": "run"}
    with pytest.raises(AgentUnreachableError, match=r"exit status 1(.|\n)*no fixture"):
        async with an_agent(tmp_path, http={"url": loopback.url}, reset=reset):
            pass


@pytest.mark.parametrize(
    ("reset", "message"),
    [
        ({}, "exactly one of http and command"),
        ({"http": "POST http://127.0.0.1/", "command": ["x"]}, "exactly one of http and command"),
        ({"http": "MOVE http://127.0.0.1/"}, "must begin with one of GET, POST"),
        ({"http": "POST 127.0.0.1/reset"}, "must begin with http://"),
        ({"http": "POST http://127.0.0.1/{{trialkey}}"}, "did you mean {{trial_key}}"),
        ({"http": "POST http://127.0.0.1/{{trial_key}}", "before": "run"}, "agent.reset names {{trial_key}}"),
    ],
)
async def test_a_reset_that_cannot_be_carried_out_is_refused(tmp_path, reset, message):
    with pytest.raises(UsageError, match=message):
        async with an_agent(tmp_path, http={"url": "http://127.0.0.1/"}, reset=reset):
            pass

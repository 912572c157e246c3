"""An agent behind HTTP: what counts as an answer, as a failed trial, and as an agent that was never reached."""

import asyncio
import gzip
import json
import re
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from sluice.errors import AgentUnreachableError, UsageError
from sluice.settings.agent import AgentSettings
from sluice.traces.calls import ToolCall
from tasks._agents import ask_policy
from tasks._agents.http_replies import Reply, pause_asked_for
from tasks.policy import AgentDownError, run_with_policy
from tests.tasks.agents.misbehaving import KEY, a_request, an_agent, hangs_up, in_turn, response, says


async def test_answer_calls_cost_and_tokens_are_read_where_the_paths_say(loopback, tmp_path):
    reply = {
        "reply": "On its way",
        "calls": [{"name": "look", "args": {"id": "A-1001"}, "result": "sent"}],
        "usage": {"cost": 0.25, "in": 10, "out": 4},
    }
    loopback.handler = says(json.dumps(reply))
    http = {
        "url": loopback.url,
        "answer": "$.reply",
        "calls": "$.calls",
        "cost_usd": "$.usage.cost",
        "input_tokens": "$.usage.in",
        "output_tokens": "$.usage['out']",
    }
    async with an_agent(tmp_path, http=http) as agent:
        request = a_request()
        run = await agent.ask(request)
    assert run.key == KEY
    assert (run.status, run.output, run.cost_usd, run.input_tokens, run.output_tokens) == (
        "completed",
        "On its way",
        0.25,
        10,
        4,
    )
    assert run.tool_calls == (ToolCall(name="look", args={"id": "A-1001"}, result="sent"),)
    assert run.trace_id == request.trace_id
    assert run.latency_s is not None
    assert 0 < run.latency_s < 5


async def test_templates_fill_url_headers_and_body_and_keep_the_types_of_whole_places(loopback, tmp_path):
    loopback.handler = says('"ok"')
    http = {
        "url": "{{env.BASE}}/ask/{{case_id}}?q={{input}}",
        "headers": {"X-Trial": "{{case_id}}-{{trial}}", "Authorization": "Bearer {{env.TOKEN}}"},
        "body": {"n": "{{trial}}", "text": "v {{version}}: {{input}}", "chat": "{{messages}}", "id": ["{{trial_key}}"]},
    }
    base = loopback.url.removesuffix("/ask")
    async with an_agent(tmp_path, env={"BASE": base, "TOKEN": "t0p"}, http=http) as agent:
        request = a_request("a&b {{env.TOKEN}}")
        await agent.ask(request)
    got = loopback.received[0]
    assert got.path == "/ask/refund?q=a%26b%20%7B%7Benv.TOKEN%7D%7D"
    assert (got.headers["x-trial"], got.headers["authorization"]) == ("refund-2", "Bearer t0p")
    assert got.headers["traceparent"] == request.traceparent
    assert json.loads(got.body) == {
        "n": 2,
        "text": "v v7: a&b {{env.TOKEN}}",  # what a case says is never read as a template
        "chat": [{"role": "user", "content": "a&b {{env.TOKEN}}"}],
        "id": [request.trial_key],
    }


async def test_without_a_body_the_agent_gets_the_request_object(loopback, tmp_path):
    loopback.handler = says('"ok"')
    async with an_agent(tmp_path, http={"url": loopback.url}) as agent:
        await agent.ask(a_request([{"role": "user", "content": "hi"}], now="2026-05-01T09:00:00Z"))
    body = json.loads(loopback.received[0].body)
    assert body["messages"] == [{"role": "user", "content": "hi"}]
    assert "input" not in body
    assert (body["case_id"], body["variant"], body["trial"], body["now"]) == ("refund", "p1", 2, "2026-05-01T09:00:00Z")


async def test_a_text_body_is_sent_as_text_and_get_sends_none(loopback, tmp_path):
    loopback.handler = says("plain", kind="text/plain")
    async with an_agent(tmp_path, http={"url": loopback.url, "body": "Q: {{input}}"}) as agent:
        run = await agent.ask(a_request("höh"))
    async with an_agent(tmp_path, http={"url": loopback.url, "method": "get"}) as agent:
        await agent.ask(a_request())
    assert run.output == "plain"
    assert loopback.received[0].body.decode() == "Q: höh"
    assert (loopback.received[1].method, loopback.received[1].body) == ("GET", b"")


async def test_a_line_break_in_the_input_begins_no_new_header(loopback, tmp_path):
    loopback.handler = says('"ok"')
    async with an_agent(tmp_path, http={"url": loopback.url, "headers": {"X-Q": "{{input}}"}}) as agent:
        run = await agent.ask(a_request("a\r\nX-Evil: 1"))
    assert run.status == "completed"
    assert loopback.received[0].headers["x-q"] == "a  X-Evil: 1"
    assert "x-evil" not in loopback.received[0].headers


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("$.calls", '{"a": 1}', None),
        ("$.calls", '{"a": 1, "calls": null}', None),
        ("$.calls", '{"a": 1, "calls": []}', ()),
        ("$.calls[*]", '{"a": 1, "calls": []}', ()),
        (None, '{"a": 1, "calls": [{"name": "x"}]}', None),
        ("$.m[*].calls[*]", '{"a": 1, "m": [{"calls": [{"name": "x"}]}, {"calls": [{"name": "y"}]}]}', ("x", "y")),
    ],
)
async def test_calls_the_response_does_not_tell_of_are_unknown_and_never_none(loopback, tmp_path, path, body, expected):
    loopback.handler = says(body)
    async with an_agent(tmp_path, http={"url": loopback.url, "answer": "$.a", "calls": path}) as agent:
        run = await agent.ask(a_request())
    assert run.status == "completed"
    names = None if run.tool_calls is None else tuple(call.name for call in run.tool_calls)
    assert names == expected


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        ("<html>oops</html>", "text/html", "the answer is not JSON .*<html>oops"),
        ('{"reply": NaN}', "application/json", "the answer holds NaN"),
        ('{"reply": 1e999}', "application/json", "out of range: 1e999"),
        ('{"text": "hi"}', "application/json", "no answer where one was agreed"),
        ('{"reply": null}', "application/json", "the answer is null"),
        ('{"reply": "a", "calls": ["look"]}', "application/json", "tool call 0 must be an object"),
        ('{"reply": "a", "calls": [{}]}', "application/json", "tool call 0 names no tool"),
        (b"\xff\xfe{}", "application/json", "not UTF-8: byte 0"),
        ("[" * 100_000, "application/json", "nests too deep"),
        ("", "application/json", "the answer is not JSON"),
    ],
)
async def test_an_answer_outside_the_agreed_format_is_a_failed_trial_with_its_reason(
    loopback, tmp_path, body, kind, reason
):
    loopback.handler = says(body, kind=kind)
    async with an_agent(tmp_path, http={"url": loopback.url, "answer": "$.reply", "calls": "$.calls"}) as agent:
        run = await agent.ask(a_request())
    assert run.status == "aborted"
    assert run.error is not None
    assert re.search(reason, run.error)
    assert len(loopback.received) == 1


@pytest.mark.parametrize("status", [400, 403, 409, 422, 500, 501, 507])
async def test_an_error_of_the_agent_itself_is_a_failed_trial_that_quotes_it(loopback, tmp_path, status):
    loopback.handler = says("Traceback: boom", status=status, kind="text/plain")
    async with an_agent(tmp_path, http={"url": loopback.url}) as agent:
        run = await agent.ask(a_request())
    assert (run.status, run.error) == ("aborted", f"the agent answered HTTP {status}: Traceback: boom")
    assert run.tool_calls is None


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_gateway_that_lost_the_agent_deserves_another_try(loopback, tmp_path, status):
    loopback.handler = in_turn(says("", status=status), says('"here again"'))
    settings = AgentSettings.model_validate({"http": {"url": loopback.url}})
    async with an_agent(tmp_path, http={"url": loopback.url}) as agent:
        run = await run_with_policy(ask_policy(settings), lambda: agent.ask(a_request()))
    assert (run.output, len(loopback.received)) == ("here again", 2)


@pytest.mark.parametrize("status", [301, 307, 401, 404, 405, 407])
async def test_a_wrong_address_is_not_reached_and_not_tried_again(loopback, tmp_path, status):
    loopback.handler = says("no", status=status, headers={"Location": "http://127.0.0.1:1/"})
    settings = AgentSettings.model_validate({"http": {"url": loopback.url}})
    async with an_agent(tmp_path, http={"url": loopback.url}) as agent:
        with pytest.raises(AgentDownError, match=f"HTTP {status}"):
            await run_with_policy(ask_policy(settings), lambda: agent.ask(a_request()))
    assert len(loopback.received) == 1


@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_retry_after_holds_back_every_request_to_that_agent(loopback, tmp_path, form):
    # An HTTP date has whole seconds: 2 s from now is 1 to 2 s away.
    wait = "0.3" if form == "seconds" else format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    loopback.handler = in_turn(says("", status=503, headers={"Retry-After": wait}), says('"ok"'))
    async with an_agent(tmp_path, http={"url": loopback.url}) as agent:
        with pytest.raises(AgentUnreachableError, match="is not available"):
            await agent.ask(a_request())
        started = time.perf_counter()
        run = await agent.ask(a_request(deadline_s=0.2))
        waited = time.perf_counter() - started
    assert run.status == "completed"
    assert waited >= (0.25 if form == "seconds" else 0.5)
    assert run.latency_s < 0.2  # the pause is not the agent's latency, nor does it eat its time


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("5", 5.0), ("86400", 60.0), ("-3", 0.0), ("nan", 0.0), ("soon", 0.0), ("", 0.0)],
)
def test_a_pause_is_bounded_and_never_negative(asked, expected):
    reply = Reply(url="http://a", status=503, headers={"retry-after": asked}, body=b"")
    assert pause_asked_for(reply) == expected


async def test_a_refused_connection_is_not_reached(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    async with an_agent(tmp_path, http={"url": f"http://127.0.0.1:{port}/"}) as agent:
        with pytest.raises(AgentUnreachableError, match="could not be reached"):
            await agent.ask(a_request())


async def test_a_connection_reset_before_a_reply_is_tried_again(loopback, tmp_path):
    loopback.handler = in_turn(hangs_up, says('"ok"'))
    settings = AgentSettings.model_validate({"http": {"url": loopback.url}})
    async with an_agent(tmp_path, http={"url": loopback.url}) as agent:
        run = await run_with_policy(ask_policy(settings), lambda: agent.ask(a_request()))
    assert (run.output, len(loopback.received)) == ("ok", 2)


async def test_an_answer_that_breaks_off_is_a_failed_trial(loopback, tmp_path):
    async def half(_, writer):
        writer.write(response('{"reply": "' + "x" * 100)[:-50])
        await writer.drain()
        writer.close()

    loopback.handler = half
    async with an_agent(tmp_path, http={"url": loopback.url}) as agent:
        run = await agent.ask(a_request())
    assert run.status == "aborted"
    assert run.error.startswith("the answer broke off after 61 bytes")  # 111 bytes were promised, the last 50 withheld


async def test_a_slow_answer_has_timed_out(loopback, tmp_path):
    async def slow(_, writer):
        await asyncio.sleep(5)
        writer.write(response('"late"'))

    loopback.handler = slow
    async with an_agent(tmp_path, http={"url": loopback.url}) as agent:
        run = await agent.ask(a_request(deadline_s=0.2))
    assert (run.status, run.error) == ("timed_out", "no answer within 0.2 s")
    assert 0.2 <= run.latency_s < 1


async def test_an_answer_that_never_ends_has_timed_out(loopback, tmp_path):
    async def endless(_, writer):
        writer.write(b"HTTP/1.1 200 X\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            writer.write(b"drip ")
            await writer.drain()
            await asyncio.sleep(0.02)

    loopback.handler = endless
    async with an_agent(tmp_path, http={"url": loopback.url}) as agent:
        run = await agent.ask(a_request(deadline_s=0.3))
    assert run.status == "timed_out"


@pytest.mark.parametrize("packed", [False, True])
async def test_a_huge_answer_is_cut_off_while_it_comes(loopback, tmp_path, packed):
    huge = b"x" * 20_000_000
    loopback.handler = (
        says(gzip.compress(huge), headers={"Content-Encoding": "gzip"}) if packed else says(huge, kind="text/plain")
    )
    async with an_agent(tmp_path, http={"url": loopback.url}, max_answer_bytes=100_000) as agent:
        run = await agent.ask(a_request())
    assert (run.status, run.error) == ("aborted", "the answer is longer than max_answer_bytes (100000)")


async def test_a_large_answer_is_read_whole(loopback, tmp_path):
    loopback.handler = says(json.dumps({"reply": "y" * 1_000_000}))
    async with an_agent(tmp_path, http={"url": loopback.url, "answer": "$.reply"}) as agent:
        run = await agent.ask(a_request())
    assert len(run.output) == 1_000_000


async def test_a_broken_compression_is_a_failed_trial(loopback, tmp_path):
    loopback.handler = says(b"no gzip", headers={"Content-Encoding": "gzip"})
    async with an_agent(tmp_path, http={"url": loopback.url}) as agent:
        run = await agent.ask(a_request())
    assert run.status == "aborted"


async def test_no_more_requests_are_under_way_than_the_agent_can_take(loopback, tmp_path):
    at_once, most = 0, 0

    async def counting(_, writer):
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.02)
        at_once -= 1
        writer.write(response('"ok"'))

    loopback.handler = counting
    async with an_agent(tmp_path, http={"url": loopback.url}, concurrency=3) as agent:
        runs = await asyncio.gather(*(agent.ask(a_request(deadline_s=0.5)) for _ in range(30)))
    assert {run.status for run in runs} == {"completed"}  # waiting for a slot is not the agent's time
    assert most == 3


@pytest.mark.parametrize(
    ("http", "message"),
    [
        ({"url": "http://127.0.0.1:1/{{prompt}}"}, r"agent.http.url names {{prompt}}"),
        ({"url": "http://127.0.0.1:1/", "body": {"a": ["{{inputs}}"]}}, r"did you mean {{input}}\?"),
        ({"url": "http://127.0.0.1:1/", "headers": {"A": "{{env.NOT_SET}}"}}, "NOT_SET is not set"),
        ({"url": "http://127.0.0.1:{{port}}/"}, r"{{port}}"),
        ({"url": "ftp://127.0.0.1/"}, "must begin with http"),
        ({"url": "http://127.0.0.1:1/", "answer": "$.["}, "agent.http.answer is no JSONPath"),
    ],
)
async def test_settings_that_cannot_be_carried_out_are_refused_before_any_request(tmp_path, http, message):
    with pytest.raises(UsageError, match=message):
        async with an_agent(tmp_path, env={}, http=http):
            pass


async def test_costs_past_the_limit_refuse_further_requests(loopback, tmp_path):
    loopback.handler = says('{"reply": "a", "cost": 0.4}')
    http = {"url": loopback.url, "answer": "$.reply", "cost_usd": "$.cost"}
    async with an_agent(tmp_path, http=http, max_cost_usd=1.0) as agent:
        runs = [await agent.ask(a_request()) for _ in range(5)]
    # 0.4 + 0.4 + 0.4 = 1.2 >= 1.0: the fourth is refused.
    assert [run.status for run in runs] == ["completed"] * 3 + ["not_evaluated"] * 2
    assert runs[3].error == "cost limit reached: 1.2 of 1 US dollars are spent"
    assert len(loopback.received) == 3
    assert agent.costs.spent_usd == pytest.approx(1.2)


async def test_a_text_that_is_no_utf8_is_a_failed_trial(loopback, tmp_path):
    loopback.handler = says(b"caf\xe9", kind="text/plain")
    async with an_agent(tmp_path, http={"url": loopback.url}) as agent:
        run = await agent.ask(a_request())
    assert (run.status, run.error) == ("aborted", "the answer is not UTF-8: byte 3 cannot be read")


@pytest.mark.parametrize(
    ("http", "stimulus"),
    [
        ({"body": {"q": "{{input}}"}}, {"x": float("nan")}),
        ({"body": "{{input}}"}, "\ud800"),
        ({"headers": {"bad name": "x"}}, "hi"),
    ],
)
async def test_a_request_that_cannot_be_sent_is_not_evaluated_and_not_tried_again(loopback, tmp_path, http, stimulus):
    loopback.handler = says('"ok"')
    async with an_agent(tmp_path, http={"url": loopback.url, **http}) as agent:
        with pytest.raises(AgentDownError, match="cannot be sent"):
            await agent.ask(a_request(stimulus))
    assert loopback.received == []


async def test_a_traceparent_of_the_settings_is_left_alone(loopback, tmp_path):
    loopback.handler = says('"ok"')
    async with an_agent(tmp_path, http={"url": loopback.url, "headers": {"Traceparent": "mine"}}) as agent:
        await agent.ask(a_request())
    assert loopback.received[0].headers["traceparent"] == "mine"


@pytest.mark.parametrize("status", [401, 500, 503])
async def test_a_secret_of_the_environment_never_stands_in_a_message(loopback, tmp_path, status):
    loopback.handler = says("no", status=status)
    url = f"http://ana:pass@127.0.0.1:{loopback.port}/ask?key={{{{env.KEY}}}}"
    async with an_agent(tmp_path, env={"KEY": "s3cret"}, http={"url": url}) as agent:
        try:
            message = (await agent.ask(a_request())).error
        except AgentUnreachableError as error:
            message = str(error)
    assert loopback.received[0].path == "/ask?key=s3cret"
    assert f"HTTP {status}" in message
    assert "s3cret" not in message
    assert "pass" not in message


async def test_an_address_from_the_environment_that_is_none_is_not_shown(tmp_path):
    with pytest.raises(UsageError, match=r"got '{{env\.BASE}}/ask'"):
        async with an_agent(tmp_path, env={"BASE": "s3cret"}, http={"url": "{{env.BASE}}/ask"}):
            pass

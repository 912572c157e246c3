"""An agent that takes a job and is asked for it until it is done."""

import json

import pytest

from sluice.errors import UsageError
from tasks.policy import AgentDownError
from tests.tasks.agents.misbehaving import a_request, an_agent, hangs_up, in_turn, says


def http(loopback, **poll: object) -> dict[str, object]:
    return {
        "url": loopback.url,
        "headers": {"Authorization": "Bearer t"},
        "answer": "$.reply",
        "poll": {"url": "$.job", "until": {"$.state": ["done", "failed"]}, "every_s": 0.02, **poll},
    }


WORKING = says('{"state": "working"}')
DONE = says('{"state": "done", "reply": "here"}')


@pytest.mark.parametrize("job", ["/jobs/7", "jobs/7", "http://127.0.0.1:{port}/jobs/7"])
async def test_the_job_is_asked_for_until_it_is_done(loopback, tmp_path, job):
    named = json.dumps({"job": job.replace("{port}", str(loopback.port))})
    loopback.handler = in_turn(says(named, status=202), WORKING, WORKING, DONE)
    async with an_agent(tmp_path, http=http(loopback)) as agent:
        run = await agent.ask(a_request())
    assert (run.status, run.output) == ("completed", "here")
    assert [(got.method, got.path) for got in loopback.received] == [("POST", "/ask")] + [("GET", "/jobs/7")] * 3
    assert loopback.received[3].headers["authorization"] == "Bearer t"
    assert run.latency_s >= 0.06  # three waits of 0.02 s


async def test_a_template_may_name_parts_of_the_first_reply(loopback, tmp_path):
    loopback.handler = in_turn(says('{"id": "a/b", "n": 3}'), DONE)
    url = "http://127.0.0.1:{{env.PORT}}/jobs/{{ $.id }}/{{$.n}}?trial={{trial}}"
    async with an_agent(tmp_path, env={"PORT": str(loopback.port)}, http=http(loopback, url=url)) as agent:
        run = await agent.ask(a_request())
    assert run.output == "here"
    assert loopback.received[1].path == "/jobs/a%2Fb/3?trial=2"


async def test_a_first_reply_that_is_done_needs_no_second(loopback, tmp_path):
    loopback.handler = DONE
    async with an_agent(tmp_path, http=http(loopback)) as agent:
        assert (await agent.ask(a_request())).output == "here"
    assert len(loopback.received) == 1


async def test_a_job_that_never_ends_has_timed_out(loopback, tmp_path):
    loopback.handler = in_turn(says('{"job": "/j"}'), WORKING)
    async with an_agent(tmp_path, http=http(loopback)) as agent:
        run = await agent.ask(a_request(deadline_s=0.3))
    assert run.status == "timed_out"


async def test_a_job_that_ends_without_an_answer_is_a_failed_trial(loopback, tmp_path):
    loopback.handler = in_turn(says('{"job": "/j"}'), says('{"state": "failed"}'))
    async with an_agent(tmp_path, http=http(loopback)) as agent:
        run = await agent.ask(a_request())
    assert (run.status, run.error) == ("aborted", "the response has no answer where one was agreed")


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        ('{"no": "job"}', r"the first reply names no job at $.job"),
        ('{"job": {"a": 1}}', r"the first reply names no job at $.job"),
        ("soon", "the answer is not JSON"),
        ('{"job": "http://169.254.169.254/latest"}', "is not the agent's own"),
        ('{"job": "//evil.test/x"}', "is not the agent's own"),
        ('{"job": "file:///etc/passwd"}', "is not the agent's own"),
    ],
)
async def test_an_address_that_is_none_or_not_the_agents_own_is_never_asked(loopback, tmp_path, first, reason):
    loopback.handler = says(first)
    async with an_agent(tmp_path, http=http(loopback)) as agent:
        run = await agent.ask(a_request())
    assert run.status == "aborted"
    assert reason in run.error
    assert len(loopback.received) == 1


async def test_a_fault_between_two_questions_is_outlived(loopback, tmp_path):
    loopback.handler = in_turn(says('{"job": "/j"}'), hangs_up, says("", status=503), hangs_up, DONE)
    async with an_agent(tmp_path, http=http(loopback)) as agent:
        assert (await agent.ask(a_request())).output == "here"


@pytest.mark.parametrize("lost", [hangs_up, says("", status=404)])
async def test_a_job_that_is_lost_is_not_given_a_second_time(loopback, tmp_path, lost):
    loopback.handler = in_turn(says('{"job": "/j"}'), lost)
    async with an_agent(tmp_path, http=http(loopback)) as agent:
        with pytest.raises(AgentDownError, match="the job was accepted, but then lost"):
            await agent.ask(a_request())
    assert [got.method for got in loopback.received].count("POST") == 1


@pytest.mark.parametrize(
    ("poll", "message"),
    [
        ({"url": "http://127.0.0.1/{{job}}"}, "agent.http.poll.url names {{job}}"),
        ({"url": "$.["}, "agent.http.poll.url is no JSONPath"),
        ({"until": {"$.[": 1}}, "agent.http.poll.until is no JSONPath"),
    ],
)
async def test_a_poll_that_cannot_be_carried_out_is_refused(loopback, tmp_path, poll, message):
    with pytest.raises(UsageError, match=message):
        async with an_agent(tmp_path, http=http(loopback, **poll)):
            pass

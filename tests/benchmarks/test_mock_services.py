"""The services that every contestant of the benchmarks calls."""

import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.mock_client import MockServices, mock_services
from benchmarks.mock_services import judge_answer


@pytest.fixture(scope="module")
def services() -> Iterator[MockServices]:
    with mock_services(latency_s=0.05) as running:
        yield running


def post(url: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(url, data=json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=5) as response:
        return json.load(response)


def test_the_agent_looks_up_and_refunds_the_order_it_was_asked_about(services: MockServices):
    answer = post(f"{services.url}/agent", {"input": "Please refund order 17"})
    assert answer["output"] == "The refund for order 17 was issued."
    assert [(call["name"], call["args"]) for call in answer["tool_calls"]] == [
        ("lookup_order", {"order_id": "17"}),
        ("issue_refund", {"order_id": "17"}),
    ]


def test_an_answer_takes_the_latency_and_both_ends_are_noted(services: MockServices):
    services.stats()
    before = time.monotonic()
    post(f"{services.url}/agent", {"input": "Please refund order 1"})
    after = time.monotonic()
    stats = services.stats()
    assert (stats["agent"], stats["judge"], stats["inputs"]) == (1, 0, 1)
    assert before <= stats["first_agent_call"] <= stats["last_agent_answer"] - 0.045 <= after


def test_counting_starts_anew_after_a_look(services: MockServices):
    post(f"{services.url}/agent", {"input": "Please refund order 1"})
    services.stats()
    assert services.stats() == {
        "agent": 0,
        "judge": 0,
        "first_agent_call": None,
        "last_agent_answer": None,
        "inputs": 0,
    }


def test_the_judge_agrees_over_http(services: MockServices):
    answer = post(f"{services.url}/v1/chat/completions", {"messages": [{"role": "user", "content": "pass or fail?"}]})
    assert json.loads(answer["choices"][0]["message"]["content"])["pass"] is True


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("end with GRADE: C or I", "GRADE: C"), ("a score from 0 to 10", '"score": 10'), ("a verdict", '"score": 1,')],
)
def test_the_judge_agrees_in_the_form_it_is_asked_for(asked: str, expected: str):
    answer = judge_answer({"messages": [{"role": "user", "content": asked}]})
    assert expected in answer["choices"][0]["message"]["content"]


def test_the_judge_answers_by_tool_where_it_is_given_one():
    answer = judge_answer({"messages": [], "tools": [{"function": {"name": "final_result"}}]})
    assert answer["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "final_result"

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from examples.support_agent.service import Service
from examples.support_agent.versions.stable import Stable

ROOT = Path(__file__).parents[2]


def chat(client, q, thread="t-1", **headers):
    return client.post("/chat", json={"q": q, "thread": thread}, headers=headers).json()


@pytest.fixture
async def in_process():
    """A service that keeps two conversations, without a process of its own."""
    transport = httpx.ASGITransport(Service(Stable(), max_threads=2).app())
    async with httpx.AsyncClient(transport=transport, base_url="http://agent") as client:
        yield client


def test_a_started_service_answers_with_reply_calls_usage_and_cost(serve):
    client = serve()
    told = chat(client, "Where is order A-1005?")
    assert "Austin" in told["reply"]
    assert [call["name"] for call in told["calls"]] == ["lookup_order", "track_shipment"]
    first = told["calls"][0]
    assert first["args"] == {"order_id": "A-1005"}
    assert first["result"]["shipment_id"] == "S-5005"
    assert first["thought"]
    assert first["duration_s"] >= 0
    assert told["usage"]["input_tokens"] > told["usage"]["output_tokens"] > 0
    # 0.6 and 2.4 US dollars a million tokens
    expected = (told["usage"]["input_tokens"] * 0.6 + told["usage"]["output_tokens"] * 2.4) / 1e6
    assert told["cost_usd"] == pytest.approx(expected, abs=1e-8)


def test_health_and_stats_name_the_version_and_count_what_was_done(serve):
    client = serve("tool_misuse")
    assert client.get("/health").json() == {"status": "ok", "version": "tool_misuse"}
    chat(client, "What is the status of order A-1002?")
    chat(client, "What is the status of order A-1006?", thread="t-2")
    stats = client.get("/stats").json()
    assert (stats["requests"], stats["tool_calls"], stats["by_tool"]) == (2, 2, {"lookup_order": 2})
    assert stats["threads"] == 2


def test_a_change_in_one_thread_is_seen_there_and_nowhere_else(serve):
    client = serve()
    assert "I have cancelled" in chat(client, "Please cancel order A-1003.", thread="one")["reply"]
    assert "cancelled already" in chat(client, "Please cancel order A-1003.", thread="one")["reply"]
    assert "I have cancelled" in chat(client, "Please cancel order A-1003.", thread="two")["reply"]


def test_a_reset_forgets_the_thread_of_that_name(serve):
    client = serve()
    chat(client, "Please cancel order A-1003.", thread="case/v1#0")
    assert client.post("/reset/case/v1%230").json() == {"reset": True}
    assert client.post("/reset/case/v1%230").json() == {"reset": False}
    assert "I have cancelled" in chat(client, "Please cancel order A-1003.", thread="case/v1#0")["reply"]


def test_twenty_requests_at_once_get_their_own_answers(serve):
    client = serve("stable", "--thinking-ms", "2")
    orders = [f"A-10{number:02}" for number in range(1, 61)]
    with ThreadPoolExecutor(20) as pool:
        told = list(pool.map(lambda order: chat(client, f"What is the status of order {order}?", thread=order), orders))
    assert all(order in one["reply"] for order, one in zip(orders, told, strict=True))
    assert client.get("/stats").json()["requests"] == 60


def test_an_unknown_version_is_refused_before_anything_starts():
    argv = [sys.executable, "-m", "examples.support_agent", "--version", "best", "--port", "1"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert "invalid choice: 'best'" in done.stderr


async def test_only_so_many_conversations_are_kept_and_the_oldest_goes_first(in_process):
    for thread in ("one", "two"):
        await in_process.post("/chat", json={"q": "Cancel order A-1003.", "thread": thread})
    await in_process.post("/chat", json={"q": "What is the status of order A-1003?", "thread": "one"})
    await in_process.post("/chat", json={"q": "Hello!", "thread": "three"})
    assert (await in_process.get("/stats")).json()["threads"] == 2
    kept = await in_process.post("/chat", json={"q": "What is the status of order A-1003?", "thread": "one"})
    gone = await in_process.post("/chat", json={"q": "What is the status of order A-1003?", "thread": "two"})
    assert "has been cancelled" in kept.json()["reply"]
    assert "has not shipped yet" in gone.json()["reply"]


async def test_a_thread_remembers_what_was_said_before(in_process):
    asked = await in_process.post("/chat", json={"q": "Please cancel my order.", "thread": "t"})
    assert "Which order" in asked.json()["reply"]
    told = await in_process.post("/chat", json={"q": "A-1057", "thread": "t"})
    assert "I have cancelled order A-1057" in told.json()["reply"]


async def test_requests_without_a_thread_leave_nothing_behind(in_process):
    for _ in range(2):
        told = await in_process.post("/chat", json={"q": "Cancel order A-1003."})
        assert "I have cancelled" in told.json()["reply"]
    assert (await in_process.get("/stats")).json()["threads"] == 0


async def test_a_form_that_asks_for_json_gets_an_object(in_process):
    form = {"form": "order status", "order": "A-1012", "reply_as": "json"}
    told = await in_process.post("/chat", json={"q": form, "thread": "t"})
    assert told.json()["reply"]["orders"] == [{"order_id": "A-1012", "status": "shipped", "total": 329.0}]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"thread": "t"}', b'"text"', b"x" * 1_000_001, b"[" * 100_000], ids=len
)
async def test_a_body_that_is_no_question_is_refused_and_the_service_lives_on(in_process, body):
    told = await in_process.post("/chat", content=body)
    assert told.status_code == 400
    assert (await in_process.get("/stats")).json()["refused"] == 1


@pytest.mark.parametrize("question", ["", "   ", [], {}, None, 7, ["text", {"text": "part"}], [{"role": "assistant"}]])
async def test_any_json_value_is_answered_in_words(in_process, question):
    told = await in_process.post("/chat", json={"q": question, "thread": "t"})
    assert told.status_code == 200
    assert told.json()["reply"]
    assert told.json()["calls"] == []

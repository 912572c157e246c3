"""The flow itself: how its run ends, what its page shows, and how it is stopped."""

import asyncio
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.client.schemas.sorting import FlowRunSort
from prefect.context import FlowRunContext
from prefect.states import Cancelling

from flows import _prefect, _watching
from flows._page import artifact_key
from flows.golden_evaluation import golden_evaluation
from tests.flows.runs import Place, rows
from tests.interfaces.scripted import BAD, GOOD, http_agent

pytestmark = pytest.mark.usefixtures("prefect_server")
Places = Callable[[str], Place]


async def evaluated(place: Place, **more: Any) -> State[Any]:
    return await golden_evaluation(config=place.config, **({"baseline": "none"} | more), return_state=True)


def run_id_of(state: State[Any]) -> Any:
    return state.state_details.flow_run_id


async def run_of(client: PrefectClient, state: State[Any]) -> FlowRun:
    return await client.read_flow_run(run_id_of(state))


@pytest.mark.parametrize(
    ("answer", "policy", "kind", "name"),
    [
        (GOOD, {"tiers": {"standard": {"floor": 0.5, "trials": 2}}}, "COMPLETED", "PASS"),
        (BAD, {"tiers": {"standard": {"floor": 0.5, "trials": 2}}}, "COMPLETED", "FAIL"),
        (GOOD, {}, "COMPLETED", "INCONCLUSIVE"),
        (None, {}, "FAILED", "ERROR"),
    ],
    ids=["pass", "fail", "inconclusive", "error"],
)
async def test_the_verdict_is_the_name_of_the_last_state(
    place: Places, answer: Any, policy: dict[str, Any], kind: str, name: str
):
    here = place("project")
    here.project.settings(
        agent=http_agent(here.agent.url, version="7", connect_tries=1), policy=policy | {"guards": {}}
    )
    here.agent.says(answer)
    state = await evaluated(here)
    assert (state.type.value, state.name) == (kind, name)
    (run,) = rows(here)
    assert run["verdict"][0] == name
    async with get_client() as client:
        flow_run = await run_of(client, state)
    assert flow_run.name == "golden scripted 7"
    assert set(flow_run.tags) == {"sluice", "agent:scripted", "version:7", f"verdict:{name}"}


def found_at(server: str, what: str, **filters: Any) -> list[dict[str, Any]]:
    """What the UI asks of the server."""
    response = httpx.post(f"{server}/{what}/filter", json=filters, timeout=30)
    response.raise_for_status()
    return response.json()


async def test_the_page_of_a_run_shows_verdict_tiers_and_report(place: Places, prefect_server: str):
    here = place("project")
    state = await evaluated(here, report_dir=str(here.project.root / "report"))
    run_id = [str(run_id_of(state))]
    found = found_at(prefect_server, "artifacts", artifacts={"flow_run_id": {"any_": run_id}})
    artifacts = {artifact["key"]: artifact["data"] for artifact in found}
    assert set(artifacts) == {f"{artifact_key('scripted')}{end}" for end in ("", "-tiers", "-report")}
    assert "PASS" in artifacts["golden-evaluation-scripted"]
    (tier,) = json.loads(artifacts["golden-evaluation-scripted-tiers"])
    assert (tier["tier"], tier["holds"], tier["trials"]) == ("standard", "holds", "12 of 12 passed")
    assert str(here.project.root / "report" / "report.html") in artifacts["golden-evaluation-scripted-report"]
    wanted, names = {"prepare", "trial case-00#0", "trial case-05#1", "decide", "publish reports"}, set()
    until = time.monotonic() + 20
    while not wanted <= names and time.monotonic() < until:
        # task runs reach the server as events, some seconds behind
        await asyncio.sleep(0.2)
        tasks = found_at(prefect_server, "task_runs", flow_runs={"id": {"any_": run_id}})
        names = {task["name"] for task in tasks}
    assert wanted <= names


async def test_a_person_s_mistake_is_told_in_a_sentence_and_not_in_a_traceback(place: Places):
    here = place("project")
    here.project.cases([{"id": "a", "input": "x", "expct": {}}])
    state = await evaluated(here)
    assert (state.type.value, state.name) == ("FAILED", "ERROR")
    assert "expct" in str(state.message)
    assert "Traceback" not in str(state.message)


async def test_no_document_becomes_a_parameter_of_a_flow_or_of_a_task(place: Places, monkeypatch: pytest.MonkeyPatch):
    seen: list[dict[str, Any]] = []
    named = _prefect._run_name

    def noted(name: str, parameters: Any) -> str:
        context = FlowRunContext.get()
        assert context is not None
        seen.extend([dict(parameters), dict(context.parameters)])
        return named(name, parameters)

    monkeypatch.setattr(_prefect, "_run_name", noted)
    here = place("project")
    here.project.cases([{"id": "long", "input": "x" * 100_000, "expect": {"answer": {"contains": ["refund"]}}}])
    here.agent.says({"reply": "refund " + "y" * 100_000, "calls": []})
    assert (await evaluated(here, trials=1)).is_completed()
    # Prefect refuses parameters of 512 KB, and a task argument of 250 KB holds up the loop for 0.16 s
    assert seen != []
    assert max(len(str(parameters)) for parameters in seen) < 2_000


async def running_run(client: PrefectClient) -> FlowRun:
    for _ in range(200):
        for run in await client.read_flow_runs(sort=FlowRunSort.START_TIME_DESC, limit=5):
            if run.state is not None and run.state.is_running() and run.name.startswith("golden scripted held"):
                return run
        await asyncio.sleep(0.05)
    raise TimeoutError("the run did not start")


def hold_after(place: Place, number: int) -> None:
    place.settings(concurrency=1, version="held")
    place.agent.hold, place.agent.hold_from = threading.Event(), number


async def until_asked(place: Place, number: int) -> None:
    until = time.monotonic() + 30
    while len(place.agent.asked) < number:
        assert time.monotonic() < until, f"asked {len(place.agent.asked)} times"
        await asyncio.sleep(0.02)


async def test_a_run_that_is_cancelled_in_the_ui_stops_within_seconds_and_keeps_its_answers(
    place: Places, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(_watching, "POLL_S", 0.2)
    monkeypatch.setattr("tasks.gate.work.GateWork.drain_s", 0.3)
    here = place("project")
    hold_after(here, 4)
    running = asyncio.create_task(evaluated(here))
    await until_asked(here, 5)
    async with get_client() as client:
        run = await running_run(client)
        # what the button in the UI does
        await client.set_flow_run_state(run.id, Cancelling(message="somebody changed their mind"))
        async with asyncio.timeout(20):
            state = await running
        assert (state.type.value, (await run_of(client, state)).state_type) == ("CANCELLED", state.type)
    (stored,) = rows(here)
    assert (stored["state"], len(stored["trials"])) == ("cancelled", 4)


async def test_sigterm_of_a_worker_stops_the_run_and_keeps_its_answers(place: Places, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tasks.gate.work.GateWork.drain_s", 0.3)
    before = signal.getsignal(signal.SIGTERM)
    here = place("project")
    hold_after(here, 4)
    running = asyncio.create_task(evaluated(here))
    await until_asked(here, 5)
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(20):
        state = await running
    assert state.type.value == "CANCELLED"
    (stored,) = rows(here)
    assert (stored["state"], len(stored["trials"])) == ("cancelled", 4)
    assert signal.getsignal(signal.SIGTERM) == before

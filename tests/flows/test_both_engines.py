"""One composition, two engines: whatever happens, both leave the same rows and the same error."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from sluice.errors import SluiceError
from sluice.gates.verdict import Verdict
from tasks.gate.work import GateWork
from tasks.runs.golden import Stopped
from tests.flows.runs import Counted, Engine, Place, as_flow, inline, rows
from tests.interfaces.scripted import BAD, GOOD

ENGINES: dict[str, Engine] = {"inline": inline, "prefect": as_flow}
# the tests of this file need Prefect's server, whichever engine they look at
pytestmark = pytest.mark.usefixtures("prefect_server")
Places = Callable[[str], Place]


class BrokenWork(GateWork):
    """A gate with a fault of ours in its last step but one."""

    async def decide(self) -> Verdict:
        raise RuntimeError("the evaluator broke")


@dataclass(frozen=True)
class Told:
    """What a run told whoever called it."""

    verdict: str
    done: int
    asked: int


def hangs_up_twice(place: Place) -> None:
    """The first two requests of every trial are closed without a word."""
    place.agent.answer = lambda body, _: None if place.agent.asked.count(body["key"]) <= 2 else GOOD


def never_there(place: Place) -> None:
    place.agent.says(None)


def too_slow_once(place: Place) -> None:
    def answer(body: Any, _: int) -> Any:
        if body["key"] == "case-01/0":
            time.sleep(1.5)
        return GOOD

    place.agent.answer = answer
    place.settings(timeout_s=0.5)


def answers_garbage(place: Place) -> None:
    place.agent.says(b"<html>")


def good(place: Place) -> None:
    place.agent.says(GOOD)


def bad(place: Place) -> None:
    place.agent.says(BAD)


# behaviour, and by hand: verdict, stored answers, stored attempts without an answer, requests of the agent.
# 6 cases x 2 trials; three tries where the connection breaks; the floor is half.
BEHAVIOURS = [
    pytest.param(good, "PASS", 12, 0, 12, id="ok"),
    pytest.param(bad, "FAIL", 12, 0, 12, id="fails"),
    pytest.param(answers_garbage, "FAIL", 12, 0, 12, id="garbage is a failed trial"),
    pytest.param(too_slow_once, "PASS", 12, 0, 12, id="a time-out is a failed trial, never asked again"),
    # what an attempt left is no longer unanswered once another one brought an answer
    pytest.param(hangs_up_twice, "PASS", 12, 0, 36, id="flaky"),
    # of each trial the last attempt is told
    pytest.param(never_there, "ERROR", 0, 12, 36, id="down"),
]


@pytest.mark.parametrize(("behaviour", "verdict", "answers", "attempts", "asked"), BEHAVIOURS)
async def test_both_engines_leave_the_same_rows(
    place: Places, behaviour: Callable[[Place], None], verdict: str, answers: int, attempts: int, asked: int
):
    told, stored = {}, {}
    for name, engine in ENGINES.items():
        here = place(name)
        behaviour(here)
        watcher = Counted()
        outcome = await engine(GateWork(here.request(), engine_name=name), watcher=watcher)
        told[name] = Told(outcome.report.verdict.value, len(watcher.scores), len(here.agent.asked))
        stored[name] = rows(here)
    assert told["inline"] == Told(verdict, 12, asked)
    assert told["prefect"] == told["inline"]
    (run,) = stored["inline"]
    assert (run["state"], len(run["trials"]), len(run["attempts"])) == (
        "failed" if verdict == "ERROR" else "finished",
        answers,
        attempts,
    )
    assert stored["prefect"] == stored["inline"]


async def stopped_half_way(engine: Engine, place: Place, name: str) -> None:
    """Stop after five answers, while the next requests are kept waiting."""
    # one request at a time, so that the same five are answered on both engines
    place.settings(concurrency=1)
    place.agent.hold, place.agent.hold_from = threading.Event(), 5
    stop = asyncio.Event()
    work = GateWork(place.request(), engine_name=name)
    work.drain_s = 0.2
    with pytest.raises(Stopped):
        await engine(work, stop=stop, watcher=Counted(until=5, then=stop.set))
    place.agent.hold.set()


async def test_a_stop_keeps_what_is_committed_and_both_engines_leave_the_same_rows(place: Places):
    stored = {}
    for name, engine in ENGINES.items():
        await stopped_half_way(engine, place(name), name)
        stored[name] = rows(place(name))
    (run,) = stored["inline"]
    assert (run["state"], len(run["trials"]), run["verdict"]) == ("cancelled", 5, None)
    assert stored["prefect"] == stored["inline"]


@pytest.mark.parametrize("second", ENGINES)
@pytest.mark.parametrize("first", ENGINES)
async def test_what_one_engine_left_the_other_goes_on_with_and_asks_nothing_twice(
    place: Places, first: str, second: str
):
    here = place("project")
    await stopped_half_way(ENGINES[first], here, first)
    (left,) = rows(here)
    here.agent.hold, here.agent.asked[:] = None, []
    watcher = Counted()
    outcome = await ENGINES[second](GateWork(here.request(), engine_name=second), watcher=watcher)
    (run,) = rows(here)
    assert (outcome.report.verdict, run["state"], run["claims"]) == (Verdict.PASS, "finished", 2)
    assert (watcher.planned_keys, len(here.agent.asked)) == (7, 7)
    assert set(left["trials"]) < set(run["trials"])
    assert len(run["trials"]) == 12


async def test_a_broken_step_marks_the_run_as_failed_and_keeps_its_answers(place: Places):
    stored = {}
    for name, engine in ENGINES.items():
        with pytest.raises(RuntimeError, match="the evaluator broke"):
            await engine(BrokenWork(place(name).request(), engine_name=name))
        stored[name] = rows(place(name))
    (run,) = stored["inline"]
    assert (run["state"], run["reason"], len(run["trials"]), run["verdict"]) == (
        "failed",
        "the evaluator broke",
        12,
        None,
    )
    assert stored["prefect"] == stored["inline"]


async def test_a_dataset_that_cannot_be_read_is_told_the_same_way_and_leaves_no_run(place: Places):
    said = {}
    for name, engine in ENGINES.items():
        here = place(name)
        here.project.cases([{"id": "a", "input": "x", "expct": {}}])
        with pytest.raises(SluiceError) as told:
            await engine(GateWork(here.request(), engine_name=name))
        said[name] = (type(told.value).__name__, str(told.value).replace(str(here.project.root), "ROOT"))
        assert rows(here) == []
    assert "expct" in said["inline"][1]
    assert said["prefect"] == said["inline"]

"""Gates run on either engine, and what they leave in the store."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from sluice.trials.scores import TrialScore
from storage import runs as stored_runs
from storage import verdicts
from storage.scores import latest_rules, scores_of_run
from storage.store import Store
from storage.trials import trials_of_run, unanswered
from tasks.gate.outcome import GateOutcome
from tasks.gate.plan import GatePlan
from tasks.gate.request import GateRequest
from tasks.gate.work import GateWork
from tasks.runs.engine import InlineEngine
from tasks.runs.golden import golden_evaluation
from tests.interfaces.scripted import NO_GUARDS, Project, ScriptedAgent, http_agent

Engine = Callable[..., Awaitable[GateOutcome]]
FLOOR: dict[str, Any] = NO_GUARDS | {"tiers": {"standard": {"floor": 0.5, "trials": 2}}}


@dataclass(frozen=True)
class Place:
    """A project and its agent."""

    project: Project
    agent: ScriptedAgent

    def settings(self, **agent: Any) -> "Place":
        """Write sluice.yaml; the candidate has a version, so that an unfinished run of it is gone on with."""
        given = {"version": "1", "concurrency": 2, "connect_tries": 3} | agent
        self.project.settings(agent=http_agent(self.agent.url, **given), policy=FLOOR)
        return self

    @property
    def config(self) -> str:
        return str(self.project.root / "sluice.yaml")

    def request(self, **more: Any) -> GateRequest:
        return GateRequest(config=self.config, **({"baseline": "none"} | more))

    def store(self) -> Store:
        return Store.open(f"sqlite:///{self.project.root / '.sluice' / 'sluice.db'}")


async def inline(work: GateWork, **more: Any) -> GateOutcome:
    """The composition on the inline engine."""
    return await golden_evaluation(work, InlineEngine(), **({"stop": asyncio.Event()} | more))


async def as_flow(work: GateWork, **more: Any) -> GateOutcome:
    """The composition on Prefect's engine, in a flow of its own."""
    # prefect takes 2 s to import, and most tests need none of it.
    from prefect import flow

    from flows._prefect import PrefectEngine

    @flow(name="both-engines", persist_result=False)
    async def run() -> GateOutcome:
        return await golden_evaluation(work, PrefectEngine(), **({"stop": asyncio.Event()} | more))

    return await run()


@dataclass
class Counted:
    """Counts trials, and calls ``then`` when so many are done."""

    until: int = 0
    then: Callable[[], None] = lambda: None
    planned_keys: int = 0
    scores: list[TrialScore] = field(default_factory=list)

    def planned(self, plan: GatePlan) -> None:
        self.planned_keys = len(plan.keys)

    def trial_done(self, score: TrialScore) -> None:
        self.scores.append(score)
        if len(self.scores) == self.until:
            self.then()


def rows(place: Place) -> list[dict[str, Any]]:
    """What is stored of each run, oldest first, without what no two runs have in common: times, ids and the port."""
    with place.store() as store:
        listed = store.read_now(lambda session: stored_runs.list_runs(session, limit=10))
        return [_rows_of(store, run, port=str(place.agent.port)) for run in reversed(list(listed))]


def _rows_of(store: Store, run: stored_runs.Run, *, port: str) -> dict[str, Any]:
    rules = store.read_now(lambda session: latest_rules(session, run.run_id))
    verdict = store.read_now(lambda session: verdicts.latest_verdict(session, run.run_id))
    attempts = store.read_now(lambda session: unanswered(session, run.run_id))
    return {
        "state": run.state,
        "reason": run.reason.replace(port, "PORT"),
        "kind": run.kind,
        "identity": run.identity_digest,
        "claims": run.fence,
        "trials": sorted(
            str(replace(trial.recorded, latency_s=None, trace_id=None)) for trial in trials_of_run(store, run.run_id)
        ),
        "attempts": sorted(
            (str(attempt.key), attempt.fence, attempt.attempt, attempt.error.replace(port, "PORT"))
            for attempt in attempts
        ),
        "scores": []
        if rules is None
        else sorted(str(replace(score, latency_s=None)) for score in scores_of_run(store, run.run_id, rules=rules)),
        "verdict": None
        if verdict is None
        else (verdict.report.verdict.value, *(reason.replace(port, "PORT") for reason in verdict.report.reasons)),
    }

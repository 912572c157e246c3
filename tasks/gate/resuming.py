"""Which run a gate goes on with."""

import asyncio
from collections.abc import Container, Iterable
from functools import partial

from sluice.documents.values import Json
from sluice.errors import UsageError
from sluice.gates.verdict import Verdict
from sluice.identity import AgentIdentity
from sluice.reports.words import count
from sluice.trials.recorded import TrialKey
from sluice.trials.scores import TrialScore
from storage import runs
from storage.store import Store
from tasks.gate.loading import Questions
from tasks.gate.owner import is_gone
from tasks.gate.request import GateRequest
from tasks.gate.resolving import resolve_run

# Among so many of the newest runs an unfinished one is looked for.
LOOK_BACK = 20


async def run_to_resume(
    store: Store, request: GateRequest, identity: AgentIdentity, *, dataset_version: str, plan: Json
) -> str | None:
    """The run to go on with: the one asked for, else an unfinished one that asked the same of the same candidate.

    A candidate whose identity is not known is only resumed on request: an edited prompt must not inherit answers.

    Raises:
        UsageError: The run asked for does not exist, or is another agent's, candidate's or dataset's.
    """
    if request.resume is not None:
        run = await asyncio.to_thread(resolve_run, store, request.resume, agent=identity.agent)
        _require_same(run, identity, dataset_version)
        return run.run_id
    if not identity.known or request.kind != "golden":
        return None
    now = store.now()
    found = await store.read(
        partial(runs.list_runs, agent=identity.agent, identity_digest=identity.digest, limit=LOOK_BACK)
    )
    for run in found:
        over = run.state in ("created", "cancelled", "failed") or (
            run.state == "running" and run.lease_until is not None and (run.lease_until <= now or is_gone(run.owner))
        )
        if over and run.kind == request.kind and run.dataset_version == dataset_version and run.plan == plan:
            return run.run_id
    return None


def _require_same(run: runs.Run, identity: AgentIdentity, dataset_version: str) -> None:
    pairs = [
        ("agent", run.agent, identity.agent),
        ("candidate", run.identity_digest[:12], identity.digest[:12]),
        ("dataset", run.dataset_version[:12], dataset_version[:12]),
    ]
    for what, then, now in pairs:
        if then != now:
            raise UsageError(
                f"run {run.run_id} cannot go on: its {what} was {then} and is {now} now",
                hint="start a new run without --resume",
            )


def how_to_go_on(
    verdict: Verdict, run_id: str, planned: Iterable[TrialScore], questions: Questions, answered: Container[TrialKey]
) -> str:
    """What to say of an undecided run in which trials brought no answer: resumed, it asks only for those.

    Args:
        verdict: Of the run.
        run_id: Its id.
        planned: A score of every planned trial.
        questions: What was asked.
        answered: The trials that have an answer; one that could not be scored is not asked for again.

    Returns:
        A sentence; empty where nothing is left that this version could ask.
    """
    if verdict not in (Verdict.ERROR, Verdict.INCONCLUSIVE):
        return ""
    keys = [score.key for score in planned if score.key not in answered]
    missing = sum(not questions.named[key.stratum].needs for key in keys)
    if not missing:
        return ""
    return f"{count(missing, 'trial')} brought no answer; to ask for no others: sluice gate --resume {run_id}"

"""Which run a gate goes on with."""

from functools import partial

from sluice.documents.values import Json
from sluice.errors import UsageError
from sluice.identity import AgentIdentity
from storage import runs
from storage.store import Store
from tasks.gate.request import GateRequest

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
        run = await store.read(partial(runs.get_run, run_id=request.resume))
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
            run.state == "running" and run.lease_until is not None and run.lease_until <= now
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

"""Which run a person means by a name."""

from functools import partial

from sluice.errors import UsageError
from storage import runs
from storage.store import Store

LATEST = "latest"


def resolve_run(store: Store, run_id: str, *, agent: str | None = None) -> runs.Run:
    """The run of an id, of a unique beginning of one, or the latest.

    Args:
        store: Open.
        run_id: What the person wrote.
        agent: Whose runs are looked through for the latest or for a beginning; None looks through all.

    Raises:
        UsageError: There is no such run, or the beginning fits several.
    """
    newest = store.read_now(partial(runs.list_runs, agent=agent, limit=500))
    if run_id == LATEST:
        if not newest:
            raise UsageError("there is no run yet", hint="`sluice gate` makes one")
        return newest[0]
    found = store.read_now(lambda session: runs.find_run(session, run_id))
    if found is not None:
        return found
    fitting = [run for run in newest if run_id and run.run_id.startswith(run_id)]
    if len(fitting) == 1:
        return fitting[0]
    what = "fits no run" if not fitting else f"fits {len(fitting)} runs"
    raise UsageError(f"{run_id!r} {what}", hint="`sluice runs list` shows them; `latest` names the newest")

"""Pinning a reviewed run as the baseline that later candidates are compared with."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sluice.errors import UsageError
from sluice.gates.verdict import Verdict
from storage import baselines, identities, runs, verdicts
from storage.store import Store
from storage.trials import trials_of_run
from tasks.baselines import Pin, write_baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """What was pinned.

    Args:
        fewest: Trials of the stratum that has the fewest.
        verdict: Of the run; None where it has none.
    """

    path: Path
    pin: Pin
    n_trials: int
    n_strata: int
    fewest: int
    verdict: Verdict | None


def pin_baseline(store: Store, run: runs.Run, path: Path, *, by: str, even_failed: bool = False) -> Pinned:
    """Write a run's answers to a baseline file and record who pinned it.

    Args:
        store: Open.
        run: Reviewed by ``by``.
        path: Of the file, in the user's repository.
        by: Who reviewed the run.
        even_failed: Pin a run whose verdict is FAIL.

    Raises:
        UsageError: The run is partial, unfinished, failed or empty, or the file cannot be written.
    """
    verdict = store.read_now(partial(verdicts.latest_verdict, run_id=run.run_id))
    _require_whole(run, verdict, even_failed=even_failed)
    found = list(trials_of_run(store, run.run_id))
    if not found:
        raise UsageError(f"run {run.run_id} holds no answer", hint="pin a run that was answered")
    identity = store.read_now(partial(identities.find_identity, agent=run.agent, digest=run.identity_digest))
    counts = Counter(trial.recorded.key.stratum for trial in found)
    now = store.now()
    pin = Pin(
        agent=run.agent,
        identity=_facts(identity),
        run_id=run.run_id,
        pinned_by=by,
        pinned_at=now.isoformat(timespec="seconds"),
        dataset_version=run.dataset_version,
        stimuli={trial.recorded.key.stratum: trial.stimulus_digest for trial in found},
    )
    digest = write_baseline(path, pin, (trial.recorded for trial in found))
    _record_pin(store, run, pin, path=path, digest=digest, n_trials=len(found), pinned_at=now)
    return Pinned(
        path=path,
        pin=pin,
        n_trials=len(found),
        n_strata=len(counts),
        fewest=min(counts.values()),
        verdict=verdict.report.verdict if verdict else None,
    )


def _record_pin(
    store: Store, run: runs.Run, pin: Pin, *, path: Path, digest: str, n_trials: int, pinned_at: datetime
) -> None:
    record = baselines.Baseline(
        agent=run.agent,
        content_digest=digest,
        pinned_at=pinned_at,
        pinned_by=pin.pinned_by,
        path=str(path),
        run_id=run.run_id,
        identity_digest=run.identity_digest,
        n_trials=n_trials,
    )
    store.write_now(lambda session: baselines.add_baseline(session, record))


def _require_whole(run: runs.Run, verdict: verdicts.StoredVerdict | None, *, even_failed: bool) -> None:
    if run.state != "finished":
        raise UsageError(
            f"run {run.run_id} is {run.state}, not finished", hint=f"end it first: sluice gate --resume {run.run_id}"
        )
    if verdict is None:
        return
    if verdict.report.partial:
        raise UsageError(
            f"run {run.run_id} is partial ({verdict.report.partial}) and cannot be pinned", hint="pin a whole run"
        )
    if verdict.report.verdict is Verdict.FAIL and not even_failed:
        raise UsageError(
            f"run {run.run_id} failed: {verdict.report.reasons[0]}",
            hint="a baseline is what good looks like; --even-failed pins it all the same",
        )


def _facts(identity: identities.StoredIdentity | None) -> dict[str, str | None]:
    if identity is None:
        return {}
    return {
        "version": identity.version,
        "fingerprint": identity.fingerprint or None,
        "commit": identity.commit or None,
        "dirty": identity.dirty or None,
        "digest": identity.digest,
    }

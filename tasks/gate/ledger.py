"""The record of one run in the store, written by the one process that holds the run."""

import asyncio
import contextlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from sluice.documents.values import Json
from sluice.errors import SluiceError, UsageError
from sluice.gates.verdict import GateReport, RunFacts
from sluice.golden.case import Dataset, Stratum
from sluice.identity import AgentIdentity
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.scores import TrialScore
from storage import datasets, identities, runs, scores, trials, verdicts
from storage.sessions import Session
from storage.store import Store
from tasks.gate.outcome import Stopped
from tasks.gate.owner import is_gone, this_owner

LEASE = timedelta(seconds=60)
RENEW_EVERY_S = 20.0
# Changes whenever the score of a stored trial could change.
SCORER_VERSION = "1"


class RunLedger:
    """One run's rows. Every write checks that this process still holds the run.

    Args:
        store: Open; closed by whoever opened it.
        engine: What runs the steps, for the record.
    """

    def __init__(self, store: Store, *, engine: str) -> None:
        self.store = store
        self.run_id = ""
        self._engine = engine
        self._claim: runs.Claim | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._attempts: dict[TrialKey, int] = {}

    async def take(
        self,
        *,
        run_id: str | None,
        kind: str,
        identity: AgentIdentity,
        dataset: Dataset,
        path: str,
        plan: Json,
    ) -> None:
        """Register what the run speaks of, create it where it is new, and become its owner.

        Args:
            run_id: Run to go on with; None for a new one.
            kind: ``golden`` or ``baseline``.
            identity: The candidate.
            dataset: What is asked.
            path: Where the dataset lies.
            plan: Trials by stratum, and the request.

        Raises:
            UsageError: Another process holds the run, or it is finished.
            StoreError: The store cannot be written.
        """
        now = self.store.now()
        self.run_id = run_id or f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        owner = this_owner(self._engine)

        def claimed(session: Session) -> runs.Claim | None:
            datasets.add_dataset(session, dataset, agent=identity.agent, path=path, registered_at=now)
            identities.add_identity(session, _stored(identity, now))
            runs.create_run(
                session,
                run_id=self.run_id,
                agent=identity.agent,
                kind=kind,
                identity_digest=identity.digest,
                dataset_version=dataset.version,
                engine=self._engine,
                plan=plan,
                created_at=now,
            )
            held = runs.find_run(session, self.run_id)
            # A process that was killed holds its lease for a while; here it is known to be gone.
            over = held.lease_until if held is not None and is_gone(held.owner) else None
            return runs.claim_run(
                session, self.run_id, owner=owner, now=max(now, over or now), lease=LEASE, reopen=kind == "baseline"
            )

        self._claim = await self.store.write(claimed)
        if self._claim is None:
            raise await self._not_ours()
        self._renewing = asyncio.create_task(self._keep_lease())

    async def answers(self, keys: Iterable[TrialKey]) -> dict[TrialKey, RecordedRun]:
        """The stored answers of these trials."""
        wanted = set(keys)
        found = await asyncio.to_thread(lambda: list(trials.trials_of_run(self.store, self.run_id)))
        return {trial.recorded.key: trial.recorded for trial in found if trial.recorded.key in wanted}

    def next_attempt(self, key: TrialKey) -> int:
        """Number of the next attempt at a trial, from 1."""
        return self._attempts.get(key, 0) + 1

    async def add_answer(self, recorded: RecordedRun, stratum: Stratum) -> None:
        """Commit an answer; the first one of a trial stands."""
        now, claim = self.store.now(), self._held()
        await self.store.write(
            lambda session: trials.add_trial(
                session, claim, recorded, stimulus_digest=stratum.stimulus_digest, recorded_at=now
            )
        )

    async def add_attempt(self, key: TrialKey, error: str) -> None:
        """Commit that an attempt brought no answer."""
        attempt = self._attempts.get(key, 0)
        self._attempts[key] = attempt + 1
        now, claim = self.store.now(), self._held()
        await self.store.write(
            lambda session: trials.add_attempt(session, claim, key, attempt=attempt, error=error, at=now)
        )

    async def add_verdict(
        self,
        report: GateReport,
        facts: RunFacts,
        *,
        found: Sequence[TrialScore],
        dataset_version: str,
        evidence_digest: str,
    ) -> None:
        """Commit scores and verdict together."""
        now, claim = self.store.now(), self._held()
        rules = scores.Rules(scorer_version=SCORER_VERSION, dataset_version=dataset_version)

        def written(session: Session) -> None:
            scores.add_scores(session, self.run_id, found, rules=rules, scored_at=now, claim=claim)
            verdicts.add_verdict(
                session,
                self.run_id,
                evidence_digest=evidence_digest,
                report=report,
                facts=facts,
                decided_at=now,
                claim=claim,
            )

        await self.store.write(written)

    async def end(self, state: runs.RunEnd, *, reason: str = "") -> None:
        """Commit how the run ended; nothing is written after it."""
        self.let_go()
        claim, now = self._claim, self.store.now()
        if claim is not None:
            self._claim = None
            await self.store.write(
                lambda session: runs.finish_run(session, claim, state=state, ended_at=now, reason=reason[:500])
            )

    async def abandon(self, error: BaseException) -> None:
        """Mark a run that an error ended, if it is still ours; what is committed stays."""
        with contextlib.suppress(SluiceError):
            cancelled = isinstance(error, asyncio.CancelledError | KeyboardInterrupt | Stopped)
            reason = "stopped from outside" if cancelled else str(error) or type(error).__name__
            await self.end("cancelled" if cancelled else "failed", reason=reason)

    async def _not_ours(self) -> UsageError:
        """Why the run cannot be taken, and what to do."""
        run = await self.store.read(partial(runs.get_run, run_id=self.run_id))
        if run.state == "finished":
            return UsageError(
                f"run {self.run_id} is finished",
                hint="`sluice runs show` shows its verdict; without --resume a new run starts",
            )
        left = (run.lease_until - self.store.now()).total_seconds() if run.lease_until is not None else 0.0
        return UsageError(
            f"run {self.run_id} is held by another process ({run.owner})",
            hint=f"wait until it ends; if it was killed, try again in {max(1, round(left))} s",
        )

    def let_go(self) -> None:
        """Stop renewing the lease."""
        if self._renewing is not None:
            self._renewing.cancel()
            self._renewing = None

    def _held(self) -> runs.Claim:
        if self._claim is None:
            raise UsageError(f"run {self.run_id} takes no more results")
        return self._claim

    async def _keep_lease(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            claim, now = self._held(), self.store.now()
            self._claim = await self.store.write(partial(runs.renew, claim=claim, now=now, lease=LEASE))


def _stored(identity: AgentIdentity, now: datetime) -> identities.StoredIdentity:
    return identities.StoredIdentity(
        agent=identity.agent,
        digest=identity.digest,
        version=identity.version,
        fingerprint=identity.fingerprint or "",
        commit=identity.commit or "",
        dirty=identity.dirty or "",
        first_seen_at=now,
    )

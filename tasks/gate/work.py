"""One gate at work: its steps, and what they share while it runs."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from sluice.errors import AgentUnreachableError
from sluice.gates.decide import decide
from sluice.gates.plan import plan_trials
from sluice.gates.verdict import Verdict
from sluice.identity import AgentIdentity
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.scores import TrialScore
from storage.store import Store
from tasks._agents.door import Agent, ask_policy, start_agent
from tasks._agents.request import trial_request
from tasks.gate.evidence import gather_evidence, not_evaluated_score
from tasks.gate.facts import Happened, evidence_digest, run_facts
from tasks.gate.ledger import RunLedger
from tasks.gate.loading import load_baseline, load_project, load_questions, storage_url
from tasks.gate.outcome import GateOutcome
from tasks.gate.plan import GatePlan, trial_order
from tasks.gate.request import GateRequest
from tasks.gate.resuming import how_to_go_on, run_to_resume
from tasks.identity import identify
from tasks.policy import Policy
from tasks.reports import check_report_folder, write_reports


class GateWork:
    """The steps of one gate. Steps take and return small values; documents stay here and in the store.

    Args:
        request: What is asked.
        engine_name: What runs the steps, for the record.
        env: Environment; this process's own where None.

    Raises:
        SluiceError: The settings cannot be used.
    """

    # How long trials in flight may still finish after a stop.
    drain_s = 5.0
    unanswered_errors = (AgentUnreachableError,)

    def __init__(self, request: GateRequest, *, engine_name: str, env: Mapping[str, str] | None = None) -> None:
        self.request = request
        self.project = load_project(request.config, env=env)
        self.scores: dict[TrialKey, TrialScore] = {}
        self.runs: dict[TrialKey, RecordedRun] = {}
        self.unreachable_in_a_row = 0
        self._engine_name = engine_name
        self._env = env
        self._unanswered: dict[TrialKey, str] = {}
        self._last_errors: dict[TrialKey, str] = {}
        self._health_error = ""
        self._files: Mapping[str, Path] = {}
        self._ledger: RunLedger | None = None
        self._opened = AsyncExitStack()

    @property
    def trial_policy(self) -> Policy:
        """How a trial is tried: connection faults a few times, answers never."""
        return ask_policy(self.project.settings.agent)

    @property
    def concurrency(self) -> int:
        """Trials that may run at once."""
        return self.project.settings.agent.concurrency

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._ledger is not None:
            self._ledger.let_go()
            if error is not None:
                await self._ledger.abandon(error)
        await self._opened.aclose()

    async def prepare(self) -> GatePlan:
        """Read everything, start the agent meanwhile, and create the run or go on with one.

        Raises:
            SluiceError: Settings, dataset, baseline or store cannot be used; nothing was run.
        """
        request, settings = self.request, self.project.settings
        if request.report_dir is not None:
            check_report_folder(Path(request.report_dir))
        identity = await self._identify()
        starting = asyncio.create_task(self._start_agent(identity))
        self._opened.push_async_callback(_end_agent, starting)
        store = await asyncio.to_thread(Store.open, storage_url(self.project))
        self._opened.push_async_callback(asyncio.to_thread, store.close)
        self.questions = await asyncio.to_thread(load_questions, self.project, request)
        self.baseline = await asyncio.to_thread(load_baseline, self.project, request, self.questions, store)
        self.trials = plan_trials(self.questions.strata, settings.policy, request.trials)
        plan = {"trials": dict(self.trials), "golden": str(self.questions.path), "partial": request.partial}
        dataset = self.questions.dataset
        resumed = await run_to_resume(store, request, identity, dataset_version=dataset.version, plan=plan)
        self._ledger = ledger = RunLedger(store, engine=self._engine_name)
        await ledger.take(
            run_id=resumed,
            kind=request.kind,
            identity=identity,
            dataset=dataset,
            path=str(self.questions.path),
            plan=plan,
        )
        self.identity, self.started_at = identity, store.now()
        keys = trial_order(
            [stratum for stratum in self.questions.strata if not stratum.needs], self.trials, seed=request.seed
        )
        n_answered = await self._read_answered(keys) if resumed else 0
        try:
            self._agent: Agent = await starting
        except AgentUnreachableError as error:
            self._health_error = str(error)
        waiting = () if self._health_error else tuple(key for key in keys if key not in self.runs)
        return GatePlan(run_id=ledger.run_id, trials=self.trials, keys=waiting, n_answered=n_answered)

    async def run_trials(self, keys: tuple[TrialKey, ...]) -> None:
        """Ask the agent, commit each answer, score it. Trials that have an answer are left alone.

        Raises:
            AgentUnreachableError: At least one trial brought no answer; the attempt is stored.
        """
        unreachable: AgentUnreachableError | None = None
        for key in keys:
            if key in self.runs or key in self._unanswered:
                continue
            try:
                await self._run_trial(key)
            except AgentUnreachableError as error:
                unreachable = error
        if unreachable is not None:
            raise unreachable

    async def decide(self) -> Verdict:
        """Decide on all evidence, and store scores, verdict and the end of the run."""
        ledger, policy = self._taken(), self.project.settings.policy
        evidence = gather_evidence(
            self.questions.strata,
            planned=self.trials,
            candidate=self._all_scores(),
            baseline=self.baseline.scored,
            has_baseline=self.baseline.file is not None,
        )
        report = await asyncio.to_thread(
            decide, evidence, policy=policy, partial=self.request.partial, health_error=self._health_error
        )
        facts = run_facts(
            Happened(
                run_id=ledger.run_id,
                engine=self._engine_name,
                identity=self.identity,
                questions=self.questions,
                baseline=self.baseline.file,
                trials=self.trials,
                runs=self.runs,
                started_at=self.started_at,
                ended_at=ledger.store.now(),
            )
        )
        await ledger.add_verdict(
            report,
            facts,
            found=tuple(self.scores.values()),
            dataset_version=self.questions.dataset.version,
            evidence_digest=evidence_digest(evidence, policy),
        )
        self._report, self._facts = report, facts
        self._to_resume = how_to_go_on(report.verdict, ledger.run_id, self._all_scores(), self.questions, self.runs)
        open_ = report.verdict is Verdict.ERROR or bool(self._to_resume)
        await ledger.end("failed" if open_ else "finished", reason=report.reasons[0] if open_ else "")
        return report.verdict

    async def publish(self) -> tuple[str, ...]:
        """Write the report files that were asked for; the names of what was written."""
        if self.request.report_dir is None:
            return ()
        self._files = await asyncio.to_thread(
            write_reports,
            Path(self.request.report_dir),
            report=self._report,
            facts=self._facts,
            strata=self.questions.strata,
            scores=self._scores_by_key(),
            runs=self.runs,
        )
        return tuple(str(path) for path in self._files.values())

    async def mark_cancelled(self) -> None:
        """Keep what is committed and say that somebody stopped the run."""
        await self._taken().end("cancelled", reason="stopped from outside")

    @property
    def outcome(self) -> GateOutcome:
        """The decided gate."""
        warnings = [*self.questions.dataset.warnings, *filter(None, (self.baseline.warning, self._to_resume))]
        return GateOutcome(
            report=self._report,
            facts=self._facts,
            strata=self.questions.strata,
            scores=self._scores_by_key(),
            runs=self.runs,
            files=self._files,
            warnings=tuple(warnings),
        )

    async def _identify(self) -> AgentIdentity:
        """The candidate; what a gate reads and writes beside it does not make another candidate of it."""
        request, settings, root = self.request, self.project.settings, self.project.root
        beside = [request.report_dir, request.golden or str(root / settings.golden.path)]
        beside += [str(root / settings.baseline.file)] if settings.baseline.file else []
        return await identify(
            settings.agent,
            root,
            version_override=request.agent_version,
            exclude=[Path(path) for path in beside if path is not None],
        )

    async def _start_agent(self, identity: AgentIdentity) -> Agent:
        return await start_agent(
            self.project.settings.agent, root=self.project.root, version=identity.version, env=self._env
        )

    async def _read_answered(self, keys: tuple[TrialKey, ...]) -> int:
        found = await self._taken().answers(keys)
        for key, recorded in found.items():
            self._score(key, recorded)
        return len(found)

    async def _run_trial(self, key: TrialKey) -> None:
        ledger, stratum = self._taken(), self.questions.named[key.stratum]
        request = trial_request(
            key,
            stratum.input,
            run_id=ledger.run_id,
            deadline_s=self.project.settings.agent.timeout_s,
            attempt=ledger.next_attempt(key),
        )
        try:
            recorded = await self._agent.ask(request)
        except AgentUnreachableError as error:
            await ledger.add_attempt(key, str(error))
            self._last_errors[key] = str(error)
            raise
        if recorded.status == "not_evaluated":
            self._unanswered[key] = recorded.error or "not evaluated, and no reason was given"
            await ledger.add_attempt(key, self._unanswered[key])
            return
        self.unreachable_in_a_row = 0
        recorded = replace(recorded, trace_id=recorded.trace_id or request.trace_id)
        await ledger.add_answer(recorded, stratum)
        self._score(key, recorded)

    def _score(self, key: TrialKey, recorded: RecordedRun) -> None:
        self.runs[key] = recorded
        self.scores[key] = self.questions.scorer.score(recorded)

    def score_of(self, key: TrialKey) -> TrialScore:
        """The score of a planned trial; one that brought no answer is not evaluated, with the reason."""
        return self.scores.get(key) or not_evaluated_score(key, self._why_unevaluated(key))

    def _all_scores(self) -> list[TrialScore]:
        """A score for every planned trial."""
        return [
            self.score_of(TrialKey(case_id=stratum.case.id, variant=stratum.variant, trial=trial))
            for stratum in self.questions.strata
            for trial in range(self.trials[stratum.name])
        ]

    def _scores_by_key(self) -> dict[TrialKey, TrialScore]:
        return {score.key: score for score in self._all_scores()}

    def _why_unevaluated(self, key: TrialKey) -> str:
        needs = self.questions.named[key.stratum].needs
        if needs:
            return f"this version of Sluice cannot run {', '.join(needs)} yet"
        reason = self._unanswered.get(key) or self._last_errors.get(key) or self._health_error
        return reason or "never asked: the agent had been unreachable many times in a row"

    def _taken(self) -> RunLedger:
        assert self._ledger is not None, "prepare comes first"
        return self._ledger


async def _end_agent(starting: "asyncio.Task[Agent]") -> None:
    """End the agent, whether it is still being started or has been in use."""
    starting.cancel()
    await asyncio.wait({starting})
    if not starting.cancelled() and starting.exception() is None:
        await starting.result().close()

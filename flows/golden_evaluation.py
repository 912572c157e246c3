"""Evaluate a candidate agent on its golden dataset and decide whether it may ship."""

import asyncio

from prefect import flow
from prefect.artifacts import acreate_link_artifact, acreate_markdown_artifact, acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Cancelled, Completed, Failed

from flows._prefect import PrefectEngine
from flows._watching import OBSERVER, LogWatcher, stopped_when_cancelled
from sluice.gates.verdict import Verdict
from sluice.reports.markdown import gate_markdown
from sluice.reports.view import report_view
from tasks.gate.outcome import GateOutcome
from tasks.gate.request import GateRequest
from tasks.gate.work import GateWork
from tasks.runs.golden import Stopped
from tasks.runs.golden import golden_evaluation as compose

ARTIFACT = "golden-evaluation"


def _run_name() -> str:
    """``support stable``: the project's folder and the version, as far as they are given."""
    given = flow_run.get_parameters()
    place = str(given.get("config") or "").removesuffix("/sluice.yaml").rsplit("/", 1)[-1]
    return " ".join(part for part in ("golden", place, given.get("agent_version")) if part)


@flow(name="golden_evaluation", flow_run_name=_run_name, persist_result=False, retries=0)
async def golden_evaluation(
    config: str | None = None,
    agent_version: str | None = None,
    trials: int | None = None,
    baseline: str | None = None,
    golden: str | None = None,
    cases: list[str] | None = None,
    tags: list[str] | None = None,
    resume: str | None = None,
    report_dir: str | None = None,
    seed: int = 0,
) -> State[None]:
    """Evaluate a candidate agent on its golden dataset and decide whether it may ship.

    The run ends as Completed with the verdict (PASS, FAIL, INCONCLUSIVE) as its name, or as Failed where the candidate
    could not be evaluated. The verdict with its numbers is in the artifacts.

    Args:
        config: Absolute path of sluice.yaml.
        agent_version: Candidate version; fills {{version}} of agent.start.
        trials: Trials per case, for every tier; empty: as the policy says.
        baseline: A file of recorded runs, a run id, or "none"; empty: the configured one.
        golden: Dataset instead of the configured one.
        cases: Only cases (or case/variant) that match one of these patterns.
        tags: Only cases with one of these tags.
        resume: Run to go on with.
        report_dir: Folder for the HTML, Markdown, JUnit and JSON reports.
        seed: Of the order in which trials are run.
    """
    request = GateRequest(
        config=config,
        agent_version=agent_version,
        trials=trials,
        baseline=baseline,
        golden=golden,
        cases=tuple(cases or ()),
        tags=tuple(tags or ()),
        resume=resume,
        report_dir=report_dir,
        seed=seed,
    )
    observer = OBSERVER.get()
    stop = observer.stop if observer else asyncio.Event()
    watcher = observer.watcher if observer else LogWatcher()
    try:
        work = GateWork(request, engine_name=PrefectEngine.name)
        async with stopped_when_cancelled(stop):
            outcome = await compose(work, PrefectEngine(), stop=stop, watcher=watcher)
    except Stopped:
        return Cancelled(message="stopped; what was committed is kept")
    except Exception as error:
        if observer:
            observer.error = error
        raise
    if observer:
        observer.outcome = outcome
    await _publish(outcome)
    return _state(outcome)


async def _publish(outcome: GateOutcome) -> None:
    """What the run's page shows: the verdict, the tiers, and where the report lies."""
    view = report_view(outcome.report, outcome.facts, outcome.strata, outcome.scores, outcome.runs)
    await acreate_markdown_artifact(key=ARTIFACT, markdown=gate_markdown(view), description="The verdict, and why")
    rows = [
        {
            "tier": tier.tier,
            "passed": tier.n_passed,
            "trials": tier.n_trials,
            "not evaluated": tier.n_unevaluated,
            "pass rate": None if tier.rate is None else round(tier.rate.estimate, 4),
            "floor": tier.floor,
            "verdict": "fails" if tier.failed else "holds" if tier.passed else "open",
        }
        for tier in outcome.report.tiers
    ]
    await acreate_table_artifact(key=f"{ARTIFACT}-tiers", table=rows, description="Pass rates against their floors")
    if "html" in outcome.files:
        link = outcome.files["html"].absolute().as_uri()
        await acreate_link_artifact(key=f"{ARTIFACT}-report", link=link, link_text="The whole report")


def _state(outcome: GateOutcome) -> State[None]:
    report = outcome.report
    message = f"{report.reasons[0]} (run {outcome.facts.run_id})"
    if report.verdict is Verdict.ERROR:
        return Failed(name="ERROR", message=message)
    return Completed(name=report.verdict.value, message=message)

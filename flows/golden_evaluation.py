"""Evaluate a candidate agent on its golden dataset and decide whether it may ship."""

from pathlib import Path
from typing import Annotated

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from prefect.states import Cancelled, Completed, Failed
from pydantic import Field

from flows._page import name_run, show_outcome
from flows._prefect import PrefectEngine
from flows._watching import OBSERVER, Observer, stopped_from_outside
from sluice.errors import SluiceError, UsageError
from sluice.gates.verdict import Verdict
from tasks.gate.outcome import GateOutcome
from tasks.gate.request import GateRequest
from tasks.gate.work import GateWork
from tasks.runs.golden import Stopped
from tasks.runs.golden import golden_evaluation as compose


def _run_name() -> str:
    """``golden support_agent stable``, from what is asked; the run names itself after the agent as soon as it knows."""
    given = flow_run.get_parameters()
    place = str(given.get("config") or "").removesuffix("/sluice.yaml").rsplit("/", 1)[-1]
    return " ".join(part for part in ("golden", place, given.get("agent_version")) if part)


@flow(name="golden_evaluation", flow_run_name=_run_name, persist_result=False, retries=0)
async def golden_evaluation(
    config: str,
    agent_version: str = "",
    trials: Annotated[int, Field(ge=0, le=1000)] = 0,
    baseline: str = "",
    golden: str = "",
    cases: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
    resume: str = "",
    report_dir: str = "",
    seed: int = 0,
) -> State[None]:
    """Evaluate a candidate agent on its golden dataset and decide whether it may ship.

    The run ends as Completed with the verdict (PASS, FAIL, INCONCLUSIVE) as its name, or as Failed with the name ERROR
    where the candidate could not be evaluated. The verdict with its numbers is in the artifacts.

    Args:
        config: Absolute path of sluice.yaml, or of the folder it lies in.
        agent_version: Candidate version; fills {{version}} of agent.start. Empty: agent.version of the settings.
        trials: Trials a case, for every tier. 0: as the policy says.
        baseline: A file of recorded runs (absolute path), a run id, or "none". Empty: the configured one.
        golden: Dataset (absolute path) instead of the configured one.
        cases: Only cases, or case/variant, that match one of these patterns, such as refund-*.
        tags: Only cases with one of these tags.
        resume: Id of the run to go on with.
        report_dir: Folder (absolute path) for the HTML, Markdown, JUnit and JSON reports. Empty: none are written.
        seed: Of the order in which trials are run.
    """
    # An empty field is how a form says "none", and what is pasted into one may end with a line break.
    request = GateRequest(
        config=config.strip(),
        agent_version=agent_version.strip() or None,
        trials=trials or None,
        baseline=baseline.strip() or None,
        golden=golden.strip() or None,
        cases=cases,
        tags=tags,
        resume=resume.strip() or None,
        report_dir=report_dir.strip() or None,
        seed=seed,
    )
    observer = OBSERVER.get() or Observer()
    try:
        observer.outcome = outcome = await _evaluate(request, observer)
    except Stopped:
        return Cancelled(message="stopped; what was committed is kept, and the same request goes on with it")
    except SluiceError as error:
        # A person's mistake or an agent that is down: a sentence tells it better than a traceback.
        observer.error = error
        return Failed(name=Verdict.ERROR.value, message=". ".join(part for part in (error.message, error.hint) if part))
    except Exception as error:
        observer.error = error
        raise
    try:
        await show_outcome(outcome)
    except Exception:
        # The verdict stands and is stored, whether this page shows it or not.
        get_run_logger().exception("the artifacts of run %s could not be published", outcome.facts.run_id)
    return _state(outcome)


async def _evaluate(request: GateRequest, observer: Observer) -> GateOutcome:
    """Run the composition on this flow run."""
    if not Path(request.config or "").is_absolute():
        # A worker's own folder is nobody's project.
        raise UsageError(f"config must be the absolute path of a sluice.yaml, got {request.config!r}")
    work = GateWork(request, engine_name=PrefectEngine.name)
    agent = work.project.settings.agent
    async with stopped_from_outside(observer):
        await name_run(agent.name, request.agent_version or agent.version)
        return await compose(work, PrefectEngine(), stop=observer.stop, watcher=observer.watcher)


def _state(outcome: GateOutcome) -> State[None]:
    report = outcome.report
    message = f"{report.reasons[0]} (run {outcome.facts.run_id})"
    if report.verdict is Verdict.ERROR:
        return Failed(name=Verdict.ERROR.value, message=message)
    return Completed(name=report.verdict.value, message=message)

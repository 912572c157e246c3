"""``sluice gate``: evaluate a candidate on the golden dataset and say whether it may ship."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from interfaces.cli.console import GateProgress, make_console, print_gate
from interfaces.cli.engines import EngineName, chosen_engine, use_server
from interfaces.cli.errors import INTERRUPTED, tell, told
from interfaces.cli.options import ConfigOption, absolute, require_writable
from interfaces.cli.output import OUTPUT_LOST, output_may_be_lost
from sluice.reports.gate_json import gate_json
from sluice.reports.view import report_view
from sluice.reports.words import count
from sluice.trials.scores import TrialScore
from tasks.gate.loading import load_project
from tasks.gate.outcome import GateOutcome
from tasks.gate.plan import GatePlan
from tasks.gate.request import GateRequest
from tasks.gate.work import GateWork
from tasks.reports import write_json
from tasks.runs.engine import InlineEngine
from tasks.runs.golden import Stopped, golden_evaluation

EXAMPLE = """

Example: sluice gate --config examples/support_agent/sluice.yaml --agent-version stable --report sluice-report

Exit codes: 0 PASS, 1 FAIL, 2 wrong use or dataset, 3 INCONCLUSIVE, 4 ERROR (could not evaluate), 130 interrupted.
"""


def gate(
    config: ConfigOption = None,
    golden: Annotated[Path | None, typer.Option(help="Dataset instead of the configured one.")] = None,
    agent_version: Annotated[str | None, typer.Option(help="Candidate version; fills {{version}}.")] = None,
    trials: Annotated[int | None, typer.Option(min=1, max=1000, help="Trials a case, for every tier.")] = None,
    baseline: Annotated[
        str | None, typer.Option(help="A file of recorded runs, a run id, or none [default: the pinned one].")
    ] = None,
    case: Annotated[list[str] | None, typer.Option(help="Only cases (or case/variant) of this pattern.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Only cases with this tag.")] = None,
    resume: Annotated[str | None, typer.Option(help="Go on with this run.")] = None,
    engine: Annotated[EngineName, typer.Option(help="What runs the trials.")] = "auto",
    report: Annotated[Path | None, typer.Option(help="Folder for the HTML, Markdown, JUnit and JSON reports.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="File for the verdict as JSON.")] = None,
    seed: Annotated[int, typer.Option(help="Of the order in which trials are run.")] = 0,
) -> None:
    """Evaluate a candidate on the golden dataset and say whether it may ship."""
    request = GateRequest(
        config=absolute(config),
        golden=absolute(golden),
        agent_version=agent_version,
        trials=trials,
        baseline=_absolute_if_file(baseline),
        cases=tuple(case or ()),
        tags=tuple(tag or ()),
        resume=resume,
        report_dir=absolute(report),
        seed=seed,
    )
    with told():
        require_writable(json_file)
        outcome = run_gate(request, engine=engine)
        if json_file is not None:
            write_json(json_file, gate_json(outcome.report, outcome.facts, outcome.scores))
        with output_may_be_lost():
            show_outcome(outcome)
        raise typer.Exit(outcome.report.verdict.exit_code)


gate.__doc__ = f"{gate.__doc__}{EXAMPLE}"


def run_gate(request: GateRequest, *, engine: EngineName) -> GateOutcome:
    """Run a gate on the engine, with progress on the terminal; SIGINT and SIGTERM stop it cleanly.

    Raises:
        SluiceError: It could not be run.
        typer.Exit: It was stopped.
    """
    name, server = chosen_engine(engine, os.environ)
    progress = ShownProgress()
    try:
        if name == "inline":
            return asyncio.run(_inline(request, progress))
        use_server(server, log_folder=load_project(request.config).root / ".sluice" / "logs")
        # prefect takes 2 s to import, and the inline engine never needs it.
        from flows.running import run_as_flow

        return run_as_flow(request, watcher=progress, on_stop=_stop_on_signals)
    except (Stopped, KeyboardInterrupt):
        progress.stop()
        if not progress.run_id:
            tell("stopped before anything was asked")
        else:
            tell(
                f"stopped; what was committed is kept (run {progress.run_id})",
                hint=f"go on with: sluice gate --resume {progress.run_id}",
            )
        raise typer.Exit(INTERRUPTED) from None
    finally:
        progress.stop()


async def _inline(request: GateRequest, progress: "ShownProgress") -> GateOutcome:
    stop = asyncio.Event()
    _stop_on_signals(stop.set)
    work = GateWork(request, engine_name="inline")
    return await golden_evaluation(work, InlineEngine(), stop=stop, watcher=progress)


def _stop_on_signals(stop: Callable[[], None]) -> None:
    """The first signal stops cleanly, a second one at once."""
    loop = asyncio.get_running_loop()

    def first(number: signal.Signals) -> None:
        loop.remove_signal_handler(number)
        stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, first, number)


class ShownProgress(GateProgress):
    """Shows on standard error how a gate goes, and remembers which run it is.

    A terminal that is gone must not end a run that costs money: what cannot be shown is left out.
    """

    def __init__(self) -> None:
        super().__init__(make_console(sys.stderr))
        self.run_id = ""

    def planned(self, plan: GatePlan) -> None:
        """Show what is going to be run."""
        self.run_id = plan.run_id
        with suppress(*OUTPUT_LOST):
            if plan.n_answered:
                self._line(f"going on with run {plan.run_id}, which has {count(plan.n_answered, 'answer')}")
            if plan.keys:
                self.start(len(plan.keys))

    def trial_done(self, score: TrialScore) -> None:
        """Count one more trial."""
        with suppress(*OUTPUT_LOST):
            super().trial_done(score)

    def stop(self) -> None:
        """End the showing."""
        with suppress(*OUTPUT_LOST):
            super().stop()


def show_outcome(outcome: GateOutcome) -> None:
    """Print a verdict."""
    console = make_console()
    for warning in outcome.warnings:
        console.print(f"Warning: {warning}", style="yellow", soft_wrap=True)
    view = report_view(outcome.report, outcome.facts, outcome.strata, outcome.scores, outcome.runs)
    print_gate(console, view, report_path=str(outcome.files.get("html", "")))


def _absolute_if_file(baseline: str | None) -> str | None:
    return str(Path(baseline).absolute()) if baseline and Path(baseline).is_file() else baseline

"""``sluice baseline``: what later candidates are compared with."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from interfaces.cli.console import make_console
from interfaces.cli.errors import told
from interfaces.cli.gate import run_gate
from interfaces.cli.options import ConfigOption, absolute
from interfaces.cli.stores import project_store
from sluice.errors import UsageError
from tasks.baselines import read_baseline
from tasks.gate.loading import load_project
from tasks.gate.request import GateRequest
from tasks.gate.resolving import LATEST, resolve_run
from tasks.pinning import Pinned, pin_baseline

baseline = typer.Typer(
    name="baseline", help="Pin a reviewed run as the baseline, and look at the pinned one.", no_args_is_help=True
)


@baseline.command()
def pin(
    run: Annotated[str, typer.Argument(help="Run id, a unique beginning of one, or latest.")] = LATEST,
    to: Annotated[Path | None, typer.Option(help="File. Default: baseline.file of sluice.yaml.")] = None,
    by: Annotated[str | None, typer.Option(help="Who reviewed the run. Default: your user name.")] = None,
    trials: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Run more trials of the same candidate first, up to this many.")
    ] = None,
    agent_version: Annotated[str | None, typer.Option(help="Version of that candidate, to run more trials.")] = None,
    even_failed: Annotated[bool, typer.Option("--even-failed", help="Pin a run whose verdict is FAIL.")] = False,
    config: ConfigOption = None,
) -> None:
    """Pin a reviewed run as the baseline: its answers go to a file that belongs into the repository.

    Ten trials a case make a baseline that costs later gates little power; --trials 10 tops a shorter run up.

    Example: sluice baseline pin latest --to golden/baseline.jsonl.gz --trials 10 --by ana
    """
    with told():
        with project_store(config) as (project, store):
            chosen = resolve_run(store, run, agent=project.settings.agent.name)
            target = to or _configured(project.root, project.settings.baseline.file)
        if trials is not None:
            request = GateRequest(
                config=absolute(config),
                agent_version=agent_version,
                trials=trials,
                baseline="none",
                resume=chosen.run_id,
                kind="baseline",
            )
            run_gate(request, engine="inline")
        with project_store(config) as (_, store):
            again = resolve_run(store, chosen.run_id)
            _print_pinned(pin_baseline(store, again, target, by=by or getpass.getuser(), even_failed=even_failed))


@baseline.command()
def show(
    file: Annotated[Path | None, typer.Argument(help="Baseline file. Default: baseline.file of sluice.yaml.")] = None,
    config: ConfigOption = None,
) -> None:
    """Show where a baseline comes from and what it holds.

    Example: sluice baseline show golden/baseline.jsonl.gz
    """
    with told():
        project = load_project(absolute(config))
        path = file or _configured(project.root, project.settings.baseline.file)
        found = read_baseline(path)
        strata = {run.key.stratum for run in found.runs}
        console = make_console()
        console.print(f"{path}: {len(found.runs)} trials of {len(strata)} strata", soft_wrap=True)
        if found.pin is None:
            console.print("no pin: a plain file of recorded runs", soft_wrap=True)
            return
        identity = {name: value for name, value in found.pin.identity.items() if value and name != "digest"}
        rows = [
            ("agent", found.pin.agent),
            *((name, str(value)[:16]) for name, value in identity.items()),
            ("run", found.pin.run_id),
            ("pinned", f"{found.pin.pinned_at} by {found.pin.pinned_by}"),
            ("dataset", found.pin.dataset_version[:16]),
        ]
        for name, value in rows:
            console.print(f"  {name:<12}{value}", soft_wrap=True)


def _configured(root: Path, file: str | None) -> Path:
    if file is None:
        raise UsageError("no baseline file is named", hint="use --to FILE, or set baseline.file in sluice.yaml")
    return root / file


def _print_pinned(pinned: Pinned) -> None:
    console = make_console()
    console.print(
        f"Pinned run {pinned.pin.run_id} to {pinned.path}: {pinned.n_trials} trials of {pinned.n_strata} strata",
        soft_wrap=True,
    )
    console.print("Commit the file: every gate of this project compares with it from now on.", soft_wrap=True)
    if pinned.fewest < 10:
        console.print(
            f"It has {pinned.fewest} trials in its thinnest stratum; with 10, small drops are found far more often: "
            f"sluice baseline pin {pinned.pin.run_id} --to {pinned.path} --trials 10 --by {pinned.pin.pinned_by}",
            soft_wrap=True,
        )

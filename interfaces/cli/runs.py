"""``sluice runs``: what has been run, and what came of it."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from interfaces.cli.console import make_console, print_gate
from interfaces.cli.errors import told
from interfaces.cli.options import ConfigOption
from interfaces.cli.output import print_json
from interfaces.cli.stores import project_store
from sluice.errors import DocumentError, UsageError
from sluice.golden.case import Stratum
from sluice.reports.gate_json import gate_json
from sluice.reports.text import one_line
from sluice.reports.view import report_view
from sluice.trials.parsing import run_to_record
from storage import runs as stored_runs
from storage import scores as stored_scores
from storage import verdicts as stored_verdicts
from storage.datasets import find_dataset
from storage.store import Store
from storage.trials import trials_of_run
from tasks._tables import runs_frames, write_csv, write_parquet
from tasks.files import read_dataset
from tasks.gate.resolving import LATEST, resolve_run
from tasks.reports import write_json_lines, write_reports

runs = typer.Typer(name="runs", help="List, show and export runs.", no_args_is_help=True)
RunArgument = Annotated[str, typer.Argument(help="Run id, a unique beginning of one, or latest.")]


class ExportFormat(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    PARQUET = "parquet"
    JSONL = "jsonl"


@runs.command("list")
def list_(
    config: ConfigOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """List runs, newest first, with their verdicts.

    Example: sluice runs list --limit 5
    """
    with told(), project_store(config) as (_, store):
        found = store.read_now(partial(stored_runs.list_runs, limit=limit))
        told_ = store.read_now(partial(stored_verdicts.latest_verdicts, run_ids=[run.run_id for run in found]))
        rows = [
            {
                "run": run.run_id,
                "verdict": told_[run.run_id].value if run.run_id in told_ else None,
                "state": run.state,
                "agent": run.agent,
                "candidate": run.identity_digest[:12],
                "kind": run.kind,
                "engine": run.engine,
                "created": run.created_at.isoformat(timespec="seconds"),
            }
            for run in found
        ]
        if as_json:
            print_json(rows, indent=2)
            return
        console = make_console()
        if not rows:
            console.print("No run yet. `sluice gate` makes one.")
            return
        _print_rows(console, rows)


def _print_rows(console: Console, rows: Sequence[Mapping[str, str | None]]) -> None:
    """A table on a terminal; elsewhere whole values with tabs between, which a script can cut."""
    lines = [tuple(rows[0]), *(tuple(value or "-" for value in row.values()) for row in rows)]
    if not console.is_terminal:
        for line in lines:
            # rich would turn tabs into spaces
            typer.echo("\t".join(one_line(cell) for cell in line))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in lines[0]:
        table.add_column(name, no_wrap=name in ("run", "verdict", "state"), overflow="fold")
    for line in lines[1:]:
        table.add_row(*map(one_line, line))
    console.print(table)


@runs.command()
def show(
    run: RunArgument = LATEST,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
    report: Annotated[Path | None, typer.Option(help="Folder to write the report files to.")] = None,
) -> None:
    """Show the verdict of a run as it was given.

    Example: sluice runs show latest --report sluice-report
    """
    with told(), project_store(config) as (_, store):
        chosen = resolve_run(store, run)
        verdict = store.read_now(partial(stored_verdicts.latest_verdict, run_id=chosen.run_id))
        if verdict is None:
            reason = f": {chosen.reason}" if chosen.reason else ""
            raise UsageError(
                f"run {chosen.run_id} is {chosen.state} and has no verdict{reason}",
                hint=f"go on with it: sluice gate --resume {chosen.run_id}",
            )
        rules = store.read_now(partial(stored_scores.latest_rules, run_id=chosen.run_id))
        found = list(stored_scores.scored_trials(store, chosen.run_id, rules=rules)) if rules else []
        scores = {trial.key: trial.score for trial in found if trial.score is not None}
        recorded = {trial.key: trial.recorded for trial in found if trial.recorded is not None}
        if as_json:
            print_json(gate_json(verdict.report, verdict.facts, scores), indent=2)
            return
        strata = _strata(store, chosen)
        files = {}
        if report is not None:
            files = write_reports(
                report, report=verdict.report, facts=verdict.facts, strata=strata, scores=scores, runs=recorded
            )
        view = report_view(verdict.report, verdict.facts, strata, scores, recorded)
        print_gate(make_console(), view, report_path=str(files.get("html", "")))


def _strata(store: Store, run: stored_runs.Run) -> tuple[Stratum, ...]:
    """The strata of the run's dataset, if it is still there unchanged: a report must not show other expectations."""
    stored = store.read_now(partial(find_dataset, agent=run.agent, version=run.dataset_version))
    try:
        dataset = read_dataset(Path(stored.path)) if stored else None
    except (UsageError, DocumentError):
        return ()
    return dataset.strata if dataset is not None and dataset.version == run.dataset_version else ()


@runs.command()
def export(
    run: RunArgument = LATEST,
    to: Annotated[Path | None, typer.Option(help="File. Default: RUN.FORMAT in the working directory.")] = None,
    as_format: Annotated[
        ExportFormat | None, typer.Option("--format", help="Default: by the ending of the file, else csv.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Export the trials of a run: a table (csv, parquet), or recorded runs (jsonl) for `sluice score` and `compare`.

    Example: sluice runs export latest --to trials.parquet
    """
    with told(), project_store(config) as (_, store):
        chosen = resolve_run(store, run)
        form = as_format or _format_of(to)
        path = to or Path(f"{chosen.run_id}.{form.value}")
        if form is ExportFormat.JSONL:
            write_json_lines(path, (run_to_record(trial.recorded) for trial in trials_of_run(store, chosen.run_id)))
            typer.echo(f"recorded runs to {path}")
            return
        rules = store.read_now(partial(stored_scores.latest_rules, run_id=chosen.run_id))
        if rules is None:
            raise UsageError(
                f"run {chosen.run_id} has no scores yet", hint=f"end it first: sluice gate --resume {chosen.run_id}"
            )
        frames = runs_frames(stored_scores.scored_trials(store, chosen.run_id, rules=rules), run_id=chosen.run_id)
        write = write_csv if form is ExportFormat.CSV else write_parquet
        typer.echo(f"{write(frames, path)} trials to {path}")


def _format_of(path: Path | None) -> ExportFormat:
    endings = {f".{form.value}": form for form in ExportFormat}
    if path is None:
        return ExportFormat.CSV
    if path.suffix not in endings:
        raise UsageError(
            f"cannot tell the format of {path} by its ending", hint="end it .csv, .parquet or .jsonl, or use --format"
        )
    return endings[path.suffix]

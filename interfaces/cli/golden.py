"""``sluice golden``: look into a golden dataset before anything is run on it."""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from interfaces.cli.output import print_json
from sluice.documents.names import unknown
from sluice.errors import DocumentError, SluiceError, UsageError
from sluice.golden.case import Dataset, GoldenCase, Stratum
from tasks.files import read_dataset, read_settings

golden = typer.Typer(name="golden", help="Look into golden datasets, and make them.", no_args_is_help=True)

PathArgument = Annotated[
    Path | None,
    typer.Argument(help="Golden dataset: a file or a folder. Default: golden.path of sluice.yaml.", show_default=False),
]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="Settings file. Default: ./sluice.yaml.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


@golden.command()
def check(path: PathArgument = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Check a dataset and tell every problem in it at once.

    Exit code 0: sound. Exit code 2: broken or empty.

    Example: sluice golden check golden/
    """
    with _errors_told(as_json=as_json):
        place = _dataset_path(path, config)
        dataset = read_dataset(place)
        if as_json:
            print_json(_summary(place, dataset), indent=2)
            return
        _print_summary(place, dataset)


@golden.command("list")
def list_cases(
    path: PathArgument = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="Only cases with this tag; may be repeated.")] = None,
    tier: Annotated[str | None, typer.Option("--tier", help="Only cases of this tier.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the cases of a dataset.

    Example: sluice golden list golden/ --tier critical
    """
    with _errors_told(as_json=as_json):
        dataset = read_dataset(_dataset_path(path, config))
        cases = [case for case in dataset.cases if _wanted(case, tags=tag or [], tier=tier)]
        if as_json:
            print_json([_row(case, dataset) for case in cases], indent=2)
            return
        columns = ("case", "tier", "capability", "tags", "variants", "where")
        _print_table(columns, [[_cell(_row(case, dataset)[name]) for name in columns] for case in cases])


@golden.command()
def show(
    case_id: Annotated[str, typer.Argument(help="Id of the case.")],
    path: Annotated[
        Path | None, typer.Option("--golden", help="Golden dataset. Default: golden.path of sluice.yaml.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one case: what is sent, what must hold, its strata and digests.

    Example: sluice golden show refund-damaged-item --golden golden/
    """
    with _errors_told(as_json=as_json):
        dataset = read_dataset(_dataset_path(path, config))
        case = _case(dataset, case_id)
        strata = [_stratum(one) for one in dataset if one.case is case]
        shown = {"case": _written(case), "where": dataset.sources[case.id], "strata": strata}
        if as_json:
            print_json(shown, indent=2)
            return
        _print_case(shown)


def _dataset_path(path: Path | None, config: Path | None) -> Path:
    if path is not None:
        return path
    settings, root = read_settings(config, os.environ)
    place = root / settings.golden.path
    return place.relative_to(Path.cwd()) if place.is_relative_to(Path.cwd()) else place


@contextmanager
def _errors_told(*, as_json: bool) -> Iterator[None]:
    """Errors as sentences on stderr (and as JSON on stdout where JSON was asked for), with their exit code."""
    try:
        yield
    except SluiceError as error:
        if as_json:
            print_json({"schema_version": 1, "valid": False, "problems": _problems(error)}, indent=2)
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(error.exit_code) from None


def _problems(error: SluiceError) -> list[dict[str, Any]]:
    if not isinstance(error, DocumentError):
        return [{"file": "", "line": 0, "case": "", "field": "", "message": error.message}]
    names = ("file", "line", "case", "field", "message")
    return [{name: getattr(problem, name) for name in names} for problem in error.problems]


def _summary(place: Path, dataset: Dataset) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "valid": True,
        "path": place.as_posix(),
        "version": dataset.version,
        "cases": len(dataset.cases),
        "strata": len(dataset.strata),
        "counted": sum(one.counted for one in dataset),
        "tiers": [dict(zip(("tier", "cases", "strata", "counted"), row, strict=True)) for row in _tiers(dataset)],
        "needs": [{"need": need, "strata": n} for need, n in _needs(dataset).items()],
        "warnings": list(dataset.warnings),
        "problems": [],
    }


def _print_summary(place: Path, dataset: Dataset) -> None:
    typer.echo(
        f"{place}: {_number(len(dataset.cases), 'case')}, {len(dataset.strata)} strata "
        f"({sum(one.counted for one in dataset)} counted), version {dataset.version[:12]}, no problems"
    )
    rows = [[str(cell) for cell in row] for row in _tiers(dataset)]
    _print_table(("tier", "cases", "strata", "counted"), rows)
    for need, n in _needs(dataset).items():
        typer.echo(f"not evaluated by this version: {n} of {len(dataset.strata)} strata, which need {need}")
    for warning in dataset.warnings:
        typer.echo(f"warning: {warning}", err=True)


def _tiers(dataset: Dataset) -> list[tuple[str, int, int, int]]:
    tiers = dict.fromkeys(case.tier for case in dataset.cases)
    strata = Counter(one.case.tier for one in dataset)
    counted = Counter(one.case.tier for one in dataset if one.counted)
    cases = Counter(case.tier for case in dataset.cases)
    return [(tier, cases[tier], strata[tier], counted[tier]) for tier in tiers]


def _needs(dataset: Dataset) -> Counter[str]:
    return Counter(need for one in dataset for need in one.needs)


def _wanted(case: GoldenCase, *, tags: Sequence[str], tier: str | None) -> bool:
    return (not tags or bool(set(tags) & set(case.tags))) and tier in (None, case.tier)


def _row(case: GoldenCase, dataset: Dataset) -> dict[str, Any]:
    return {
        "case": case.id,
        "tier": case.tier,
        "capability": case.capability,
        "tags": list(case.tags),
        "variants": len(case.variants),
        "where": dataset.sources[case.id],
    }


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _case(dataset: Dataset, case_id: str) -> GoldenCase:
    known = {case.id: case for case in dataset.cases}
    if case_id not in known:
        raise UsageError(unknown("case", case_id, known), hint="list the cases with `sluice golden list`")
    return known[case_id]


def _written(case: GoldenCase) -> dict[str, Any]:
    """The case as it would be written, defaults left out."""
    return case.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _stratum(stratum: Stratum) -> dict[str, Any]:
    return {
        "stratum": stratum.name,
        "counted": stratum.counted,
        "stimulus": stratum.stimulus_digest,
        "expectation": stratum.expectation_digest,
        "needs": list(stratum.needs),
    }


def _print_case(shown: dict[str, Any]) -> None:

    typer.echo(f"# {shown['where']}")
    typer.echo(yaml.safe_dump(shown["case"], sort_keys=False, allow_unicode=True, width=100), nl=False)
    typer.echo("")
    columns = ("stratum", "counted", "stimulus", "expectation", "not evaluated, needs")
    rows = [_stratum_cells(one) for one in shown["strata"]]
    _print_table(columns, rows)


def _stratum_cells(one: dict[str, Any]) -> list[str]:
    counted = "yes" if one["counted"] else "no"
    return [one["stratum"], counted, one["stimulus"][:12], one["expectation"][:12], ", ".join(one["needs"])]


def _number(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A drawn table on a terminal; tab-separated lines elsewhere."""
    if not sys.stdout.isatty():
        for row in (columns, *rows):
            typer.echo("\t".join(row))
        return
    # 40 ms of import, needed only where somebody looks.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns)
    for row in rows:
        # Text, because ids and tags may hold what rich would read as markup.
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)

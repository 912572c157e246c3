"""``sluice golden import``: other tools' data sets made into golden cases and recorded runs."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from interfaces.cli.console import make_console
from interfaces.cli.errors import told
from tasks.importing import import_tau_bench_file


class Source(StrEnum):
    """Where a file comes from."""

    TAU_BENCH = "tau-bench"


def import_(
    file: Annotated[Path, typer.Argument(help="File to import.")],
    source: Annotated[Source, typer.Option("--from", help="What wrote it.")],
    out: Annotated[Path, typer.Option(help="Folder for golden/ and runs.jsonl.")],
) -> None:
    """Make golden cases and recorded runs from another tool's file.

    Example: sluice golden import --from tau-bench results.json --out airline
    """
    readers = {Source.TAU_BENCH: import_tau_bench_file}
    with told():
        done = readers[source](file, out)
        console = make_console()
        console.print(
            f"{source.value}: {done.n_cases} cases in {done.golden}, {done.n_runs} recorded runs in {done.runs}",
            soft_wrap=True,
        )
        for note in done.notes:
            console.print(f"Warning: {note}", style="yellow", soft_wrap=True)
        console.print(f"Next: sluice score --golden {done.golden} --runs {done.runs}", soft_wrap=True)

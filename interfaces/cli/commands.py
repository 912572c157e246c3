"""The commands of ``sluice``, put together."""

from importlib.metadata import version
from typing import Annotated

import typer

from interfaces.cli.baseline import baseline
from interfaces.cli.demo import demo
from interfaces.cli.errors import Debugging
from interfaces.cli.gate import gate
from interfaces.cli.golden import golden
from interfaces.cli.golden_import import import_
from interfaces.cli.project import config_, db
from interfaces.cli.recorded import compare, score
from interfaces.cli.runs import runs
from interfaces.cli.up import up

app = typer.Typer(
    name="sluice",
    help="Evaluation of AI agents in production: let good changes flow, hold regressions back.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(gate)
app.command()(score)
app.command()(compare)
app.command()(demo)
app.command()(up)
golden.command("import")(import_)
app.add_typer(golden)
app.add_typer(baseline)
app.add_typer(runs)
app.command("config")(config_)
app.add_typer(db)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sluice {version('sluice-eval')}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """Options that come before every command."""
    Debugging.on = debug

"""How the command line tells errors, and the exit code each one gives."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from interfaces.cli.console import make_console
from sluice.errors import SluiceError
from sluice.reports.text import clean_text

INTERRUPTED = 130


class Debugging:
    """Whether tracebacks are shown (``--debug``)."""

    on = False


@contextmanager
def told() -> Iterator[None]:
    """Tell an error of ours in a sentence or two and exit with its code; a traceback only with ``--debug``."""
    try:
        yield
    except SluiceError as error:
        if Debugging.on:
            raise
        tell(error.message, hint=error.hint)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        tell("interrupted; what was committed is kept")
        raise typer.Exit(INTERRUPTED) from None


def tell(message: str, *, hint: str = "") -> None:
    """One error on standard error: what is wrong, then what to do."""
    console = make_console(sys.stderr)
    console.print("Error: ", style="bold red", end="", soft_wrap=True)
    console.print(clean_text(message), soft_wrap=True)
    if hint:
        console.print(clean_text(hint), style="dim", soft_wrap=True)

"""How the command line tells errors, and the exit code each one gives."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import typer

from interfaces.cli.console import make_console
from interfaces.cli.output import OUTPUT_LOST, discard_output, flush_output
from sluice.errors import SluiceError
from sluice.reports.text import clean_text

COULD_NOT = 4
INTERRUPTED = 130
# What a shell reports of a program whose reader left: 128 + SIGPIPE.
READER_LEFT = 141


class Debugging:
    """Whether tracebacks are shown (``--debug``)."""

    on = False


@contextmanager
def told() -> Iterator[None]:
    """Tell an error of ours in a sentence or two and exit with its code; a traceback only with ``--debug``."""
    try:
        yield
        flush_output()
    except SluiceError as error:
        if Debugging.on:
            raise
        tell(error.message, hint=error.hint)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        tell("interrupted; what was committed is kept")
        raise typer.Exit(INTERRUPTED) from None
    except OUTPUT_LOST as error:
        if Debugging.on:
            raise
        discard_output()
        if isinstance(error, SystemExit) or error.errno == errno.EPIPE:
            raise typer.Exit(READER_LEFT) from None
        tell(f"the system refused: {error}", hint="mend that, then run the command again")
        raise typer.Exit(COULD_NOT) from None


def tell(message: str, *, hint: str = "") -> None:
    """One error on standard error: what is wrong, then what to do."""
    with suppress(*OUTPUT_LOST):
        console = make_console(sys.stderr)
        console.print("Error: ", style="bold red", end="", soft_wrap=True)
        console.print(clean_text(message), soft_wrap=True)
        if hint:
            console.print(clean_text(hint), style="dim", soft_wrap=True)

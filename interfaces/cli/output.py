"""Standard output whose reader may leave, and JSON that any encoding can carry."""

import errno
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sluice.documents.values import Json
from sluice.reports.gate_json import finite_json

# Rich ends the program by itself, with the exit code of a FAIL, when the reader of what it prints is gone.
OUTPUT_LOST = (OSError, SystemExit)


def print_json(value: Json, *, indent: int | None = None) -> None:
    """Print one JSON value in plain ASCII: a lone surrogate or a terminal of another encoding must not break it."""
    sys.stdout.write(json.dumps(finite_json(value), indent=indent) + "\n")


@contextmanager
def output_may_be_lost() -> Iterator[None]:
    """Print what a person reads beside an exit code: a reader that left (`| head`) or a full disk changes no verdict.

    Files are written elsewhere, and their faults are told as errors of ours.
    """
    try:
        yield
        flush_output()
    except OUTPUT_LOST as error:
        discard_output()
        if isinstance(error, OSError) and error.errno != errno.EPIPE:
            with suppress(OSError):
                sys.stderr.write(f"Error: standard output cannot be written: {error.strerror or error}\n")


def flush_output() -> None:
    """Bring out what is still waiting to be printed, while a fault of it can be told.

    Raises:
        OSError: It cannot be written.
    """
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()


def discard_output() -> None:
    """Let what is still waiting for a lost standard output go nowhere; else the interpreter complains as it ends."""
    # A stream of a test or a notebook has no file below it.
    with suppress(AttributeError, ValueError, io.UnsupportedOperation, OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)

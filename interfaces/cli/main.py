"""Entry point of the ``sluice`` command: whatever happens, also while the commands load, is told in a sentence."""

import contextlib
import os
import sys

INTERRUPTED = 130
WRONG_USE = 2
COULD_NOT = 4


def main() -> None:
    """Run the command line; the console script calls this."""
    # Rich prints nothing at all on a terminal of no width, which some CI systems claim to have.
    for name in ("COLUMNS", "LINES"):
        if not os.environ.get(name, "").strip("0 "):
            os.environ.pop(name, None)
    try:
        _require_working_directory()
        # Loading takes most of a second, and an interruption of it must not end in a traceback.
        from interfaces.cli.commands import app

        app(prog_name="sluice")
    except KeyboardInterrupt:
        _end("interrupted", code=INTERRUPTED)
    except Exception as error:
        # Python's own exit code for it is 1, which means FAIL here: an evaluator that broke has found nothing.
        if "--debug" in sys.argv:
            raise
        words = " ".join(f"{type(error).__name__}: {error}".split())[:500]
        _end(f"this should not happen: {words}\n`sluice --debug ...` shows where; please report it", code=COULD_NOT)
    finally:
        _let_lost_streams_go()


def _let_lost_streams_go() -> None:
    """What still waits for a reader that has left goes nowhere: Python would end with 120 instead of our exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            # A closed or missing stream has nothing to let go.
            with contextlib.suppress(OSError, ValueError, AttributeError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)


def _require_working_directory() -> None:
    try:
        os.getcwd()
    except OSError:
        _end("the working directory is gone or closed to you\nchange to one that can be read", code=WRONG_USE)


def _end(message: str, *, code: int) -> None:
    print(f"Error: {message}", file=sys.stderr)  # noqa: T201
    sys.exit(code)


if __name__ == "__main__":
    main()

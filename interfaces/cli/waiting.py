"""What a person sees while a command waits for something."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def shown(console: Console, text: str) -> Iterator[None]:
    """Show what is waited for and for how long: live on a terminal, and one line when it is over."""
    started = time.monotonic()
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        progress.add_task(text, total=None)
        yield
    console.print(f"{text}: {time.monotonic() - started:.1f} s", style="dim", soft_wrap=True)

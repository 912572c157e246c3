"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from sluice.errors import UsageError
from tasks.reports import check_report_folder

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="sluice.yaml, or the folder it lies in. Default: ./sluice.yaml."),
]


def absolute(path: Path | None) -> str | None:
    """The path as it holds in any working directory; a flow may run in another one."""
    return None if path is None else str(path.absolute())


def require_writable(file: Path | None) -> None:
    """Make sure that a file can be written, before what is to stand in it is paid for.

    Raises:
        UsageError: It cannot.
    """
    if file is None:
        return
    if file.is_dir():
        raise UsageError(f"{file} is a folder", hint="name a file")
    check_report_folder(file.absolute().parent)

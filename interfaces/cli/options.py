"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="sluice.yaml, or the folder it lies in. Default: ./sluice.yaml."),
]


def absolute(path: Path | None) -> str | None:
    """The path as it holds in any working directory; a flow may run in another one."""
    return None if path is None else str(path.absolute())

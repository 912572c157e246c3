"""Files written whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sluice.errors import UsageError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path beside the wanted one, which takes its place when the block ends well; its folder is made if missing.

    Whoever reads the wanted path never sees half a file, whatever ends this process.

    Raises:
        UsageError: Nothing can be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        part = Path(name)
        try:
            yield part
            os.fsync(handle)
            # mkstemp makes files that only their owner may read; a report is read by a CI system's other users too.
            part.chmod(0o644)
            part.replace(path)
        finally:
            os.close(handle)
            part.unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> UsageError:
    """The system's refusal, told to a person."""
    reason = (error.strerror or str(error)).lower()
    return UsageError(f"cannot write to {path}: {reason}", hint="name a place that can be written to")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all.

    Raises:
        UsageError: It cannot be written there.
    """
    with whole_file(path) as part:
        part.write_bytes(content)

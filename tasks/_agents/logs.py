"""What an agent's processes print: kept in a bounded file, with the last lines at hand for error messages."""

import asyncio
import re
from pathlib import Path

_MAX_BYTES = 8_000_000
_LAST_BYTES = 8_000


class ProcessLog:
    """A log file of bounded size: when it is full it becomes ``.1``, and a new one is begun.

    Args:
        path: The file; its folder is made.
        max_bytes: When the file is turned over.
    """

    def __init__(self, path: Path, *, max_bytes: int = _MAX_BYTES) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._size = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb", buffering=0)

    def write(self, text: bytes) -> None:
        """Keep a piece of output; nothing is kept once the log is closed."""
        if self._file.closed:
            return
        if self._size + len(text) > self._max_bytes:
            self._file.close()
            self.path.replace(self.path.with_name(f"{self.path.name}.1"))
            self._file = self.path.open("wb", buffering=0)
            self._size = 0
        self._file.write(text)
        self._size += len(text)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class LastLines:
    """The last lines of one process, which also go to its log.

    Args:
        log: Where everything is kept.
    """

    def __init__(self, log: ProcessLog) -> None:
        self._log = log
        self._last = bytearray()

    async def follow(self, stream: asyncio.StreamReader) -> None:
        """Keep all that a stream says, until it ends."""
        while piece := await stream.read(65_536):
            self._last += piece
            del self._last[:-_LAST_BYTES]
            self._log.write(piece)

    def quoted(self, n: int = 8) -> str:
        """The last ``n`` lines and where the rest is, or that there are none."""
        lines = [line for line in self._last.decode("utf-8", "replace").splitlines() if line.strip()]
        if not lines:
            return "it printed nothing"
        shown = ("".join(sign if sign.isprintable() else " " for sign in line)[:400] for line in lines[-n:])
        return "\n".join([f"its last lines ({self._log.path}):", *(f"  | {line}" for line in shown)])


def log_path(root: Path, name: str) -> Path:
    """Where the output of the agent called ``name`` is kept."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._") or "agent"
    return root / ".sluice" / "logs" / f"{safe}.log"

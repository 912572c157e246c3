"""Who holds a run: a name that tells, on the same machine, whether that process still lives."""

import os
import secrets
from pathlib import Path

# Together they name one system since its start: a process id means something only there.
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PID_NAMESPACE = Path("/proc/self/ns/pid")


def this_owner(engine: str) -> str:
    """A name for this process and this attempt, never used twice."""
    return f"{engine}:{_system()}:{os.getpid()}:{secrets.token_hex(4)}"


def is_gone(owner: str) -> bool:
    """Whether the process of that name has ended for certain.

    Of a process elsewhere, or of a name of another form, nothing is known: its lease decides. A process id that was
    given to another process since looks alive, which only means waiting for the lease.
    """
    parts = owner.split(":")
    if len(parts) != 4 or not parts[1] or parts[1] != _system() or not parts[2].isdigit():
        return False
    try:
        os.kill(int(parts[2]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _system() -> str:
    """This boot of this machine, and the namespace its process ids belong to; empty where that cannot be told."""
    try:
        return f"{_BOOT_ID.read_text(encoding='ascii').strip()[:18]}/{_PID_NAMESPACE.readlink()}".replace(":", "")
    except OSError:
        return ""

"""Which processes run, and who started whom."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")


class Running(NamedTuple):
    """A running process; one that has ended and is only waited for is none."""

    pid: int
    parent: int
    group: int

    @property
    def leads_group(self) -> bool:
        """Whether it is the leader of a group of its own."""
        return self.pid == self.group


def running() -> list[Running]:
    """Every process of this machine that we may see."""
    return list(_from_proc() if (_PROC / "self" / "stat").exists() else _from_ps())


def descendants(pid: int, *, deep: bool = True) -> list[Running]:
    """The processes that a process started and, if ``deep``, those that they started."""
    table = running()
    found, parents = [], {pid}
    while parents:
        children = [process for process in table if process.parent in parents]
        found += children
        parents = {process.pid for process in children} if deep else set()
    return found


def _from_proc() -> Iterator[Running]:
    for path in _PROC.glob("[0-9]*/stat"):
        try:
            # The name, in brackets, may hold anything; state, parent and group follow it.
            state, parent, group = path.read_text(errors="replace").rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if state not in ("Z", "X"):
            yield Running(pid=int(path.parent.name), parent=int(parent), group=int(group))


def _from_ps() -> Iterator[Running]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,pgid=,stat="], capture_output=True, text=True, check=True
    ).stdout
    for line in listed.splitlines():
        pid, parent, group, state = line.split()[:4]
        if not state.startswith("Z"):
            yield Running(pid=int(pid), parent=int(parent), group=int(group))

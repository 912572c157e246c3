"""One whole process and what it took: wall time, CPU time and memory."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessCost:
    """What one process took, from the command to its end.

    Args:
        started_at: When the command was given, in seconds of the system's monotonic clock.
        wall_s: Seconds until it ended.
        cpu_s: Seconds of CPU of the process and the children it waited for.
        peak_mb: Largest resident memory of any one of these processes, in MB of 10^6 bytes.
        exit_code: As a shell gives it; negative for a signal.
        printed: Standard output and error, as one text.
    """

    started_at: float
    wall_s: float
    cpu_s: float
    peak_mb: float
    exit_code: int
    printed: str


def measure(command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], limit_s: float = 300) -> ProcessCost:
    """Run a command to its end.

    Raises:
        TimeoutError: It ran longer than ``limit_s``; it is ended first.
    """
    log = cwd / "printed.txt"
    with log.open("wb") as output:
        started_at = time.monotonic()
        process = subprocess.Popen(
            command, cwd=cwd, env={**environment}, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        while True:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            wall_s = time.monotonic() - started_at
            if ended:
                break
            if wall_s > limit_s:
                process.kill()
                process.wait()
                raise TimeoutError(f"a process may take {limit_s:g} s, got more: {' '.join(command)}")
            time.sleep(0.005)
    process.returncode = os.waitstatus_to_exitcode(status)
    return ProcessCost(
        started_at=started_at,
        wall_s=wall_s,
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_mb=usage.ru_maxrss * 1024 / 1e6,  # Linux counts in KiB
        exit_code=process.returncode,
        printed=log.read_text(encoding="utf8", errors="replace"),
    )

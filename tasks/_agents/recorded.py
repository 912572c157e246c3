"""No agent: the runs of a file are looked up."""

import asyncio
from pathlib import Path

from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.responses import failed_run
from tasks._agents.request import TrialRequest
from tasks.files import read_runs


class RecordedDoor:
    """Answers every trial with the run that was recorded for it.

    Args:
        path: File of recorded runs, one a key.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._runs: dict[TrialKey, RecordedRun] = {}

    async def open(self) -> None:
        """Read the file.

        Raises:
            UsageError: There is no such file.
            DocumentError: It is broken.
        """
        self._runs = {run.key: run for run in await asyncio.to_thread(read_runs, self._path)}

    async def ask(self, request: TrialRequest) -> RecordedRun:
        """The recorded run; a trial that was not recorded is not evaluated, whatever the others say."""
        found = self._runs.get(request.key)
        return found or failed_run(request.key, "not_evaluated", f"{self._path.name} has no run for {request.key}")

    async def close(self) -> None:
        """Nothing is open."""

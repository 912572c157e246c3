"""The mock services as a process that a benchmark starts, asks and ends."""

import contextlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class MockServices:
    """A running agent and judge."""

    url: str

    def stats(self) -> dict[str, Any]:
        """What was called since the last look."""
        with urllib.request.urlopen(f"{self.url}/stats", timeout=5) as response:
            answer: dict[str, Any] = json.load(response)
        return answer


@contextlib.contextmanager
def mock_services(*, latency_s: float) -> Iterator[MockServices]:
    """Start the services on a free port; end them when the block is left."""
    command = [sys.executable, "-m", "benchmarks.mock_services", "--latency", str(latency_s)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            yield MockServices(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()

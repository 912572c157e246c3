"""What a whole process took."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.measured_process import measure

ROOT = Path(__file__).parents[2]


def test_cpu_memory_and_exit_code_are_those_of_the_process(tmp_path: Path):
    # 120 MB of ones are touched, so they are resident; the loop then burns CPU for 0.2 s by its own clock
    burn = "while time.process_time() < 0.2: pass"
    program = f"import time; block = b'1' * 120_000_000\n{burn}\nprint('done'); raise SystemExit(3)"
    # Linux counts the memory of the process that starts another one in the other's peak, so a small one starts it.
    starter = (
        "import dataclasses, json, os, pathlib, sys; from benchmarks.measured_process import measure; "
        "cost = measure([sys.executable, '-c', sys.argv[1]], cwd=pathlib.Path(sys.argv[2]), environment=os.environ); "
        "print(json.dumps(dataclasses.asdict(cost)))"
    )
    command = [sys.executable, "-c", starter, program, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    cost = json.loads(done.stdout)
    assert cost["exit_code"] == 3
    assert cost["printed"] == "done\n"
    assert 0.2 <= cost["cpu_s"] <= cost["wall_s"] + 0.1
    assert 120 <= cost["peak_mb"] <= 400


def test_a_process_that_hangs_is_ended_and_named(tmp_path: Path):
    with pytest.raises(TimeoutError, match=r"a process may take 0\.2 s"):
        measure([sys.executable, "-c", "import time; time.sleep(60)"], cwd=tmp_path, environment={}, limit_s=0.2)

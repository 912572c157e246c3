import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = {"alembic", "pandas", "numpy", "scipy", "prefect", "pyarrow"}


def test_a_fresh_store_and_one_at_its_newest_schema_start_without_heavy_libraries(url: str):
    code = (
        "import sys\n"
        "from storage import baselines, datasets, identities, runs, scores, trials, verdicts\n"
        "from storage.store import Store\n"
        f"for _ in range(2): Store.open({url!r}).close()\n"
        "print(*sys.modules)"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stdout.split())
    assert "sqlmodel" in loaded
    assert loaded & HEAVY == set()

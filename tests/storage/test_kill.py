import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from storage.store import Store
from storage.trials import answered, count_trials

ROOT = Path(__file__).parents[2]

# Claims run-1 and records answers from 20 coroutines for ever; prints the key of each answer once it is acknowledged.
WRITER = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from sluice.trials.recorded import RecordedRun, TrialKey
from storage.runs import claim_run, create_run
from storage.store import Store
from storage.trials import add_trial

url, owner = sys.argv[1:]
at = datetime(2026, 5, 1, 12, tzinfo=UTC)

async def write(store, claim, case):
    for trial in range(1_000_000):
        run = RecordedRun(key=TrialKey(case_id=f"case-{case}", trial=trial), output="x" * 2000)
        await store.write(lambda session: add_trial(session, claim, run, stimulus_digest="s", recorded_at=at))
        print(run.key, flush=True)

async def main():
    store = Store.open(url)
    values = dict(agent="support", kind="golden", identity_digest="", dataset_version="", engine="inline", plan=None)
    store.write_now(lambda session: create_run(session, run_id="run-1", created_at=at, **values))
    lease = timedelta(0)
    claim = store.write_now(lambda session: claim_run(session, "run-1", owner=owner, now=at, lease=lease))
    await asyncio.gather(*(write(store, claim, case) for case in range(20)))

asyncio.run(main())
"""

# Writes the same 200 keys as its twin, whoever is first; prints how many were its own.
TWIN = """
import sys
from datetime import UTC, datetime
from storage.identities import StoredIdentity, add_identity
from storage.store import Store

at = datetime(2026, 5, 1, 12, tzinfo=UTC)
new = 0
with Store.open(sys.argv[1]) as store:
    for n in range(200):
        identity = StoredIdentity(agent="a", digest=str(n), version=sys.argv[2], fingerprint="", commit="", dirty="",
                                  first_seen_at=at)
        new += store.write_now(lambda session: add_identity(session, identity))
print(new)
"""


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


@pytest.mark.parametrize("n_acknowledged", [1, 500])
def test_every_acknowledged_answer_survives_a_kill(url: str, n_acknowledged: int):
    with start(WRITER, url, "first") as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip() for _ in range(n_acknowledged)]
        process.send_signal(signal.SIGKILL)
        # What was printed before the signal arrived; the last line may be cut.
        acknowledged += [line.strip() for line in process.stdout if line.endswith("\n")]
    assert process.returncode == -signal.SIGKILL
    assert "" not in acknowledged
    with Store.open(url) as store:
        kept = {str(key) for key in store.read_now(lambda session: answered(session, "run-1"))}
        assert set(acknowledged) <= kept
        # The only ones more are those in flight: one of each of the 20 coroutines.
        assert len(kept) <= len(set(acknowledged)) + 20
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_process_that_lost_its_run_cannot_write_into_it(url: str):
    with start(WRITER, url, "first") as first:
        assert first.stdout is not None
        assert first.stdout.readline()
        with start(WRITER, url, "second") as second:
            # The first one's lease is over at once, so the second takes the run over while the first still writes.
            _, complaint = first.communicate(timeout=30)
            second.kill()
    assert first.returncode == 1
    assert "LeaseLostError: run run-1 was taken over by second (claim 2, this one is 1)" in complaint


def test_two_processes_writing_the_same_keys_share_them_without_an_error(url: str):
    twins = [start(TWIN, url, name) for name in ("left", "right")]
    outcomes = [twin.communicate(timeout=60) for twin in twins]
    assert [complaint for _, complaint in outcomes] == ["", ""]
    assert sum(int(printed) for printed, _ in outcomes) == 200
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        assert connection.execute("SELECT count(*) FROM agent_identity").fetchone() == (200,)


def test_a_run_without_answers_counts_none(store: Store):
    assert store.read_now(lambda session: count_trials(session, "run-1")) == 0

"""A store in a folder of its own, and values to put into it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sluice.trajectory.scores import TrajectoryScore
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.scores import Check, TrialScore
from storage.runs import Claim, claim_run, create_run
from storage.store import Store

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def noon() -> datetime:
    return NOON


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/new/sluice.db"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url, clock=lambda: NOON, busy_timeout_s=0.2) as opened:
        yield opened


@pytest.fixture
def new_run(store: Store) -> Callable[..., bool]:
    def create(run_id: str = "run-1", **given) -> bool:
        values = {
            "agent": "support",
            "kind": "golden",
            "identity_digest": "id-1",
            "dataset_version": "ds-1",
            "engine": "inline",
            "plan": {"trials": 3},
            "created_at": NOON,
        } | given
        return store.write_now(lambda session: create_run(session, run_id=run_id, **values))

    return create


@pytest.fixture
def claim(store: Store, new_run: Callable[..., bool]) -> Claim:
    """The right to write into run-1, held for a minute from noon."""
    new_run()
    minute = timedelta(minutes=1)
    claimed = store.write_now(lambda session: claim_run(session, "run-1", owner="me", now=NOON, lease=minute))
    assert claimed is not None
    return claimed


@pytest.fixture
def answer() -> Callable[..., RecordedRun]:
    def make(case_id: str = "refund", trial: int = 0, variant: str = "", **given) -> RecordedRun:
        return RecordedRun(key=TrialKey(case_id=case_id, variant=variant, trial=trial), **given)

    return make


@pytest.fixture
def score() -> Callable[..., TrialScore]:
    def make(case_id: str = "refund", trial: int = 0, variant: str = "", **given) -> TrialScore:
        values = {
            "evaluated": True,
            "passed": False,
            "trajectory": TrajectoryScore(
                precision=0.5,
                recall=1.0,
                order=1.0,
                parameters=0.75,
                efficiency=0.5,
                trajectory=0.7,
                passed=False,
                divergence="call 1 is not expected",
                matches=((0, 1),),
                extra=(0,),
            ),
            "answer_passed": True,
            "state_passed": None,
            "checks": (Check(name="trajectory", passed=False, score=0.7, reason="one call too many"),),
            "never": (),
            "alternative": "",
            "reasons": ("one call too many",),
            "n_calls": 2,
            "latency_s": 1.5,
            "cost_usd": None,
        } | given
        return TrialScore(key=TrialKey(case_id=case_id, variant=variant, trial=trial), **values)

    return make

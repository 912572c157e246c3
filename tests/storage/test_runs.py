from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from sluice.errors import InvalidInputError, UsageError
from storage.runs import Claim, LeaseLostError, Run, claim_run, find_run, finish_run, get_run, list_runs, renew
from storage.store import Store

MINUTE = timedelta(minutes=1)
NewRun = Callable[..., bool]


def claimed(store: Store, owner: str, now: datetime, **given) -> Claim | None:
    return store.write_now(lambda session: claim_run(session, "run-1", owner=owner, now=now, lease=MINUTE, **given))


def ended(store: Store, claim: Claim, state, now: datetime, reason: str = "") -> None:
    store.write_now(lambda session: finish_run(session, claim, state=state, ended_at=now, reason=reason))


def the_run(store: Store) -> Run:
    return store.read_now(lambda session: get_run(session, "run-1"))


def test_a_run_is_created_once(store: Store, new_run: NewRun, noon: datetime):
    assert new_run(plan={"trials": [1, 2]}) is True
    assert new_run(plan={"trials": []}, agent="other") is False
    assert the_run(store) == Run(
        run_id="run-1",
        agent="support",
        kind="golden",
        identity_digest="id-1",
        dataset_version="ds-1",
        engine="inline",
        plan={"trials": [1, 2]},
        state="created",
        reason="",
        created_at=noon,
        started_at=None,
        ended_at=None,
        owner="",
        fence=0,
        lease_until=None,
    )


def test_a_run_that_is_not_there_is_none_or_told(store: Store):
    assert store.read_now(lambda session: find_run(session, "nowhere")) is None
    with pytest.raises(UsageError, match="there is no run 'nowhere'"):
        store.read_now(lambda session: get_run(session, "nowhere"))
    assert claimed(store, "me", store.now()) is None


def test_only_one_of_two_owners_gets_a_run(store: Store, new_run: NewRun, noon: datetime):
    new_run()
    assert claimed(store, "me", noon) == Claim(run_id="run-1", owner="me", fence=1, lease_until=noon + MINUTE)
    assert claimed(store, "you", noon + MINUTE / 2) is None
    run = the_run(store)
    assert (run.state, run.owner, run.started_at, run.lease_until) == ("running", "me", noon, noon + MINUTE)


def test_a_run_is_taken_over_when_its_lease_is_over(store: Store, claim: Claim, noon: datetime):
    taken = claimed(store, "you", noon + MINUTE)
    assert taken is not None
    assert taken.fence == 2
    with pytest.raises(LeaseLostError, match=r"taken over by you \(claim 2, this one is 1\)"):
        store.write_now(lambda session: renew(session, claim, now=noon + MINUTE, lease=MINUTE))
    with pytest.raises(LeaseLostError, match="taken over by you"):
        ended(store, claim, "finished", noon + MINUTE)
    assert the_run(store).started_at == noon


def test_an_owner_may_claim_again_after_a_lost_reply(store: Store, claim: Claim, noon: datetime):
    again = claimed(store, "me", noon)
    assert again is not None
    assert again.fence == claim.fence + 1


def test_renewing_holds_a_run_for_longer(store: Store, claim: Claim, noon: datetime):
    renewed = store.write_now(lambda session: renew(session, claim, now=noon + MINUTE / 2, lease=MINUTE))
    assert renewed.lease_until == noon + 1.5 * MINUTE
    assert claimed(store, "you", noon + MINUTE) is None
    assert claimed(store, "you", noon + 1.5 * MINUTE) is not None


def test_finishing_lets_the_run_go_and_may_be_repeated(store: Store, claim: Claim, noon: datetime):
    for _ in range(2):
        ended(store, claim, "finished", noon + MINUTE, reason="all trials answered")
    run = the_run(store)
    assert (run.state, run.reason, run.ended_at) == ("finished", "all trials answered", noon + MINUTE)
    assert run.lease_until is None
    with pytest.raises(LeaseLostError, match="run run-1 is finished and takes no more results"):
        ended(store, claim, "failed", noon + MINUTE)


@pytest.mark.parametrize("state", ["cancelled", "failed"])
def test_a_run_that_was_broken_off_can_be_resumed(store: Store, claim: Claim, noon: datetime, state: str):
    ended(store, claim, state, noon)
    again = claimed(store, "you", noon + MINUTE)
    assert again is not None
    run = the_run(store)
    assert (run.state, run.started_at, run.ended_at, run.reason) == ("running", noon, None, "")


def test_a_finished_run_is_reopened_only_on_purpose(store: Store, claim: Claim, noon: datetime):
    ended(store, claim, "finished", noon)
    assert claimed(store, "you", noon) is None
    assert claimed(store, "you", noon, reopen=True) is not None


def test_a_run_ends_only_in_an_end(store: Store, claim: Claim, noon: datetime):
    with pytest.raises(InvalidInputError, match="a run must end finished, cancelled or failed, got 'running'"):
        ended(store, claim, "running", noon)


def test_a_claim_of_nothing_is_told(store: Store, noon: datetime):
    stray = Claim(run_id="nowhere", owner="me", fence=1, lease_until=noon)
    with pytest.raises(LeaseLostError, match="there is no run 'nowhere' to write into"):
        ended(store, stray, "finished", noon)


def test_runs_are_listed_newest_first_page_by_page(store: Store, new_run: NewRun, noon: datetime):
    # Two at every moment, so that pages are cut between equal times too.
    for n in range(7):
        new_run(f"run-{n}", created_at=noon + n // 2 * MINUTE)
    pages, after = [], None
    while page := store.read_now(lambda session, last=after: list_runs(session, after=last, limit=3)):
        pages.append([run.run_id for run in page])
        after = page[-1]
    assert pages == [["run-6", "run-5", "run-4"], ["run-3", "run-2", "run-1"], ["run-0"]]


def test_runs_are_listed_by_agent_state_and_identity(store: Store, claim: Claim, new_run: NewRun):
    new_run("run-2", agent="search")
    new_run("run-3", identity_digest="id-2")

    def ids(**given) -> list[str]:
        return [run.run_id for run in store.read_now(lambda session: list_runs(session, **given))]

    assert ids(agent="support") == ["run-3", "run-1"]
    assert ids(state="running") == ["run-1"]
    assert ids(identity_digest="id-2") == ["run-3"]
    assert ids(agent="search", state="running") == []

from dataclasses import replace
from datetime import datetime, timedelta

from sluice.golden.case import Dataset, GoldenCase, Stratum
from sluice.golden.expectation import Expectation
from storage.baselines import Baseline, add_baseline, find_anchor, find_baseline
from storage.datasets import StoredDataset, StratumDigests, add_dataset, find_dataset, strata_of_dataset
from storage.identities import StoredIdentity, add_identity, find_identity
from storage.store import Store


def dataset(version: str, *strata: tuple[str, str]) -> Dataset:
    cases = {case_id: GoldenCase(id=case_id, input="hi", tier="critical") for case_id, _ in strata}
    return Dataset(
        cases=tuple(cases.values()),
        strata=tuple(
            Stratum(
                case=cases[case_id],
                variant=variant,
                input="hi",
                expect=Expectation(),
                counted=True,
                stimulus_digest=f"s-{case_id}{variant}",
                expectation_digest=f"e-{case_id}{variant}",
            )
            for case_id, variant in strata
        ),
        version=version,
        warnings=(),
        sources={},
    )


def test_a_dataset_is_registered_once_with_its_digests(store: Store, noon: datetime):
    two = dataset("v1", ("refund", ""), ("refund", "p1"), ("cancel", ""))

    def register(path: str) -> bool:
        return store.write_now(
            lambda session: add_dataset(session, two, agent="support", path=path, registered_at=noon)
        )

    assert [register("golden/"), register("moved/")] == [True, False]
    assert store.read_now(lambda session: find_dataset(session, "support", "v1")) == StoredDataset(
        agent="support", version="v1", path="golden/", n_cases=2, n_strata=3, registered_at=noon
    )
    digests = store.read_now(lambda session: strata_of_dataset(session, "support", "v1"))
    assert [(one.case_id, one.variant, one.stimulus_digest) for one in digests] == [
        ("cancel", "", "s-cancel"),
        ("refund", "", "s-refund"),
        ("refund", "p1", "s-refundp1"),
    ]
    assert digests[0] == StratumDigests(
        case_id="cancel", variant="", tier="critical", stimulus_digest="s-cancel", expectation_digest="e-cancel"
    )


def test_two_agents_may_share_a_dataset(store: Store, noon: datetime):
    shared = dataset("v1", ("refund", ""))
    for agent in ("support", "search"):
        assert store.write_now(
            lambda session, agent=agent: add_dataset(session, shared, agent=agent, path="", registered_at=noon)
        )
    assert store.read_now(lambda session: find_dataset(session, "other", "v1")) is None
    assert store.read_now(lambda session: strata_of_dataset(session, "other", "v1")) == ()


def test_the_first_sight_of_an_identity_stands(store: Store, noon: datetime):
    first = StoredIdentity(
        agent="support", digest="d", version="1", fingerprint="f", commit="c", dirty="x", first_seen_at=noon
    )
    again = replace(first, first_seen_at=noon + timedelta(days=1))
    assert [store.write_now(lambda session, one=one: add_identity(session, one)) for one in (first, again)] == [1, 0]
    assert store.read_now(lambda session: find_identity(session, "support", "d")) == first
    assert store.read_now(lambda session: find_identity(session, "search", "d")) is None


def pin(noon: datetime, days: int, **given) -> Baseline:
    values = {
        "agent": "support",
        "content_digest": f"file-{days}",
        "pinned_at": noon + timedelta(days=days),
        "pinned_by": "ana",
        "path": "golden/baseline.jsonl.gz",
        "run_id": "run-1",
        "identity_digest": "id-1",
        "n_trials": 10,
    } | given
    return Baseline(**values)


def add(store: Store, *pins: Baseline) -> list[bool]:
    return [store.write_now(lambda session, one=one: add_baseline(session, one)) for one in pins]


def test_the_newest_pin_counts_and_the_oldest_stays_as_anchor(store: Store, noon: datetime):
    first, second = pin(noon, 0), pin(noon, 1)
    assert add(store, first, second, second) == [True, True, False]
    assert store.read_now(lambda session: find_baseline(session, "support")) == second
    assert store.read_now(lambda session: find_anchor(session, "support")) == replace(first, anchor=True)


def test_pinning_an_older_file_again_makes_it_the_newest(store: Store, noon: datetime):
    add(store, pin(noon, 0), pin(noon, 1), pin(noon, 2, content_digest="file-0"))
    found = store.read_now(lambda session: find_baseline(session, "support"))
    assert found is not None
    assert found.content_digest == "file-0"


def test_an_anchor_may_be_set_anew_on_purpose(store: Store, noon: datetime):
    add(store, pin(noon, 0), pin(noon, 1, anchor=True), pin(noon, 2))
    found = store.read_now(lambda session: find_anchor(session, "support"))
    assert found is not None
    assert found.content_digest == "file-1"


def test_each_agent_has_baselines_of_its_own(store: Store, noon: datetime):
    add(store, pin(noon, 0))
    assert store.read_now(lambda session: find_baseline(session, "search")) is None
    assert store.read_now(lambda session: find_anchor(session, "search")) is None
    add(store, pin(noon, 1, agent="search"))
    found = store.read_now(lambda session: find_anchor(session, "search"))
    assert found is not None
    assert found.anchor is True

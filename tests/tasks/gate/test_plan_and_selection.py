from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.errors import UsageError
from sluice.golden.case import Dataset
from tasks.files import read_dataset
from tasks.gate.plan import trial_order
from tasks.gate.request import GateRequest
from tasks.gate.selection import selected_strata

EXPECT = "expect: {answer: {contains: [x]}}"
CASES = f"""
cases:
  - {{id: refund-1, input: x, tags: [money], {EXPECT}, variants: [{{id: p1, input: y, outcome: same}}]}}
  - {{id: refund-2, input: x, tags: [money, slow], {EXPECT}}}
  - {{id: look-1, input: x, {EXPECT}}}
"""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    path: Path = tmp_path_factory.mktemp("golden") / "cases.yaml"
    path.write_text(CASES, encoding="utf8")
    return read_dataset(path)


@pytest.mark.parametrize(
    ("cases", "tags", "names"),
    [
        ((), (), ["refund-1", "refund-1/p1", "refund-2", "look-1"]),
        (("refund-*",), (), ["refund-1", "refund-1/p1", "refund-2"]),
        (("refund-1/*",), (), ["refund-1/p1"]),
        (("look-?", "refund-2"), (), ["refund-2", "look-1"]),
        ((), ("money",), ["refund-1", "refund-1/p1", "refund-2"]),
        (("refund-*",), ("slow", "x"), ["refund-2"]),
    ],
)
def test_patterns_and_tags_leave_what_fits_both(dataset: Dataset, cases, tags, names):
    assert [stratum.name for stratum in selected_strata(dataset, GateRequest(cases=cases, tags=tags))] == names


def test_nothing_left_is_refused_with_what_was_asked_for(dataset: Dataset):
    with pytest.raises(UsageError, match="no case is left by --case REFUND-1 --tag slow"):
        selected_strata(dataset, GateRequest(cases=("REFUND-1",), tags=("slow",)))


@given(counts=st.tuples(*[st.integers(1, 5)] * 4), seed=st.integers())
def test_trials_run_in_rounds_in_which_every_stratum_comes_once(dataset: Dataset, counts, seed: int):
    trials = {stratum.name: count for stratum, count in zip(dataset.strata, counts, strict=True)}
    keys = trial_order(dataset.strata, trials, seed=seed)
    assert [key.trial for key in keys] == sorted(key.trial for key in keys)
    assert len(set(keys)) == len(keys) == sum(counts)
    rounds = Counter(key.trial for key in keys)
    assert all(rounds[trial] == sum(count > trial for count in counts) for trial in range(max(counts)))
    assert trial_order(dataset.strata, trials, seed=seed) == keys


def test_another_seed_gives_another_order(dataset: Dataset):
    trials = {stratum.name: 5 for stratum in dataset.strata}
    assert len({trial_order(dataset.strata, trials, seed=seed) for seed in range(10)}) > 1


def test_nothing_to_run_is_an_empty_order():
    assert trial_order([], {}, seed=0) == ()

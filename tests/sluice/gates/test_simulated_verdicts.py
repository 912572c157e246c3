"""The promises of the gate, simulated with known pass rates; benchmarks.gate_statistics does the same at length."""

from collections import Counter

import numpy as np
import pytest

from benchmarks.simulated_trials import EvidenceMaker, design, draw_counts, dropped, mixed_rates
from sluice.gates.decide import decide
from sluice.gates.policy import Policy
from sluice.statistics.cmh import cmh_test
from sluice.statistics.drop import pooled_drop

RATES = mixed_rates(100)


@pytest.mark.parametrize("k", [1, 3])
def test_at_no_change_5_percent_are_blocked(k: int):
    rng, same = np.random.default_rng(11), design(RATES, RATES, k=k, kb=10)
    blocked = np.mean([cmh_test(draw_counts(same, rng)).p_value <= 0.05 for _ in range(4000)])
    assert 0.035 <= blocked <= 0.065


@pytest.mark.parametrize("shape", ["broken", "diffuse"])
def test_a_drop_of_5_points_is_found_4_times_in_5(shape):
    rng, found = np.random.default_rng(12), 0
    for _ in range(1000):
        worse = design(RATES, dropped(RATES, 0.05, shape, rng), k=3, kb=10)
        found += cmh_test(draw_counts(worse, rng)).p_value <= 0.05
    assert found / 1000 >= 0.80


# (floors, true drop): least PASS, least FAIL in %, from the design document's table with room for simulation noise
# (150 repeats: three standard errors are 5 to 12 points).
TABLE = {
    ("estimate", 0.0): (84, 0),
    ("estimate", 0.03): (0, 50),
    ("estimate", 0.05): (0, 83),
    ("estimate", 0.1): (0, 97),
    ("prove", 0.0): (78, 0),
    ("prove", 0.03): (0, 58),
    ("prove", 0.05): (0, 88),
    ("prove", 0.1): (0, 97),
}


@pytest.mark.parametrize(("floors", "drop"), TABLE)
def test_the_whole_rule_gives_the_verdicts_of_the_design(floors: str, drop: float):
    rates = np.array([0.99] * 20 + [0.985] * 64 + [0.65] * 16)
    tiers = ["critical"] * 20 + ["standard"] * 80
    policy = Policy.model_validate(
        {"tiers": {"critical": {"floor": 0.95, "prove": floors == "prove"}, "standard": {"floor": 0.85}}}
    )
    k = [10] * 20 + [3] * 80 if floors == "prove" else 3
    rng, maker, verdicts = np.random.default_rng(13), EvidenceMaker(tiers), Counter[str]()
    for _ in range(150):
        plan = design(rates, dropped(rates, drop, "broken", rng), k=k, kb=10, tiers=tiers)
        verdicts[decide(maker.evidence(draw_counts(plan, rng)), policy=policy).verdict.value] += 1
    passes, fails = (100 * verdicts[name] / 150 for name in ("PASS", "FAIL"))
    least_pass, least_fail = TABLE[floors, drop]
    assert passes >= least_pass
    assert fails >= least_fail
    assert fails <= 12 or drop > 0
    assert passes <= 10 or drop < 0.05


@pytest.mark.parametrize("n", [5, 10, 20])
@pytest.mark.parametrize("kb", [1, 2, 3])
def test_small_samples_neither_alarm_nor_promise_too_often(n: int, kb: int):
    rng, rates = np.random.default_rng(14), np.where(np.arange(n) < n // 5, 0.0, 0.95)
    same = design(rates, rates, k=1, kb=kb)
    assert np.mean([cmh_test(draw_counts(same, rng)).p_value <= 0.05 for _ in range(1500)]) <= 0.05 + 0.017
    worse = design(rates, np.clip(rates - 0.2, 0, 1), k=1, kb=kb)
    missed = np.mean([pooled_drop(draw_counts(worse, rng), alpha=0.05).upper < worse.drop for _ in range(1500)])
    assert missed <= 0.05 + 0.017  # three standard errors of 1500 draws at 5 %


def test_unequal_trials_by_tier_do_not_hide_a_drop_in_the_tier_tried_least():
    rng = np.random.default_rng(15)
    rates, k = np.ones(50), [10] * 25 + [1] * 25
    worse = design(rates, np.array([1.0] * 25 + [0.9] * 25), k=k, kb=10)
    missed = np.mean([pooled_drop(draw_counts(worse, rng), alpha=0.05).upper < worse.drop for _ in range(1500)])
    assert missed <= 0.05 + 0.017

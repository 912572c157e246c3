from dataclasses import replace

import pytest

from sluice.reports.findings import change_sentence, guard_line, run_facts, state_of, tier_line
from tests.sluice.reports.made_up import CHANGE, FACTS, GUARDS, bare, made_up

MADE = made_up()
TIER = MADE.report.tiers[0]


def facts_of(**changes):
    view = MADE.view
    return dict(run_facts(replace(view, facts=replace(FACTS, **changes))))


@pytest.mark.parametrize(
    ("drop", "told"),
    [(0.183, "dropped by 18.3 points"), (-0.02, "rose by 2 points"), (0.0, "did not move")],
)
def test_a_change_says_which_way_it_went_what_decides_and_what_it_could_have_seen(drop, told):
    sentence = change_sentence(replace(CHANGE, drop=drop))
    assert told in sentence
    assert "p = 0.00021" in sentence
    assert "could have seen a drop of 6.2 points" in sentence


@pytest.mark.parametrize(
    ("failed", "passed", "floor", "report_only", "state"),
    [
        (True, False, 0.9, False, "failed"),
        (False, True, 0.9, False, "passed"),
        (False, False, 0.9, False, "open"),
        (False, True, None, False, "shown"),
        (False, True, 0.9, True, "shown"),
    ],
)
def test_a_tier_that_decides_nothing_never_reads_as_holding(failed, passed, floor, report_only, state):
    tier = replace(TIER, failed=failed, passed=passed, floor=floor, report_only=report_only)
    assert state_of(tier) == state


def test_a_tier_without_a_counted_trial_has_dashes_and_no_zeros():
    empty = replace(TIER, rate=None, lower=None, upper=None, pass_all=(), n_trials=0, n_passed=0, n_unevaluated=0)
    line = tier_line(empty)
    assert (line.rate, line.interval, line.proved, line.pass_all) == ("–", "–", "–", "–")


def test_a_guard_without_numbers_has_dashes():
    unknown = replace(GUARDS[0], baseline=None, candidate=None, worsening=None, lower=None, upper=None)
    line = guard_line(unknown)
    assert (line.baseline, line.candidate, line.worsening, line.interval, line.limit) == ("–", "–", "–", "–", "× 1.2")


def test_a_guard_of_an_unknown_name_is_told_by_that_name():
    assert guard_line(replace(GUARDS[0], name="tokens")).title == "tokens"


def test_the_facts_tell_agent_baseline_and_what_the_cost_covers():
    facts = facts_of()
    assert facts["Agent"] == "support 2.4.0"
    assert facts["Commit"] == "c0ffee123456 (uncommitted changes)"
    assert facts["Baseline"] == "golden/baseline.jsonl.gz, 10 trials, pinned by ana on 2026-10-28"
    assert facts["Cost"] == "$0.51 (known for 119 of 132 trials)"
    assert facts["Dataset"] == "golden/ (44 cases, 44 strata)"


@pytest.mark.parametrize(
    ("cost", "told"),
    [
        ({"agent_usd": 0.5, "known_trials": 132}, "$0.50"),
        ({"agent_usd": 0.5}, "$0.50"),
        ({"agent_usd": 0.0, "known_trials": 0}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_a_cost_that_nobody_told_is_unknown_and_not_nothing(cost, told):
    assert facts_of(cost=cost)["Cost"] == told


def test_facts_that_are_unknown_are_empty():
    facts = dict(run_facts(bare().view))
    assert (facts["Agent"], facts["Commit"], facts["Baseline"], facts["Dataset"]) == ("support", "", "none", "")
    assert facts["Left out"] == "--case refund-*"

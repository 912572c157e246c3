import pytest

from sluice.errors import UsageError
from sluice.gates.plan import plan_trials
from sluice.gates.policy import Policy


def policy(**tiers):
    return Policy.model_validate({"tiers": tiers, "trials": 4})


def test_tiers_say_how_many_trials_and_the_policy_where_they_do_not(golden_stratum):
    strata = [golden_stratum("a", tier="critical"), golden_stratum("a/p1", tier="critical"), golden_stratum("b")]
    assert plan_trials(strata, policy(critical={"trials": 7}), None) == {"a": 7, "a/p1": 7, "b": 4}
    assert plan_trials(strata, Policy(), None) == {"a": 3, "a/p1": 3, "b": 3}


def test_the_user_overrides_every_tier(golden_stratum):
    strata = [golden_stratum("a", tier="critical"), golden_stratum("b")]
    rules = policy(critical={"floor": 0.95, "trials": "auto"})
    assert plan_trials(strata, rules, 2) == {"a": 2, "b": 2}
    with pytest.raises(UsageError, match="trials must be at least 1, got 0"):
        plan_trials(strata, rules, 0)


@pytest.mark.parametrize(("cases", "trials"), [(6, 10), (20, 3), (29, 3), (30, 2), (59, 1), (200, 1)])
def test_auto_is_the_smallest_number_that_can_prove_the_floor(golden_stratum, cases: int, trials: int):
    # .95 takes 59 clean trials
    strata = [golden_stratum(f"c{at}", tier="critical") for at in range(cases)]
    plan = plan_trials(strata, policy(critical={"floor": 0.95, "trials": "auto"}), None)
    assert set(plan.values()) == {trials}
    assert cases * trials >= 59 > cases * (trials - 1)


def test_auto_that_cannot_prove_the_floor_names_the_cases_needed(golden_stratum):
    strata = [golden_stratum(f"c{at}", tier="critical") for at in range(5)]
    with pytest.raises(UsageError, match=r"takes 59 clean trials, and 5 cases with at most 10 trials each give 50"):
        plan_trials(strata, policy(critical={"floor": 0.95, "trials": "auto"}), None)
    with pytest.raises(UsageError, match="needs at least 6 cases"):
        plan_trials(strata, policy(critical={"floor": 0.95, "trials": "auto"}), None)


def test_cases_that_are_not_counted_or_cannot_run_prove_nothing(golden_stratum):
    rules = policy(critical={"floor": 0.95, "trials": "auto"})
    counted = [golden_stratum(f"c{at}", tier="critical") for at in range(20)]
    idle = [golden_stratum("c0/g", tier="critical", counted=False), golden_stratum("n", tier="critical", needs=("x",))]
    assert plan_trials([*counted, *idle], rules, None)["n"] == 3
    with pytest.raises(UsageError, match="0 cases"):
        plan_trials(idle, rules, None)

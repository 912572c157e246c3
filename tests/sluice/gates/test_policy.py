import pytest
from pydantic import ValidationError

from sluice.gates.policy import Policy
from sluice.gates.verdict import Verdict


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({"tiers": {"t": {"prove": True}}}, "need a floor to prove"),
        ({"tiers": {"t": {"trials": "auto"}}}, "need a floor to prove"),
        ({"tiers": {"t": {"trials": "auto", "floor": 0}}}, "needs a floor above 0"),
        ({"tiers": {"t": {"trials": 0}}}, "greater than or equal to 1"),
        ({"guards": {"tool_calls": {"max_drop": 0.1}}}, "guard tool_calls takes max_ratio and not max_drop"),
        ({"guards": {"efficiency": {"max_ratio": 1.1}}}, "guard efficiency takes max_drop and not max_ratio"),
        ({"guards": {"cost_usd": {}}}, "guard cost_usd takes max_ratio"),
        ({"guards": {"cost_usd": {"max_ratio": 1.2, "max_drop": 0.1}}}, "guard cost_usd takes max_ratio"),
        ({"guards": {"speed": {"max_ratio": 1.2}}}, "tool_calls"),
        ({"alpha": 0.5}, "less than 0.5"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(policy, message):
    with pytest.raises(ValidationError, match=message):
        Policy.model_validate(policy)


def test_the_policy_of_the_format_is_accepted():
    policy = Policy.model_validate(
        {
            "alpha": 0.05,
            "margin": 0.05,
            "guards": {"tool_calls": {"max_ratio": 1.2}, "efficiency": {"max_drop": 0.05}},
            "tiers": {
                "critical": {"floor": 0.95, "prove": True, "trials": "auto", "max_trials": 10},
                "standard": {"floor": 0.85, "trials": 3},
                "exploratory": {"report_only": True},
            },
        }
    )
    assert (policy.tiers["critical"].trials, policy.tiers["standard"].trials) == ("auto", 3)


def test_each_verdict_has_its_exit_code():
    assert {verdict.value: verdict.exit_code for verdict in Verdict} == {
        "PASS": 0,
        "FAIL": 1,
        "INCONCLUSIVE": 3,
        "ERROR": 4,
    }

import pytest

from sluice.trajectory.consequence import LOOKING_WEIGHT, call_weight


@pytest.mark.parametrize(
    "name",
    ["get_order", "search-flights", "listOrders", "find", "lookup_order", "mcp__shop__get_order", "think", "calculate",
     "transfer_to_human_agents", "escalate_to_human", "shop/read_file", "is_open"],
)  # fmt: skip
def test_what_only_looks_reckons_or_hands_over_weighs_little(name):
    assert call_weight(name, None) == LOOKING_WEIGHT


@pytest.mark.parametrize(
    "name", ["issue_refund", "getaway_booking", "listen", "cancel_order", "update", "isolate_host"]
)
def test_what_may_change_the_world_weighs_fully(name):
    assert call_weight(name, None) == 1.0


def test_a_declaration_beats_the_name():
    assert call_weight("get_refund", ["get_refund"]) == 1.0
    assert call_weight("issue_refund", ["cancel_*"]) == LOOKING_WEIGHT
    assert call_weight("cancel_order", ["cancel_*"]) == 1.0

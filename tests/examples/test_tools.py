import pytest
from jsonschema import Draft202012Validator

from examples.support_agent.tools import TOOLS, ToolError, definitions, use_tool
from examples.support_agent.world import World, records

ADDRESS = {"street": "1 New Road", "city": "Boston", "postcode": "02110"}
# tool, arguments, and a part of the result
USES = [
    ("lookup_order", {"order_id": "A-1001"}, {"status": "delivered", "total": 47.0}),
    ("find_orders_by_email", {"email": "Ana.Sousa@example.com"}, {"customer_id": "C-201"}),
    ("get_customer", {"customer_id": "C-213"}, {"tier": "gold"}),
    # promised 2026-04-21, expected 2026-05-04: 13 days
    ("track_shipment", {"shipment_id": "S-5021"}, {"status": "delayed", "days_late": 13}),
    ("get_policy", {"topic": "returns"}, {"window_days": 30, "return_fee": 4.9}),
    ("check_stock", {"sku": "TST-01"}, {"in_stock": 0}),
    ("issue_refund", {"order_id": "A-1001", "amount": 42.1, "reason": "damaged"}, {"to": "Visa 4417"}),
    # 99.90 for the keyboard, shipping was free
    ("cancel_order", {"order_id": "A-1003", "reason": "customer_request"}, {"returned": 99.9}),
    ("cancel_order", {"order_id": "A-1046", "reason": "customer_request", "skus": ["GFT-50"]}, {"returned": 50.0}),
    ("update_address", {"order_id": "A-1014", "address": ADDRESS}, {"address": ADDRESS}),
    ("escalate_to_human", {"topic": "complaint", "summary": "wants a person"}, {"reply_within_hours": 24}),
    ("lookup_warranty", {"order_id": "A-1025", "sku": "KBD-01"}, {"covered": True, "warranty_months": 24}),
    # delivered 2024-01-13 with 12 months of warranty
    ("lookup_warranty", {"order_id": "A-1026", "sku": "SPK-01"}, {"covered": False}),
]
REFUSALS = [
    ("lookup_order", {"order_id": "A-9999"}, "no order A-9999"),
    ("lookup_order", {"order_id": "1001"}, "order_id: '1001' does not match"),
    ("lookup_order", {}, "'order_id' is a required property"),
    ("lookup_order", {"order_id": "A-1001", "verbose": True}, "Additional properties are not allowed"),
    ("find_orders_by_email", {"email": "nobody@example.com"}, "no customer with the e-mail address"),
    ("find_orders_by_email", {"email": "ana"}, "email: 'ana' does not match"),
    ("get_customer", {"customer_id": "C-999"}, "no customer C-999"),
    ("track_shipment", {"shipment_id": "S-9999"}, "no shipment S-9999"),
    ("get_policy", {"topic": "weather"}, "topic: 'weather' is not one of"),
    ("check_stock", {"sku": "ZZZ-01"}, "no product ZZZ-01"),
    ("issue_refund", {"order_id": "A-1001", "amount": "42.10", "reason": "damaged"}, "is not of type 'number'"),
    ("issue_refund", {"order_id": "A-1001", "amount": 0, "reason": "damaged"}, "amount: 0 is less than or equal to"),
    (
        "issue_refund",
        {"order_id": "A-1001", "amount": 47.01, "reason": "damaged"},
        "is more than the 47.0 that is left",
    ),
    ("issue_refund", {"order_id": "A-1049", "amount": 1, "reason": "damaged"}, "is more than the 0.0 that is left"),
    ("cancel_order", {"order_id": "A-1048", "reason": "customer_request"}, "order A-1048 is shipped"),
    ("cancel_order", {"order_id": "A-1003", "reason": "customer_request", "skus": ["MUG-01"]}, "has no item MUG-01"),
    ("update_address", {"order_id": "A-1016", "address": ADDRESS}, "order A-1016 is packed"),
    ("update_address", {"order_id": "A-1014", "address": "1 New Road"}, "is not of type 'object'"),
    ("escalate_to_human", {"topic": "chat", "summary": "wants a person"}, "topic: 'chat' is not one of"),
    ("send_confirmation", {"ticket": "T-000000"}, "no ticket T-000000"),
    ("lookup_warranty", {"order_id": "A-1025", "sku": "MUG-01"}, "has no item MUG-01"),
    ("lookup_warranty", {"order_id": "A-1003", "sku": "KBD-01"}, "has not been delivered"),
    ("delete_everything", {}, "unknown tool delete_everything"),
    ("consult_warranty_desk", {"order_id": "A-1025", "sku": "KBD-01", "problem": "dead"}, "is an agent"),
]


@pytest.mark.parametrize(("tool", "args", "part"), USES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_tool_does_what_its_definition_says(tool, args, part):
    result = use_tool(World(), tool, args)
    assert {key: result[key] for key in part} == part


@pytest.mark.parametrize(("tool", "args", "message"), REFUSALS)
def test_a_tool_refuses_what_it_cannot_do_and_says_why(tool, args, message):
    with pytest.raises(ToolError, match=message):
        use_tool(World(), tool, args)


def test_every_tool_has_a_definition_whose_schema_is_valid_and_closed():
    assert set(definitions()) == {*TOOLS, "consult_warranty_desk"}
    for tool in definitions().values():
        Draft202012Validator.check_schema(tool["parameters"])
        assert tool["parameters"]["additionalProperties"] is False
        assert tool["description"].endswith(".")


def test_every_tool_is_used_by_a_test():
    assert {tool for tool, _, _ in USES} | {"send_confirmation"} == set(TOOLS)


def test_a_ticket_of_an_earlier_call_can_be_confirmed():
    world = World()
    ticket = use_tool(world, "cancel_order", {"order_id": "A-1020", "reason": "customer_request"})["ticket"]
    assert use_tool(world, "send_confirmation", {"ticket": ticket})["to"] == "jonas.weber@example.com"
    assert world.sent == [{"ticket": ticket, "to": "jonas.weber@example.com"}]


def test_a_ticket_without_an_order_goes_to_the_address_on_file():
    world = World()
    ticket = use_tool(world, "escalate_to_human", {"topic": "complaint", "summary": "wants a person"})["ticket"]
    assert use_tool(world, "send_confirmation", {"ticket": ticket})["to"] == "the address on file"


def test_a_change_stays_in_its_own_world():
    changed, other = World(), World()
    use_tool(changed, "issue_refund", {"order_id": "A-1001", "amount": 40, "reason": "damaged"})
    with pytest.raises(ToolError, match=r"more than the 7\.0 that is left"):
        use_tool(changed, "issue_refund", {"order_id": "A-1001", "amount": 40, "reason": "damaged"})
    assert use_tool(other, "issue_refund", {"order_id": "A-1001", "amount": 40, "reason": "damaged"})["ticket"]
    assert records("orders")["A-1001"]["refunded"] == 0.0


def test_cancelling_a_part_leaves_the_rest_on_order():
    world = World()
    use_tool(world, "cancel_order", {"order_id": "A-1046", "reason": "customer_request", "skus": ["GFT-50"]})
    order = use_tool(world, "lookup_order", {"order_id": "A-1046"})
    assert (order["status"], [item["sku"] for item in order["items"]]) == ("processing", ["CHO-01"])


def test_the_records_fit_together():
    customers, products, shipments = records("customers"), records("products"), records("shipments")
    assert len(records("orders")) >= 60
    assert len(customers) >= 40
    for name, order in records("orders").items():
        assert order["customer_id"] in customers
        items = sum(item["quantity"] * item["unit_price"] for item in order["items"])
        assert order["total"] == pytest.approx(items + order["shipping_fee"])
        assert all(item["unit_price"] == products[item["sku"]]["price"] for item in order["items"])
        assert (order["shipment_id"] is not None) == (order["status"] in ("shipped", "delivered"))
        if order["shipment_id"]:
            assert shipments[order["shipment_id"]]["order_id"] == name

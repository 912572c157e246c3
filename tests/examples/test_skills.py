import pytest

from examples.support_agent.tools import use_tool
from examples.support_agent.world import World


def names(run):
    return [call.name for call in run.calls]


def test_an_order_that_is_asked_about_twice_in_one_message_is_looked_up_once(ask):
    _, run = ask("What did order A-1002 cost in total and when will it arrive?")
    assert names(run) == ["lookup_order"]


def test_an_order_is_looked_up_again_after_it_was_changed(ask):
    reply, run = ask("Cancel order A-1003. What is the status of order A-1003?")
    assert names(run) == ["lookup_order", "cancel_order", "lookup_order"]
    assert "has been cancelled" in reply


def test_calls_of_one_step_share_a_batch_and_others_do_not(ask):
    _, run = ask("What is the status of A-1003 and A-1004?")
    assert len({call.batch for call in run.calls}) == 1
    _, run = ask("Where is order A-1012?")
    assert len({call.batch for call in run.calls}) == 2


def test_the_warranty_desk_names_itself_and_the_call_it_works_in(ask):
    _, run = ask("The keyboard from order A-1025 stopped working. Is it under warranty?")
    told = [call.as_json() for call in run.calls]
    inner = [call for call in told if call.get("agent") == "warranty_desk"]
    assert [call["name"] for call in inner] == ["lookup_warranty", "get_policy"]
    assert {told[call["parent"]]["name"] for call in inner} == {"consult_warranty_desk"}


def test_a_refusal_of_the_desk_is_told_and_nothing_is_claimed(ask):
    reply, run = ask("The keyboard from order A-1003 stopped working. Is it under warranty?")
    assert "has not been delivered" in reply
    assert names(run) == ["lookup_order", "consult_warranty_desk", "lookup_warranty", "get_policy"]
    assert run.calls[1].error == "order A-1003 has not been delivered"


def test_more_model_steps_cost_more(ask):
    assert ask("Where is order A-1012?")[1].cost_usd > ask("What is the status of order A-1012?")[1].cost_usd
    assert ask("A" * 4_000 + " Where is order A-1012?")[1].cost_usd > 2 * ask("Where is order A-1012?")[1].cost_usd


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("Please refund order A-1027.", "was cancelled, and the money has been returned"),
        ("Order A-1003 is lost, please refund it.", "has not shipped yet, so it can't be lost"),
        ("Order A-1003 is late. Please refund the shipping fee.", "is promised for 2026-05-07"),
        ("Is XYZ-01 in stock?", "We have no product XYZ-01"),
        ("Is the umbrella in stock?", "Which product do you mean?"),
        ("How much is it?", "Which order do you mean?"),
        ("Look up customer C-999.", "I can't find a customer C-999"),
        ("What is my membership tier?", "Which customer number is it?"),
        ("I want to exchange order A-1024.", "What would you like instead?"),
        ("Something from order A-1039 stopped working. Is it under warranty?", "Which item of order A-1039"),
        ("What is the cheapest item in order A-1056?", "Desk lamp, at $42.10"),
        ("Which are my orders?", "Which e-mail address"),
        ("Please cancel order A-9999.", "I can't find an order A-9999"),
        ("Please refund my order, my e-mail is nobody@example.com.", "I can't find an account"),
    ],
)
def test_what_cannot_be_done_is_asked_or_explained(ask, question, part):
    assert part in ask(question)[0]


def test_a_refund_in_an_earlier_turn_counts_in_a_later_one(ask):
    world = World()
    assert "I have refunded $42.10" in ask("My order A-1001 arrived damaged. Please refund it.", world=world)[0]
    assert "refunded already" in ask("My order A-1001 arrived damaged. Please refund it.", world=world)[0]


def test_a_refund_that_the_tool_refuses_is_told_as_such(ask):
    world = World()
    use_tool(world, "issue_refund", {"order_id": "A-1050", "amount": 200, "reason": "damaged"})
    reply, run = ask("The keyboard in order A-1050 arrived damaged, please refund it.", world=world)
    assert reply.startswith("I could not do that: amount 199.8 is more than")
    assert run.calls[-1].error

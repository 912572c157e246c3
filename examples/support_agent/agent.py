"""The agent: read, plan, work through the requests, answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from examples.support_agent.requests import Request
from examples.support_agent.run import CallFailedError, Run
from examples.support_agent.skills import changing, reading, refunds
from examples.support_agent.skills.orders import WHICH, Ask
from examples.support_agent.understanding import out_of_scope, understand, without_injection
from examples.support_agent.versions.stable import Stable
from examples.support_agent.world import World

SKILLS: Mapping[str, Callable[[Run, Request], str]] = {
    "refund": refunds.refund,
    "quote": refunds.quote,
    "late": refunds.late,
    "cancel": changing.cancel,
    "address": changing.address,
    "exchange": changing.exchange,
    "warranty": changing.warranty,
    "person": changing.person,
    "status": reading.status,
    "track": reading.track,
    "total": reading.total,
    "list": reading.listing,
    "stock": reading.stock,
    "policy": reading.policy,
    "customer": reading.customer,
}
GREETING = "Hello! I can help with orders, parcels, refunds, cancellations and our policies. What can I do for you?"
NOT_OURS = (
    "I am sorry, I can only help with orders of this shop: parcels, refunds, cancellations, addresses and policies."
)
NOT_OBEYED = (
    "I can't do that. I can help with your own orders: parcels, refunds, cancellations, addresses and policies."
)


def answer(version: Stable, world: World, messages: Sequence[Mapping[str, Any]]) -> tuple[str, Run]:
    """Answer the last message of a conversation.

    Args:
        version: The version's ways.
        world: The conversation's own world, which the tools may change.
        messages: ``{"role", "content"}``, oldest first; the last one is answered.

    Returns:
        The reply, and the run with its calls, steps, tokens and cost.
    """
    seen = version.window([dict(one) for one in messages])
    run = Run(world, seen, version, received=[dict(one) for one in messages])
    said = [one["content"] for one in seen if one["role"] == "user"] or [run.text]
    requests = understand(said, version.read)
    known = [replace(one, intent=version.intent(run, one)) for one in requests]  # type: ignore[arg-type]
    parts = [_part(run, request, said[-1]) for request in known if request.intent in SKILLS]
    reply = version.reply(run, parts) if parts else _no_request(known, said[-1])
    run.say("I have what I need and answer." if run.calls else "There is nothing to look up; I answer.", reply)
    return reply, run


def _part(run: Run, request: Request, said: str) -> str:
    try:
        part = SKILLS[request.intent](run, request)
    except Ask as ask:
        part = str(ask)
    except CallFailedError as failure:
        part = f"I could not do that: {failure}."
    return run.version.after_request(run, request, part)


def _no_request(requests: Sequence[Request], said: str) -> str:
    left = without_injection(said)
    if left.strip() != said.strip():
        return NOT_OBEYED
    if out_of_scope(said):
        return NOT_OURS
    if any(one.intent == "greeting" for one in requests):
        return GREETING
    return WHICH if any(one.products or one.reason for one in requests) else f"I am not sure what you need. {WHICH}"


def in_form_asked_for(question: Any, reply: str, run: Run) -> Any:
    """The reply as the customer's side wants it: text, or for a form with ``reply_as: json`` a JSON object.

    Args:
        question: As it was sent.
        reply: The reply in words.
        run: What was done for it.
    """
    if not isinstance(question, Mapping) or question.get("reply_as") != "json":
        return reply
    results = [(call.name, call.result) for call in run.calls if call.result is not None]
    keep = ("order_id", "status", "total")
    return {
        "text": reply,
        "orders": [{key: result[key] for key in keep} for name, result in results if name == "lookup_order"],
        "tickets": [result["ticket"] for _, result in results if "sent" not in result and "ticket" in result],
    }

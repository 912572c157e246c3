"""The stable version: the ways in which the agent reads, calls, computes and speaks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from examples.support_agent.reading import canonical
from examples.support_agent.requests import Request

if TYPE_CHECKING:
    from examples.support_agent.run import Run
    from examples.support_agent.steps import Call

Record = dict[str, Any]
# What the agent keeps of a conversation: enough for every conversation a customer has had so far.
WINDOW_CHARS = 24_000


class Stable:
    """Every point where a version may have ways of its own; here are the right ones."""

    name = "stable"

    def window(self, messages: Sequence[Record]) -> list[Record]:
        """What of the conversation the agent sees: the latest messages that fit, the last one in any case."""
        kept = [{**messages[-1], "content": messages[-1]["content"][:WINDOW_CHARS]}]
        room = WINDOW_CHARS - len(kept[0]["content"])
        for message in reversed(messages[:-1]):
            room -= len(message["content"])
            if room < 0:
                break
            kept.insert(0, message)
        return kept

    def read(self, text: str) -> str:
        """A message in the agent's own words."""
        return canonical(text)

    def arguments(self, run: Run, tool: str, args: Record) -> Record:
        """The arguments as they are sent."""
        return args

    def after_error(self, run: Run, call: Call, meant: Record) -> Record | None:
        """What to go on with after a tool refused; None says so to the customer."""
        return None

    def before_change(self, run: Run, request: Request) -> None:
        """What is looked at once more before money or goods move; stable has looked at all of it already."""

    def checks_policy(self, run: Run, topic: str) -> bool:
        """Whether the policy is read before a refund."""
        return True

    def intent(self, run: Run, request: Request) -> str:
        """What the request is taken for."""
        return request.intent

    def money(self, run: Run, amount: float) -> str:
        """An amount as the customer reads it."""
        return f"${amount:,.2f}"

    def policy_text(self, run: Run, summary: str) -> str:
        """A policy as the customer reads it."""
        return summary

    def reply(self, run: Run, parts: Sequence[str]) -> str:
        """The whole answer, made of one part a request."""
        return "\n\n".join(parts)

    def after_request(self, run: Run, request: Request, part: str) -> str:
        """A last look at one part of the answer before it is given."""
        return part


def falls_on(text: str, salt: str, percent: int) -> bool:
    """Whether an input is one of the ``percent`` in a hundred that a change hits; the same input always is or never is.

    Args:
        text: The input; case and spaces do not matter.
        salt: Tells one change from another.
        percent: In [0, 100].
    """
    digest = hashlib.sha256(f"{salt}|{' '.join(text.lower().split())}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 100 < percent

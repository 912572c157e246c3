"""The calls of a run made ready for matching: who came before whom, which are repeats, which are retries."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from sluice.traces.calls import ToolCall


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One call with its place in the order of the run.

    Args:
        position: 0-based position in the run's list of calls.
        call: The call itself.
        rank: Place in time; calls of one batch share a rank, so nothing is said about their order.
        top_level: False for a call made inside another one (a sub-agent's work), which does not count by itself.
    """

    position: int
    call: ToolCall
    rank: int
    top_level: bool

    @cached_property
    def key(self) -> str:
        """Identical calls (same tool, same agent, same arguments) share it."""
        return call_key(self.call)


def call_key(call: ToolCall) -> str:
    """What makes two calls identical: the same tool, agent and arguments (``1`` and ``1.0`` alike)."""
    arguments = call.args_text if call.args_text is not None else _canonical(call.args)
    return f"{call.name}\x00{call.agent or ''}\x00{arguments}"


def _canonical(value: object) -> str:
    return json.dumps(_whole_numbers(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _whole_numbers(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_whole_numbers(item) for item in value]
    return value


def prepare(calls: Sequence[ToolCall], *, any_order: bool, flatten: bool) -> list[Attempt]:
    """Give every call its rank and put calls whose order means nothing into an order of their own.

    Calls that share a rank are sorted by content, so that no later step can depend on how a batch was written down.

    Args:
        calls: In call order.
        any_order: Order means nothing at all: every call gets the same rank.
        flatten: Calls inside a sub-agent count like any other.

    Returns:
        One attempt a call, by rank.
    """
    ranks: dict[object, int] = {}
    attempts = []
    for position, call in enumerate(calls):
        group: object = (
            ("batch", call.turn, call.agent, call.parent, call.batch) if call.batch is not None else position
        )
        rank = 0 if any_order else ranks.setdefault(group, len(ranks))
        top_level = flatten or call.parent is None
        attempts.append(Attempt(position=position, call=call, rank=rank, top_level=top_level))
    if len(ranks) < len(attempts):
        attempts.sort(key=lambda attempt: (attempt.rank, attempt.key, attempt.call.error or ""))
    return attempts


def may_precede(earlier: Attempt, later: Attempt) -> bool:
    """Whether ``earlier`` counts as before ``later``: by rank, or because both ran at the same time."""
    return earlier.rank <= later.rank or _overlap(earlier.call, later.call)


def _overlap(one: ToolCall, other: ToolCall) -> bool:
    if one.started_at is None or other.started_at is None or one.parent != other.parent:
        return False
    one_end = one.started_at + (one.duration_s or 0.0)
    other_end = other.started_at + (other.duration_s or 0.0)
    return one.started_at < other_end and other.started_at < one_end


def retried(attempts: Sequence[Attempt], named: Collection[int], *, any_order: bool) -> set[int]:
    """Failed calls that a later success of the same tool made good, by index.

    Such a call costs efficiency and nothing else. A success that a step or an optional pattern names makes good every
    failure before it; any other success makes good one, so that an unwanted call can never make a run look better.

    Args:
        attempts: As prepared.
        named: Indices of calls that a step or an optional pattern names.
        any_order: Then a success anywhere in the run counts as later.
    """
    failed = [index for index, attempt in enumerate(attempts) if not attempt.call.ok and index not in named]
    good: set[int] = set()
    if not failed:
        return good
    for place, success in enumerate(attempts):
        if not success.call.ok:
            continue
        before = [
            index
            for index in failed
            if index not in good
            and _same_tool(attempts[index].call, success.call)
            and (any_order or attempts[index].rank < success.rank)
        ]
        good.update(before if place in named else before[:1])
    return good


def _same_tool(one: ToolCall, other: ToolCall) -> bool:
    return one.name == other.name and one.agent == other.agent

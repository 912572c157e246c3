"""One expected call, compiled: which calls it names, and how well their arguments fit."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase, translate
from typing import Literal

from sluice.documents.values import Json
from sluice.golden.expectation import CallPattern, NeverEvent, Step
from sluice.golden.matchers import ABSENT, Matcher, Outcome, ResultLookup, compile_matcher, no_results
from sluice.traces.calls import ToolCall

# Says why arguments break the tool's JSON Schema, or None where they keep it.
SchemaCheck = Callable[[Mapping[str, Json]], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentFit:
    """How well the arguments of one call fit.

    Args:
        share: Satisfied expectations / expectations, in [0, 1]; 1 where nothing is expected.
        faults: ``argument: found ..., expected ...``, one for each that is not satisfied.
    """

    share: float
    faults: tuple[str, ...] = ()


PERFECT = ArgumentFit(share=1.0)


class CompiledPattern:
    """A call pattern of a dataset, ready to be asked about calls."""

    def __init__(self, pattern: CallPattern | NeverEvent, *, schemas: Mapping[str, SchemaCheck] | None = None) -> None:
        self.tools = pattern.tool
        self.agent = pattern.agent
        self.status: Literal["ok", "error", "any"] = pattern.status
        self.args_mode = pattern.args_mode
        self.schemas = schemas or {}
        self.arguments: tuple[tuple[str, Matcher], ...] = tuple(
            (name, compile_matcher(raw)) for name, raw in pattern.args.items()
        )
        self.needs_results = any(matcher.needs_results for _, matcher in self.arguments)
        self._exact = frozenset(name for name in pattern.tool if not set("*?[") & set(name))
        globs = [translate(name) for name in pattern.tool if name not in self._exact]
        self._globs = re.compile("|".join(globs)) if globs else None

    def names(self, call: ToolCall) -> bool:
        """Whether the call's tool, agent and status are the ones meant; arguments are not looked at."""
        return self.names_any_status(call) and (self.status == "any" or (self.status == "ok") == call.ok)

    def names_any_status(self, call: ToolCall) -> bool:
        """Whether the call's tool and agent are the ones meant, whether it succeeded or not."""
        if call.name not in self._exact and not (self._globs and self._globs.match(call.name)):
            return False
        return self.agent is None or fnmatchcase(call.agent or "", self.agent)

    def fit(self, call: ToolCall, results: ResultLookup = no_results) -> ArgumentFit:
        """How well the arguments of a call that this pattern names fit what is expected."""
        if self.args_mode == "ignore":
            return PERFECT
        if call.args_text is not None:
            return ArgumentFit(share=0.0, faults=(f"arguments are no JSON object: {shorten(call.args_text)}",))
        expected, faults = len(self.arguments), []
        for name, matcher in self.arguments:
            value = call.args.get(name, ABSENT)
            if matcher.test(value, results) is not Outcome.HOLDS:
                found = "missing" if value is ABSENT else shorten(value)
                faults.append(f"{name}: found {found}, expected {matcher.words}")
        if self.args_mode == "exact" and len(call.args) > 0:
            named = {name for name, _ in self.arguments}
            others = [name for name in call.args if name not in named]
            expected += len(others)
            faults.extend(f"{name}: found {shorten(call.args[name])}, expected no such argument" for name in others)
        check = self.schemas.get(call.name)
        if check is not None:
            expected += 1
            broken = check(call.args)
            if broken is not None:
                faults.append(broken)
        return ArgumentFit(share=1.0 - len(faults) / expected, faults=tuple(faults)) if faults else PERFECT

    def words(self) -> str:
        """The pattern as a person would write the call: ``issue_refund(order_id=A-1001, amount=42.1 within 0.01)``."""
        tools = " or ".join(self.tools)
        inner = ", ".join(f"{name}={matcher.words}" for name, matcher in self.arguments)
        by = f" by {self.agent}" if self.agent else ""
        return f"{tools}({inner}){by}"


class CompiledStep(CompiledPattern):
    """A required call."""

    def __init__(self, step: Step, *, schemas: Mapping[str, SchemaCheck] | None = None) -> None:
        super().__init__(step, schemas=schemas)
        self.id = step.id
        self.times = step.times
        self.after = step.after


def call_words(call: ToolCall) -> str:
    """A call as a person would write it, shortened."""
    if call.args_text is not None:
        return f"{call.name}({shorten(call.args_text)})"
    inner = ", ".join(f"{name}={shorten(value, limit=40)}" for name, value in call.args.items())
    return f"{call.name}({shorten_text(inner, 160)})"


def shorten(value: Json, *, limit: int = 80) -> str:
    """A value as text of at most ``limit`` characters."""
    return shorten_text(repr(value), limit)


def shorten_text(text: str, limit: int) -> str:
    """Text of at most ``limit`` characters, cut with a mark where it was longer."""
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def named_by(patterns: Sequence[CompiledPattern], call: ToolCall) -> bool:
    """Whether any of the patterns names the call with arguments that fit perfectly."""
    return any(pattern.names(call) and pattern.fit(call).share == 1.0 for pattern in patterns)

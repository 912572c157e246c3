"""What a stratum expects, compiled once, and what one run shows of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sluice.documents.values import Json
from sluice.golden.expectation import Alternative, Expectation
from sluice.trials.findings import NOTHING, Findings, together
from sluice.trials.parts import AnswerPart, StatePart, TrajectoryPart
from sluice.trials.recorded import RecordedRun
from sluice.trials.scores import Check


@dataclass(frozen=True, slots=True)
class CompiledAlternative:
    """An answer, a trajectory and a state that must hold together.

    Args:
        name: ``any_of[1]``; empty for what must hold whatever alternative counts.
    """

    name: str
    trajectory: TrajectoryPart | None
    answer: AnswerPart | None
    state: tuple[StatePart, ...]

    @property
    def decides(self) -> bool:
        """Whether anything in it can make a trial pass or fail."""
        return bool(self.trajectory or self.answer or self.state)

    def judge(self, run: RecordedRun) -> Findings:
        """What a run shows of it."""
        trajectory = self.trajectory.judge(run) if self.trajectory else NOTHING
        results = self.trajectory.results(run, trajectory.trajectory) if self.trajectory else None
        answer = self.answer.judge(run, results) if self.answer else NOTHING
        found = together(trajectory, answer, *(part.judge(run) for part in self.state))
        if not self.name:
            return replace(found, alternative=trajectory.trajectory.alternative if trajectory.trajectory else "")
        inner = trajectory.trajectory.alternative if trajectory.trajectory else ""
        return found.named(self.name, f"{self.name}.{inner}" if inner else self.name)


@dataclass(frozen=True, slots=True)
class CompiledExpectation:
    """Everything that must hold after a stimulus."""

    base: CompiledAlternative
    any_of: tuple[CompiledAlternative, ...]
    max_cost_usd: float | None
    max_latency_s: float | None

    @property
    def decides(self) -> bool:
        """Whether anything in it can make a trial pass or fail."""
        return self.base.decides or bool(self.any_of) or (self.max_cost_usd, self.max_latency_s) != (None, None)

    def judge(self, run: RecordedRun) -> Findings:
        """What a run shows: the base, the best alternative, the limits.

        The best alternative is one that passes, else one of which too little is known to say that it does not, else
        the one whose checks have the highest mean score; the first of equals.
        """
        base = self.base.judge(run)
        cost = _limit("max_cost_usd", "the cost", run.cost_usd, self.max_cost_usd, unit="USD")
        latency = _limit("max_latency_s", "the time", run.latency_s, self.max_latency_s, unit="s")
        if not self.any_of:
            return together(base, cost, latency)
        best = max((one.judge(run) for one in self.any_of), key=lambda found: (found.standing, found.mean_score))
        return together(base, best, cost, latency)


def compile_expectation(
    expect: Expectation, *, tools: Mapping[str, Json] | None = None, side_effects: Sequence[str] | None = None
) -> CompiledExpectation:
    """Compile what a stratum expects.

    An alternative of ``any_of`` in which nothing decides (a reference alone, say) is left out, because it would pass
    whatever the agent does.

    Args:
        expect: As read from a dataset.
        tools: Tool name to the JSON Schema of its arguments.
        side_effects: Name patterns of the tools that change the world; None lets a tool's name decide.

    Raises:
        InvalidInputError: An expression, schema, path or matcher does not compile.
    """

    def compiled(name: str, one: Alternative) -> CompiledAlternative:
        trajectory = TrajectoryPart.compile(one.trajectory, tools=tools, side_effects=side_effects)
        answer = AnswerPart.compile(one.answer)
        return CompiledAlternative(name, trajectory, answer, tuple(StatePart.compile(state) for state in one.state))

    alternatives = (compiled(f"any_of[{at}]", one) for at, one in enumerate(expect.any_of))
    return CompiledExpectation(
        base=compiled("", expect),
        any_of=tuple(one for one in alternatives if one.decides),
        max_cost_usd=expect.max_cost_usd,
        max_latency_s=expect.max_latency_s,
    )


def _limit(name: str, what: str, value: float | None, limit: float | None, *, unit: str) -> Findings:
    """The check of one limit; a value that is not known is neither within nor beyond it."""
    if limit is None:
        return NOTHING
    if value is None:
        return Findings(unknown=(f"{what} is unknown, and {name} is {limit:g} {unit}",))
    passed = value <= limit
    reason = f"{what} was {value:g} {unit}, {'within' if passed else 'more than'} the {limit:g} {unit} allowed"
    return Findings(checks=(Check(name=name, passed=passed, score=float(passed), reason=reason),))

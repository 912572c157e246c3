"""The parts of an expectation, each judged by itself, so that a part that breaks is unknown and no other suffers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sluice.answer.checks import CompiledAnswer, compile_answer
from sluice.answer.structure import Field, compile_fields, fields_in_words
from sluice.documents.values import Json
from sluice.golden.expectation import AnswerExpectation, StateExpectation, TrajectoryExpectation
from sluice.golden.matchers import ResultLookup, no_results
from sluice.trajectory.scores import TrajectoryScore
from sluice.trajectory.scoring import CompiledTrajectory, compile_trajectory
from sluice.trials.findings import Findings
from sluice.trials.recorded import RecordedRun
from sluice.trials.scores import Check


@dataclass(frozen=True, slots=True)
class TrajectoryPart:
    """An expected trajectory.

    Args:
        compiled: Ready to score calls.
        steps: Name of each alternative (empty for none) to the step id of each of its slots, ``times`` unrolled.
    """

    compiled: CompiledTrajectory
    steps: Mapping[str, tuple[str | None, ...]]

    @classmethod
    def compile(
        cls,
        expected: TrajectoryExpectation | None,
        *,
        tools: Mapping[str, Json] | None,
        side_effects: Sequence[str] | None,
    ) -> "TrajectoryPart | None":
        """Compile an expected trajectory; None where there is none.

        Raises:
            InvalidInputError: A matcher does not compile.
        """
        if expected is None:
            return None
        ways = {f"trajectory.any_of[{at}]": one for at, one in enumerate(expected.any_of)} or {"": expected}
        steps = {name: tuple(step.id for step in way.steps for _ in range(step.times)) for name, way in ways.items()}
        return cls(compile_trajectory(expected, tools=tools, side_effects=side_effects), steps)

    def judge(self, run: RecordedRun) -> Findings:
        """The trajectory of a run; unknown calls are not the same as none."""
        if run.tool_calls is None:
            return Findings(unknown=("which tools were called is unknown, so the trajectory cannot be scored",))
        try:
            score = self.compiled.score(run.tool_calls)
        except Exception as error:  # a broken scorer is neither a failed nor a passed trial
            return Findings(unknown=(f"the trajectory could not be scored: {_told(error)}",))
        check = Check(name="trajectory", passed=score.passed, score=score.trajectory, reason=_trajectory_reason(score))
        return Findings(checks=(check,), trajectory=score)

    def results(self, run: RecordedRun, score: TrajectoryScore | None) -> ResultLookup:
        """The results of the calls that were matched to each step, for what the answer says of them."""
        if score is None:
            return no_results
        ids = self.steps.get(score.alternative, ())
        calls = run.tool_calls or ()
        found: dict[str, list[Json]] = {}
        for slot, position in score.matches:
            if (step := ids[slot]) is not None:
                found.setdefault(step, []).append(calls[position].result)
        return lambda step: found.get(step, ())


def _trajectory_reason(score: TrajectoryScore) -> str:
    if score.passed:
        return "the calls keep to the expected path"
    numbers = ", ".join(
        f"{name} {getattr(score, name):.2f}" for name in ("precision", "recall", "order", "parameters", "efficiency")
    )
    return score.divergence or f"the calls leave the expected path: {numbers}"


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """An expected answer in which something decides."""

    compiled: CompiledAnswer

    @classmethod
    def compile(cls, expected: AnswerExpectation | None) -> "AnswerPart | None":
        """Compile an expected answer; None where nothing in it decides.

        Raises:
            InvalidInputError: Something in it does not compile.
        """
        compiled = compile_answer(expected) if expected is not None else None
        return cls(compiled) if compiled is not None and compiled.parts else None

    def judge(self, run: RecordedRun, results: ResultLookup | None) -> Findings:
        """The answer of a run."""
        try:
            checks = self.compiled.check(run.output, results or no_results)
        except Exception as error:  # a broken check is neither a failed nor a passed trial
            return Findings(unknown=(f"the answer could not be checked: {_told(error)}",))
        return Findings(checks=checks, answer_passed=all(check.passed for check in checks))


@dataclass(frozen=True, slots=True)
class StatePart:
    """What one probe of the world must show after the run."""

    probe: str
    fields: tuple[Field, ...]

    @classmethod
    def compile(cls, expected: StateExpectation) -> "StatePart":
        """Compile what a probe must show.

        Raises:
            InvalidInputError: A path or a matcher does not compile.
        """
        return cls(expected.probe, compile_fields(expected.is_))

    def judge(self, run: RecordedRun) -> Findings:
        """The state that the run recorded for the probe."""
        if run.state is None or self.probe not in run.state:
            return Findings(unknown=(f"the state that the probe {self.probe} would show is unknown",))
        try:
            problems = [problem for field in self.fields if (problem := field.problem(run.state[self.probe]))]
        except Exception as error:  # a broken check is neither a failed nor a passed trial
            return Findings(unknown=(f"the state could not be checked: {_told(error)}",))
        share = 1 - len(problems) / len(self.fields) if self.fields else 1.0
        reason = fields_in_words(problems) if problems else "all fields hold"
        check = Check(name=f"state.{self.probe}", passed=not problems, score=share, reason=f"{self.probe}: {reason}")
        return Findings(checks=(check,), state_passed=not problems)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"

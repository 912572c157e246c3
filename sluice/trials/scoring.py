"""Scoring a trial: from a recorded run and what its stratum expects to one TrialScore."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sluice.documents.values import Json
from sluice.errors import InvalidInputError
from sluice.golden.case import Stratum
from sluice.golden.expectation import NeverEvent
from sluice.trials.expected import CompiledExpectation, compile_expectation
from sluice.trials.findings import Findings, together
from sluice.trials.never import NeverRules, compile_never
from sluice.trials.recorded import RecordedRun
from sluice.trials.scores import Check, NeverOccurrence, TrialScore

# Statuses of a trial that ran and failed, with what a reason calls them.
_FAILED = {"aborted": "aborted", "timed_out": "timed out", "looped": "looped"}


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A stratum ready to score; ``problem`` says why it cannot be."""

    stratum: Stratum
    expectation: CompiledExpectation | None = None
    never: NeverRules | None = None
    problem: str = ""


class TrialScorer:
    """Scores recorded runs against the strata of a dataset; each stratum is compiled once, when first needed.

    Args:
        strata: What may be scored.
        policy_never: Never-events of the policy, which hold for every case.
        tools: Tool name to the JSON Schema of its arguments.
        side_effects: Name patterns of the tools that change the world; None lets a tool's name decide.

    Raises:
        InvalidInputError: A never-event of the policy does not compile.
    """

    def __init__(
        self,
        strata: Iterable[Stratum],
        *,
        policy_never: Sequence[NeverEvent] = (),
        tools: Mapping[str, Json] | None = None,
        side_effects: Sequence[str] | None = None,
    ) -> None:
        self._strata = {(stratum.case.id, stratum.variant): stratum for stratum in strata}
        self._policy = compile_never(policy_never)
        self._tools = tools
        self._side_effects = side_effects
        self._compiled: dict[tuple[str, str], _Compiled] = {}

    def score(self, run: RecordedRun) -> TrialScore:
        """Score one trial.

        Not evaluated (``passed`` None, with the reasons): the run says so, the stratum needs what cannot be run yet,
        the calls, a cost, a time or a probe that a check needs is unknown, or a scorer breaks. An aborted, timed-out or
        looped trial is evaluated and failed; its numbers are reported where they are known. Otherwise the trial passes
        when every declared check holds and no never-event occurred; where the stratum declares no check that decides,
        ``passed`` is None.

        Raises:
            InvalidInputError: The dataset has no such case or variant.
        """
        key = (run.key.case_id, run.key.variant)
        if key not in self._strata:
            raise InvalidInputError(f"the dataset has no case {'/'.join(part for part in key if part)}")
        compiled = self._compiled_at(key)
        try:
            return self._score(compiled, run)
        except Exception as error:  # a broken scorer is neither a failed nor a passed trial
            return unscored(run, (f"the trial could not be scored: {type(error).__name__}: {error}",))

    def compile_all(self) -> None:
        """Compile every stratum now, so that no answer waits for it later."""
        for key in self._strata:
            self._compiled_at(key)

    def _compiled_at(self, key: tuple[str, str]) -> _Compiled:
        if key not in self._compiled:
            self._compiled[key] = self._compile(self._strata[key])
        return self._compiled[key]

    def _compile(self, stratum: Stratum) -> _Compiled:
        try:
            expectation = compile_expectation(stratum.expect, tools=self._tools, side_effects=self._side_effects)
            return _Compiled(stratum, expectation, compile_never(stratum.case.never))
        except Exception as error:  # what cannot be compiled cannot be judged; the reason goes with every trial
            return _Compiled(stratum, problem=f"what is expected could not be read: {type(error).__name__}: {error}")

    def _score(self, compiled: _Compiled, run: RecordedRun) -> TrialScore:
        own = compiled.never
        never = (*(own.occurrences(run) if own else ()), *self._policy.occurrences(run))
        if compiled.stratum.needs:
            return unscored(run, compiled.stratum.needs, never=never)
        if compiled.expectation is None or own is None:
            return unscored(run, (compiled.problem,), never=never)
        if run.status == "not_evaluated":
            return unscored(run, (run.error or "the trial was not evaluated",), never=never)
        findings = compiled.expectation.judge(run)
        if (own.about_calls or self._policy.about_calls) and run.tool_calls is None:
            findings = findings.with_unknown("which tools were called is unknown, and a never-event is about a tool")
        elif compiled.stratum.case.never:
            findings = together(findings, Findings(checks=(_never_check(never),)))
        decides = compiled.expectation.decides or bool(compiled.stratum.case.never)
        return _judged(run, findings, never=never, decides=decides)


def _judged(run: RecordedRun, findings: Findings, *, never: tuple[NeverOccurrence, ...], decides: bool) -> TrialScore:
    """The score of a trial that ran."""
    failure = _failure(run)
    if findings.unknown and not failure:
        return unscored(run, findings.unknown, never=never, findings=findings)
    failed = tuple(check.reason for check in findings.most_telling() if check.name != "never")
    occurred = tuple(f"never-event: {one.rule}: {one.found}" for one in never)
    reasons = (*occurred, *((failure,) if failure else ()), *failed)
    return TrialScore(
        key=run.key,
        evaluated=True,
        passed=not reasons if decides else None,
        trajectory=findings.trajectory,
        answer_passed=findings.answer_passed,
        state_passed=findings.state_passed,
        checks=findings.checks,
        never=never,
        alternative=findings.alternative,
        reasons=reasons,
        n_calls=None if run.tool_calls is None else len(run.tool_calls),
        latency_s=run.latency_s,
        cost_usd=run.cost_usd,
    )


def _never_check(never: tuple[NeverOccurrence, ...]) -> Check:
    reason = f"{never[0].rule}: {never[0].found}" if never else "no never-event occurred"
    return Check(name="never", passed=not never, score=float(not never), reason=reason)


def _failure(run: RecordedRun) -> str:
    """Why a trial failed whatever it answered; empty for a completed one."""
    name = _FAILED.get(run.status)
    if name is None:
        return ""
    return f"the trial {name}" + (f": {run.error}" if run.error else "")


def unscored(
    run: RecordedRun,
    reasons: Sequence[str],
    *,
    never: tuple[NeverOccurrence, ...] = (),
    findings: Findings | None = None,
) -> TrialScore:
    """The score of a trial of which nothing can be told about the agent's quality."""
    return TrialScore(
        key=run.key,
        evaluated=False,
        passed=None,
        trajectory=findings.trajectory if findings else None,
        answer_passed=findings.answer_passed if findings else None,
        state_passed=findings.state_passed if findings else None,
        checks=findings.checks if findings else (),
        never=never,
        alternative=findings.alternative if findings else "",
        reasons=tuple(reasons),
        n_calls=None if run.tool_calls is None else len(run.tool_calls),
        latency_s=run.latency_s,
        cost_usd=run.cost_usd,
    )

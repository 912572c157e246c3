"""One stratum that failed or could not be evaluated, with all that a person needs to see why."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sluice.documents.values import Json
from sluice.gates.verdict import StratumResult
from sluice.golden.case import Stratum
from sluice.golden.expectation import AnswerExpectation, AnyOf
from sluice.reports.path import PathRow, expected_trajectory, matcher_text, path_rows
from sluice.reports.text import Excerpt, excerpt, json_text, one_line
from sluice.trajectory.scores import TrajectoryScore
from sluice.trials.recorded import RecordedRun, Status, TrialKey
from sluice.trials.scores import Check, NeverOccurrence, TrialScore

# What one failed stratum may take of a report: 100 of them then stay below a few megabytes whatever an agent says.
TEXT_CHARACTERS = 2_000
LINE_CHARACTERS = 400
MAX_LINES = 20

Outcome = Literal["passed", "failed", "not evaluated", "not decided"]

_ENDS: Mapping[str, str] = {
    "aborted": "The run was aborted",
    "timed_out": "The run timed out",
    "looped": "The run looped",
}
_VARYING = re.compile(r'"[^"]*"|\'[^\']*\'|`[^`]*`|\d+(?:[.,]\d+)*')


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedAnswer:
    """One thing the answer was expected to be, for example ``must contain``: ``"A-1001"``."""

    what: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedStratum:
    """A stratum with a failed or unevaluated trial, and its most telling trial in full.

    Args:
        result: How the stratum did over all trials.
        outcomes: What became of each trial, by trial number.
        key: The trial that is shown.
        outcome: What became of the trial that is shown.
        status: How its run ended.
        divergence: Where the run first left the expected path, in words; else the first thing that went wrong.
        kind: The divergence without this run's own values; what failures are grouped by.
        input: What was sent.
        expected_answer: What the answer had to be like.
        answer: What was answered.
        path: Expected steps and calls side by side.
        calls_known: False where it is unknown which tools were called.
        checks: The checks of the trial, those that fail first.
        reasons: Why the trial failed or was not evaluated.
    """

    result: StratumResult
    outcomes: tuple[tuple[int, Outcome], ...]
    key: TrialKey
    outcome: Outcome
    status: Status | None
    divergence: str
    kind: str
    input: Excerpt
    expected_answer: tuple[ExpectedAnswer, ...]
    answer: Excerpt
    path: tuple[PathRow, ...]
    calls_known: bool
    trajectory: TrajectoryScore | None
    alternative: str
    checks: tuple[Check, ...]
    never: tuple[NeverOccurrence, ...]
    reasons: tuple[str, ...]
    error: str
    n_calls: int | None
    latency_s: float | None
    cost_usd: float | None
    trace_id: str

    @property
    def name(self) -> str:
        """``case`` or ``case/variant``."""
        return self.result.name


def trial_outcome(score: TrialScore) -> Outcome:
    """What became of one trial, in a word."""
    if not score.evaluated:
        return "not evaluated"
    if score.passed is None:
        return "not decided"
    return "passed" if score.passed else "failed"


def failed_stratum(
    result: StratumResult,
    stratum: Stratum | None,
    scores: Sequence[TrialScore],
    runs: Mapping[TrialKey, RecordedRun],
) -> FailedStratum | None:
    """The stratum with its most telling trial, or None where every trial passed or nothing decides.

    A trial with a never-event tells most, then a failed one, then one that could not be evaluated.

    Args:
        result: How the stratum did.
        stratum: Its stimulus and expectation; None where they are not at hand.
        scores: The scores of its trials, in any order.
        runs: What the trials produced; trials without a run are shown by their scores alone.
    """
    ordered = sorted(scores, key=lambda score: score.key)
    if not ordered and result.n_unevaluated:
        ordered = [_missing_trial(result)]
    telling = [score for score in ordered if score.never or score.passed is False or not score.evaluated]
    if not telling:
        return None
    shown = min(telling, key=lambda score: (not score.never, not score.evaluated, score.key))
    run = runs.get(shown.key)
    expected = expected_trajectory(stratum.expect, shown) if stratum is not None else None
    calls = run.tool_calls if run is not None else None
    return FailedStratum(
        result=result,
        outcomes=tuple((score.key.trial, trial_outcome(score)) for score in ordered),
        key=shown.key,
        outcome=trial_outcome(shown),
        status=run.status if run is not None else None,
        divergence=divergence_of(shown, run),
        kind=divergence_kind(shown, run),
        input=excerpt(_stimulus(stratum), limit=TEXT_CHARACTERS),
        expected_answer=_expected_answer(stratum, shown),
        answer=excerpt("" if run is None or run.output is None else run.output, limit=TEXT_CHARACTERS),
        path=path_rows(expected, shown.trajectory, calls or ()),
        calls_known=calls is not None,
        trajectory=shown.trajectory,
        alternative=one_line(shown.alternative),
        checks=tuple(map(_bounded, sorted(shown.checks, key=lambda check: check.passed)[:MAX_LINES])),
        never=tuple(
            NeverOccurrence(rule=_line(event.rule), found=_line(event.found)) for event in shown.never[:MAX_LINES]
        ),
        reasons=tuple(map(_line, shown.reasons[:MAX_LINES])),
        error=_line(run.error or "") if run is not None else "",
        n_calls=shown.n_calls,
        latency_s=shown.latency_s,
        cost_usd=shown.cost_usd,
        trace_id=one_line(run.trace_id or "", limit=64) if run is not None else "",
    )


def divergence_of(score: TrialScore, run: RecordedRun | None) -> str:
    """Where a trial first left the expected path, in words; else the first thing that went wrong with it."""
    if score.never:
        return f"Never-event: {one_line(score.never[0].rule)}"
    if not score.evaluated:
        return f"Not evaluated: {one_line(score.reasons[0]) if score.reasons else 'no reason given'}"
    if run is not None and run.status in _ENDS:
        # That it was aborted says nothing without the reason; the other two are reasons.
        why = f": {one_line(run.error)}" if run.error and run.status == "aborted" else ""
        return f"{_ENDS[run.status]}{why}"
    if score.trajectory is not None and not score.trajectory.passed and score.trajectory.divergence:
        return one_line(score.trajectory.divergence)
    failing = next((check for check in score.checks if not check.passed), None)
    if failing is not None:
        return f"{one_line(failing.name)}: {one_line(failing.reason)}"
    return one_line(score.reasons[0]) if score.reasons else "no reason given"


def divergence_kind(score: TrialScore, run: RecordedRun | None) -> str:
    """What failed trials are grouped by: the divergence without the values of this run."""
    words = divergence_of(score, run)
    trajectory = score.trajectory
    if trajectory is not None and trajectory.divergence_kind and words == one_line(trajectory.divergence):
        return one_line(trajectory.divergence_kind)
    failing = next((check for check in score.checks if not check.passed), None)
    if failing is not None and words.startswith(f"{one_line(failing.name)}: "):
        return one_line(failing.name)
    return _VARYING.sub("…", words)


def _missing_trial(result: StratumResult) -> TrialScore:
    """Stands for trials that left no score at all."""
    return TrialScore(
        key=TrialKey(case_id=result.case_id, variant=result.variant),
        evaluated=False,
        passed=None,
        trajectory=None,
        answer_passed=None,
        state_passed=None,
        checks=(),
        never=(),
        alternative="",
        reasons=result.reasons or ("no trial was run",),
        n_calls=None,
        latency_s=None,
        cost_usd=None,
    )


def _line(text: str) -> str:
    return one_line(text, limit=LINE_CHARACTERS)


def _bounded(check: Check) -> Check:
    return replace(check, name=_line(check.name), reason=_line(check.reason))


def _stimulus(stratum: Stratum | None) -> Json:
    """What was sent; a conversation as its lines."""
    if stratum is None:
        return ""
    if stratum.input is None and stratum.case.turns:
        return "\n".join(f"user: {json_text(turn.user)}" for turn in stratum.case.turns)
    messages = stratum.input
    if not isinstance(messages, list | tuple) or not messages or not all(map(_is_message, messages)):
        return messages
    return "\n".join(f"{message['role']}: {json_text(message['content'])}" for message in messages)


def _is_message(message: Json) -> bool:
    return isinstance(message, dict) and set(message) == {"role", "content"} and isinstance(message["role"], str)


def _expected_answer(stratum: Stratum | None, score: TrialScore) -> tuple[ExpectedAnswer, ...]:
    if stratum is None:
        return ()
    answer = stratum.expect.answer
    for position, alternative in enumerate(stratum.expect.any_of):
        if f"any_of[{position}]" in score.alternative and alternative.answer is not None:
            answer = alternative.answer
    return tuple(_answer_lines(answer))[:MAX_LINES] if answer is not None else ()


def _answer_lines(answer: AnswerExpectation) -> Iterator[ExpectedAnswer]:
    texts = [("reference", answer.reference)] if answer.reference is not None else []
    texts += [("also good", text) for text in answer.acceptable]
    texts += [("must contain", _any_of(item)) for item in answer.contains]
    texts += [("must not contain", _any_of(item)) for item in answer.excludes]
    texts += [("must match", _any_of(item)) for item in answer.matches]
    texts += [("number", f"{item.value:g}" + (f" ± {item.within:g}" if item.within else "")) for item in answer.numbers]
    texts += [(path, matcher_text(matcher)) for path, matcher in answer.fields.items()]
    if answer.similarity is not None:
        texts.append(("similarity", f"at least {answer.similarity.at_least:g}"))
    if answer.json_schema is not None:
        texts.append(("JSON Schema", json_text(answer.json_schema)))
    for what, value in texts:
        yield ExpectedAnswer(what=one_line(what, limit=80), value=_line(value))


def _any_of(item: AnyOf) -> str:
    return item if isinstance(item, str) else " or ".join(item)

"""Never-events: what must not happen even once, and where it did."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sluice.answer.text import text_of
from sluice.documents.values import Json
from sluice.errors import InvalidInputError
from sluice.golden.expectation import NeverEvent
from sluice.golden.matchers import ABSENT, Matcher, Outcome, compile_matcher, in_words
from sluice.traces.calls import ToolCall
from sluice.trajectory.patterns import CompiledPattern, call_words
from sluice.trials.recorded import RecordedRun
from sluice.trials.scores import NeverOccurrence

# Characters of a call or an answer that an occurrence quotes.
_QUOTED = 160


@dataclass(frozen=True, slots=True)
class _CallRule:
    """A call that must not happen."""

    words: str
    pattern: CompiledPattern

    def occurs(self, call: ToolCall) -> bool:
        """Whether the call is the one meant, or may be, because its arguments cannot be compared."""
        pattern = self.pattern
        if not pattern.names(call):
            return False
        if pattern.args_mode == "ignore" or call.args_text is not None:
            return True
        if pattern.args_mode == "exact" and not call.args.keys() <= {name for name, _ in pattern.arguments}:
            return False
        return all(
            matcher.test(call.args.get(name, ABSENT)) is not Outcome.FAILS for name, matcher in pattern.arguments
        )

    def doubt(self, call: ToolCall) -> str:
        """What of an occurrence could not be compared, in words; empty where all of it could."""
        odd = [
            name
            for name, matcher in self.pattern.arguments
            if matcher.test(call.args.get(name, ABSENT)) is Outcome.INCOMPARABLE
        ]
        return f" ({', '.join(odd)} cannot be compared, which counts)" if odd and call.args_text is None else ""


@dataclass(frozen=True, slots=True)
class _AnswerRule:
    """An answer that must not be given."""

    words: str
    matcher: Matcher


@dataclass(frozen=True, slots=True)
class NeverRules:
    """Never-events, ready to be looked for in runs."""

    calls: tuple[_CallRule, ...]
    answers: tuple[_AnswerRule, ...]

    @property
    def about_calls(self) -> bool:
        """Whether a rule can only be judged where the tool calls are known."""
        return bool(self.calls)

    def occurrences(self, run: RecordedRun) -> tuple[NeverOccurrence, ...]:
        """Every never-event that happened in a run, in the order of the rules and then of the run.

        A call counts whoever made it, sub-agents included, and whatever came of it, unless the rule says otherwise.
        What cannot be compared counts as an occurrence: arguments that are no JSON object, a value of another kind, a
        search that does not end. An argument that is not there is no value, so it is no occurrence, except where the
        rule says ``absent``. Where the calls are unknown, none is found; that is for the caller to notice.
        """
        return (*self._in_calls(run), *self._in_answers(run))

    def _in_calls(self, run: RecordedRun) -> Iterator[NeverOccurrence]:
        for rule in self.calls:
            for at, call in enumerate(run.tool_calls or ()):
                if rule.occurs(call):
                    found = f"call {at + 1}: {call_words(call)}{rule.doubt(call)}"
                    yield NeverOccurrence(rule=rule.words, found=found)

    def _in_answers(self, run: RecordedRun) -> Iterator[NeverOccurrence]:
        for rule in self.answers:
            for name, text in _answers(run):
                outcome = rule.matcher.test(text)
                if outcome is not Outcome.FAILS:
                    lead = "" if outcome is Outcome.HOLDS else "cannot be compared: "
                    yield NeverOccurrence(rule=rule.words, found=f"{name}: {lead}{in_words(text, limit=_QUOTED)}")


def compile_never(events: Sequence[NeverEvent]) -> NeverRules:
    """Compile never-events once.

    Args:
        events: Each names either tools or an answer.

    Raises:
        InvalidInputError: A matcher does not compile, an event names both or neither, or refers to an earlier result,
            of which a never-event knows none.
    """
    calls, answers = [], []
    for at, event in enumerate(events):
        if bool(event.tool) == (event.answer is not None):
            got = "both" if event.tool else "neither"
            raise InvalidInputError(f"never[{at}] must name either tool or answer, got {got}")
        if event.tool:
            pattern = CompiledPattern(event)
            _refuse_results(at, needs=pattern.needs_results)
            calls.append(_CallRule(_call_rule_words(pattern), pattern))
        else:
            matcher = compile_matcher(event.answer)
            _refuse_results(at, needs=matcher.needs_results)
            answers.append(_AnswerRule(f"an answer that is {matcher.words}", matcher))
    return NeverRules(tuple(calls), tuple(answers))


def _refuse_results(at: int, *, needs: bool) -> None:
    if needs:
        raise InvalidInputError(f"never[{at}] must not use result_of, because a never-event has no steps")


def _call_rule_words(pattern: CompiledPattern) -> str:
    status = "" if pattern.status == "any" else f" with status {pattern.status}"
    return f"{pattern.words()}{status}"


def _answers(run: RecordedRun) -> Iterator[tuple[str, str]]:
    """Every answer given, as text: the final one, and those of earlier turns where they are another."""
    final = text_of(run.output)
    if final:
        yield "answer", final
    for at, turn in enumerate(run.turns):
        output: Json = turn.get("output")
        text = text_of(output)
        if text and text != final:
            yield f"answer of turn {at + 1}", text

"""Checks of an answer's wording: texts and expressions that must or must not occur, similarity to a reference."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sluice.answer.similarity import text_similarity
from sluice.answer.text import INSPECTED_CHARACTERS, Answer
from sluice.errors import InvalidInputError
from sluice.golden.expectation import AnyOf
from sluice.golden.matching.folding import folded
from sluice.golden.matching.matcher import in_words
from sluice.golden.matching.patterns import Pattern, PatternTimeoutError, compile_pattern
from sluice.trials.scores import Check

# Characters of the answer that a reason quotes.
_QUOTED = 160
AnswerCheck = Callable[[Answer], Check]


def quoted(answer: Answer) -> str:
    """The beginning of the answer, for a reason."""
    text = " ".join(answer.full_text[: 4 * _QUOTED].split())
    return in_words(text, limit=_QUOTED) if text else "no answer"


def _texts(expected: AnyOf) -> tuple[str, ...]:
    return (expected,) if isinstance(expected, str) else tuple(expected)


def _named(texts: Sequence[str]) -> str:
    return " or ".join(in_words(text) for text in texts)


@dataclass(frozen=True, slots=True)
class _Occurrence:
    """Texts as written, and as they are sought: folded, so that a paraphrase's case and typography decide nothing."""

    name: str
    texts: tuple[str, ...]
    sought: tuple[str, ...]

    def first(self, answer: Answer) -> str | None:
        return next(
            (text for text, sought in zip(self.texts, self.sought, strict=True) if sought in answer.folded), None
        )


def _occurrence(name: str, expected: AnyOf) -> _Occurrence:
    texts = _texts(expected)
    sought = tuple(folded(text) for text in texts)
    if not texts or not all(sought):
        raise InvalidInputError(f"{name} needs text that is not empty, got {in_words(expected)}")
    return _Occurrence(name, texts, sought)


def contains_check(name: str, expected: AnyOf) -> AnswerCheck:
    """A text, or any one of several, must occur; case, white space and typography do not matter.

    Raises:
        InvalidInputError: A text is empty, or none is given.
    """
    occurrence = _occurrence(name, expected)

    def check(answer: Answer) -> Check:
        found = occurrence.first(answer)
        if found is not None:
            return Check(name=name, passed=True, score=1.0, reason=f"the answer contains {in_words(found)}")
        reason = f"expected {_named(occurrence.texts)} in the answer{_extent(answer)}, got {quoted(answer)}"
        return Check(name=name, passed=False, score=0.0, reason=reason)

    return check


def excludes_check(name: str, expected: AnyOf) -> AnswerCheck:
    """A text, or each of several, must not occur; case, white space and typography do not matter.

    Raises:
        InvalidInputError: A text is empty, or none is given.
    """
    occurrence = _occurrence(name, expected)

    def check(answer: Answer) -> Check:
        found = occurrence.first(answer)
        if found is not None:
            reason = f"the answer must not contain {in_words(found)}, got {_around(answer, folded(found))}"
            return Check(name=name, passed=False, score=0.0, reason=reason)
        if answer.is_cut:
            reason = f"whether {_named(occurrence.texts)} occurs is not known{_extent(answer)}"
            return Check(name=name, passed=False, score=0.0, reason=reason)
        return Check(
            name=name, passed=True, score=1.0, reason=f"the answer does not contain {_named(occurrence.texts)}"
        )

    return check


def matches_check(name: str, expected: AnyOf) -> AnswerCheck:
    """A regular expression, or any one of several, must match somewhere, in the text as it is or with plain typography.

    Raises:
        InvalidInputError: An expression does not compile, or none is given.
    """
    patterns = tuple(compile_pattern(text) for text in _texts(expected))
    if not patterns:
        raise InvalidInputError(f"{name} needs a regular expression, got none")
    named = " or ".join(f"/{pattern.text}/" for pattern in patterns)

    def check(answer: Answer) -> Check:
        endless = ""
        for pattern in patterns:
            try:
                found = _first_match(pattern, answer)
            except PatternTimeoutError as error:
                endless = f"{error}; "
                continue
            if found is not None:
                return Check(name=name, passed=True, score=1.0, reason=f"/{pattern.text}/ matches {in_words(found)}")
        reason = f"{endless}expected a match of {named} in the answer{_extent(answer)}, got {quoted(answer)}"
        return Check(name=name, passed=False, score=0.0, reason=reason)

    return check


def similarity_check(name: str, references: Sequence[str], *, at_least: float) -> AnswerCheck:
    """The answer must be similar enough to the best of several good answers.

    Raises:
        InvalidInputError: There is nothing to compare with.
    """
    if not references:
        raise InvalidInputError("similarity needs a reference or an acceptable answer")

    def check(answer: Answer) -> Check:
        score, best = max(((text_similarity(answer.text, one), one) for one in references), key=lambda pair: pair[0])
        relation = f"similarity {score:.3f}, expected at least {at_least:g}, to {in_words(best)}"
        passed = score >= at_least
        return Check(
            name=name, passed=passed, score=score, reason=relation if passed else f"{relation}, got {quoted(answer)}"
        )

    return check


def _first_match(pattern: Pattern, answer: Answer) -> str | None:
    found = pattern.search(answer.text)
    return pattern.search(answer.plain) if found is None and answer.plain != answer.text else found


def _extent(answer: Answer) -> str:
    """Which part of the answer was inspected, where it was not all of it."""
    if not answer.is_cut:
        return ""
    return f" (of {len(answer.full_text):,} characters the first {INSPECTED_CHARACTERS:,} were inspected)"


def _around(answer: Answer, found: str) -> str:
    at = answer.folded.find(found)
    start, end = max(0, at - _QUOTED // 4), at + len(found) + _QUOTED // 4
    return in_words(answer.folded[start:end], limit=_QUOTED)

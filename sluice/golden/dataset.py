"""A dataset made of its cases: the strata the gate runs, their digests, and what cannot be run yet."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from sluice.documents.values import Json
from sluice.golden.case import Dataset, GoldenCase, Stratum, Variant
from sluice.golden.digests import FileDigests, dataset_version, expectation_digest, stimulus_digest
from sluice.golden.expectation import Alternative, AnswerExpectation, Expectation

_NOW_PLACE: Final = re.compile(r"\{\{\s*now\b")
_DECIDING_ANSWER_KEYS: Final = ("similarity", "contains", "excludes", "matches", "numbers", "fields")


def build_dataset(
    cases: Sequence[GoldenCase],
    *,
    sources: Mapping[str, str],
    warnings: Iterable[str] = (),
    contents: FileDigests | None = None,
) -> Dataset:
    """The dataset of these cases.

    Args:
        cases: In file order, ids unique.
        sources: Case id to ``file:line``.
        warnings: What looks unintended, in words.
        contents: Digests of the files that cases name, by case id and path as written.
    """
    strata = tuple(stratum for case in cases for stratum in strata_of(case, contents=contents or {}))
    return Dataset(
        cases=tuple(cases),
        strata=strata,
        version=dataset_version(strata),
        warnings=tuple(warnings),
        sources=dict(sources),
    )


def strata_of(case: GoldenCase, *, contents: FileDigests) -> Iterator[Stratum]:
    """The case itself, then each of its variants; a variant with ``outcome: same`` inherits what must hold."""
    yield _stratum(case, None, case.expect, contents)
    for variant in case.variants:
        yield _stratum(case, variant, variant.expect or case.expect, contents)


def has_deciding_check(expect: Expectation) -> bool:
    """Whether anything declared can make a trial pass or fail; judged criteria alone cannot."""
    limits = expect.max_cost_usd is not None or expect.max_latency_s is not None
    return limits or _decides(expect) or any(_decides(one) for one in expect.any_of)


def _decides(alternative: Alternative) -> bool:
    if alternative.state:
        return True
    if alternative.answer is not None and _answer_decides(alternative.answer):
        return True
    return alternative.trajectory is not None


def _answer_decides(answer: AnswerExpectation) -> bool:
    return answer.json_schema is not None or any(getattr(answer, key) for key in _DECIDING_ANSWER_KEYS)


def _stratum(case: GoldenCase, variant: Variant | None, expect: Expectation, contents: FileDigests) -> Stratum:
    return Stratum(
        case=case,
        variant="" if variant is None else variant.id,
        input=case.input if variant is None else variant.input,
        expect=expect,
        counted=variant is None or not variant.generated,
        stimulus_digest=stimulus_digest(case, variant, contents=contents),
        expectation_digest=expectation_digest(case, expect, with_turns=variant is None and bool(case.turns)),
        needs=tuple(_needs(case, variant, expect)),
    )


def _needs(case: GoldenCase, variant: Variant | None, expect: Expectation) -> Iterator[str]:
    """What this version of Sluice cannot run yet, in words."""
    conversation = variant is None and bool(case.turns)
    if conversation:
        yield "a scripted conversation (turns)"
    if case.files:
        yield "files sent with the input (files)"
    if case.setup:
        yield "a fixture of the world (setup)"
    if case.tools is not None:
        yield "recorded tools (tools.recorded)"
    expects = [expect, *(turn.expect for turn in case.turns if turn.expect is not None and conversation)]
    yield from dict.fromkeys(need for one in expects for need in _expectation_needs(one))
    if case.now is not None:
        yield "a fixed clock (now)"
    elif _mentions_now([variant.input if variant is not None else case.input, *(_dumped(one) for one in expects)]):
        yield "a fixed clock ({{now}})"


def _expectation_needs(expect: Expectation) -> Iterator[str]:
    for one in (expect, *expect.any_of):
        if one.state:
            yield "probes of the world (state)"
        if one.answer is not None and one.answer.criteria:
            yield "judged criteria (answer.criteria)"
        trajectory = one.trajectory
        if trajectory is not None and any(part.criteria for part in (trajectory, *trajectory.any_of)):
            yield "judged criteria (trajectory.criteria)"


def _dumped(expect: Expectation) -> Json:
    return expect.model_dump(mode="json", exclude_defaults=True)


def _mentions_now(value: Json) -> bool:
    if isinstance(value, str):
        return _NOW_PLACE.search(value) is not None
    if isinstance(value, dict):
        return any(_mentions_now(one) for one in value.values())
    return isinstance(value, list) and any(_mentions_now(one) for one in value)

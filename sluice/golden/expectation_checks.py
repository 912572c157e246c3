"""What the shape of an expectation cannot say: whether its parts make sense, one by one and together."""

from sluice.documents.findings import Findings
from sluice.documents.located import Spot
from sluice.documents.names import shown
from sluice.errors import InvalidInputError
from sluice.golden.expectation_matcher_checks import check_matcher, compiles
from sluice.golden.expectation_trajectory_checks import check_pattern, check_trajectory, steps_named_in
from sluice.golden.matching.paths import compile_path
from sluice.golden.matching.patterns import compile_pattern
from sluice.golden.matching.schemas import compile_schema


def check_expectation(expect: Spot, findings: Findings) -> None:
    """Check what must hold after a stimulus, its linked alternatives included."""
    steps = steps_named_in(expect.get("trajectory"))
    for alternative in expect.get("any_of").each():
        check_alternative(alternative, findings, outer_steps=steps)
    check_alternative(expect, findings, outer_steps=frozenset())


def check_alternative(spot: Spot, findings: Findings, *, outer_steps: frozenset[str]) -> None:
    """Check an answer, a trajectory and a state that belong together."""
    steps = outer_steps | steps_named_in(spot.get("trajectory"))
    _check_answer(spot.get("answer"), findings, steps)
    check_trajectory(spot.get("trajectory"), findings)
    for probe in spot.get("state").each():
        _check_fields(probe.get("is"), findings, steps)


def check_never(never: Spot, findings: Findings) -> None:
    """Check never-events: each is one call or one answer, and stands on its own."""
    for rule in never.each():
        if rule.has("tool") == rule.has("answer"):
            findings.wrong(
                rule, "a never-event needs either tool or answer, got " + ("both" if rule.has("tool") else "neither")
            )
        if rule.has("answer"):
            check_matcher(rule.get("answer"), findings, steps=frozenset())
            for key in ("args", "agent", "args_mode", "status"):
                if rule.has(key):
                    findings.wrong(rule.get(key), f"{key} belongs to a tool, got it beside answer")
        else:
            check_pattern(rule, findings, steps=frozenset())


def _check_answer(answer: Spot, findings: Findings, steps: frozenset[str]) -> None:
    for key in ("contains", "excludes", "matches"):
        _check_texts(answer.get(key), findings)
    for choice in answer.get("matches").one_or_each():
        for pattern in choice.one_or_each():
            if pattern.text is not None:
                compiles(compile_pattern, pattern, findings)
    if answer.has("schema"):
        compiles(compile_schema, answer.get("schema"), findings)
    _check_fields(answer.get("fields"), findings, steps)
    if answer.has("at_least") and not answer.get("fields").size:
        findings.wrong(answer.get("at_least"), "at_least is the share of fields that must hold, got no fields")
    if answer.has("similarity") and not (answer.has("reference") or answer.get("acceptable").node.value):
        findings.wrong(
            answer.get("similarity"), "similarity needs a reference or acceptable to compare with, got neither"
        )
    _check_contradictions(answer, findings)


def _check_texts(texts: Spot, findings: Findings) -> None:
    for choice in texts.one_or_each():
        if choice.node.value == []:
            findings.wrong(choice, "an empty list can never hold, write the texts any of which will do")
        for text in choice.one_or_each():
            if text.text == "":
                findings.wrong(text, "an empty text occurs in every answer, write what must or must not occur")


def _check_contradictions(answer: Spot, findings: Findings) -> None:
    excluded = {text.text for choice in answer.get("excludes").one_or_each() for text in choice.one_or_each()}
    for wanted in answer.get("contains").one_or_each():
        if wanted.text and wanted.text in excluded:
            findings.wrong(wanted, f"no answer can both contain and exclude {shown(wanted.text)}")


def _check_fields(fields: Spot, findings: Findings, steps: frozenset[str]) -> None:
    for path, matcher in fields.entries():
        try:
            compile_path(path)
        except InvalidInputError as error:
            findings.wrong(matcher, error.message)
        check_matcher(matcher, findings, steps=steps)

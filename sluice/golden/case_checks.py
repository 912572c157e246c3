"""What the shape of a case cannot say: whether its stimulus, variants and never-events make sense."""

import posixpath
from datetime import datetime

from sluice.documents.findings import Findings
from sluice.documents.located import Spot
from sluice.documents.names import shown
from sluice.golden.expectation_checks import check_expectation, check_never


def check_case(case: Spot, findings: Findings) -> None:
    """Check one case as it stands in its document, whatever shape its parts have."""
    _check_stimulus(case, findings)
    check_expectation(case.get("expect"), findings)
    check_never(case.get("never"), findings)
    _check_variants(case.get("variants"), findings)
    _check_files(case, findings)
    _check_now(case.get("now"), findings)


def _check_stimulus(case: Spot, findings: Findings) -> None:
    if case.has("input") == case.has("turns"):
        got = "both" if case.has("input") else "neither"
        findings.wrong(case, f"a case needs exactly one of input and turns, got {got}")
    if case.has("input"):
        _check_input(case.get("input"), findings)
    if case.get("turns").node.value == []:
        findings.wrong(case.get("turns"), "turns must hold at least one turn, got an empty list")
    for turn in case.get("turns").each():
        if isinstance(turn.node.value, dict) and "user" in turn.node.value:
            _check_input(turn.get("user"), findings)
        check_expectation(turn.get("expect"), findings)


def _check_input(stimulus: Spot, findings: Findings) -> None:
    value = stimulus.node.value
    if isinstance(value, str | dict):
        if not value:
            findings.wrong(stimulus, f"must not be empty, got {shown(stimulus.plain())}")
        return
    if not isinstance(value, list) or not value:
        findings.wrong(stimulus, f"must be text, a list of chat messages or a mapping, got {shown(value)}")
        return
    for message in stimulus.each():
        if message.get("role").text is None:
            findings.wrong(
                message, f"a chat message is a mapping with a role and its content, got {shown(message.plain())}"
            )


def _check_variants(variants: Spot, findings: Findings) -> None:
    seen: set[str] = set()
    for variant in variants.each():
        name = variant.get("id").text
        if name in seen:
            findings.wrong(variant.get("id"), f"variant ids must be unique within their case, got {shown(name)} twice")
        elif name is not None:
            seen.add(name)
        if variant.has("outcome") == variant.has("expect"):
            got = "both" if variant.has("expect") else "neither"
            findings.wrong(variant, f"a variant needs either outcome: same or an expect of its own, got {got}")
        if isinstance(variant.node.value, dict) and "input" in variant.node.value:
            _check_input(variant.get("input"), findings)
        check_expectation(variant.get("expect"), findings)


def _check_files(case: Spot, findings: Findings) -> None:
    for spot in named_files(case):
        if posixpath.isabs(spot.text or "") or "\\" in (spot.text or "") or spot.text == "":
            findings.wrong(spot, f"must be a path relative to this file, with forward slashes, got {shown(spot.text)}")


def named_files(case: Spot) -> list[Spot]:
    """The paths of the files that a case sends or plays back."""
    spots = [file.get("path") for file in case.get("files").each()]
    spots.append(case.get("tools", "recorded"))
    return [spot for spot in spots if spot.text is not None]


def _check_now(now: Spot, findings: Findings) -> None:
    if now.text is None:
        return
    try:
        datetime.fromisoformat(now.text)
    except ValueError:
        findings.wrong(now, f"must be a time such as 2026-05-01T09:00:00Z, got {shown(now.text)}")

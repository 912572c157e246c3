"""Whether an expected value as written can be compiled, and whether the steps it refers to exist."""

from collections.abc import Callable
from typing import Any

from sluice.documents.findings import Findings
from sluice.documents.located import Spot
from sluice.documents.names import shown, unknown
from sluice.errors import InvalidInputError
from sluice.golden.matchers import compile_matcher, matcher_warnings, result_of_steps


def check_matcher(spot: Spot, findings: Findings, *, steps: frozenset[str]) -> None:
    """Check one expected value.

    Args:
        spot: The value.
        findings: Gets what is wrong.
        steps: Ids of the steps whose results it may be taken from.
    """
    value = spot.plain()
    compiles(compile_matcher, spot, findings)
    for warning in matcher_warnings(value):
        findings.odd(spot, warning)
    for step in sorted(result_of_steps(value) - steps):
        got = unknown("step", step, steps) if steps else f"got {shown(step)} where no such step has an id"
        findings.wrong(spot, f"result_of must name an earlier step, {got}")


def compiles(compiler: Callable[[Any], object], spot: Spot, findings: Findings) -> None:
    """Note what the compiler says against the value, if anything."""
    try:
        compiler(spot.plain())
    except InvalidInputError as error:
        findings.wrong(spot, error.message)

"""The five trajectory numbers, the headline, and where the trajectory first left the expected path."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TrajectoryScore:
    """How well the calls that were made match the calls that were expected; all numbers in [0, 1], 1 is perfect.

    Args:
        precision: Matched calls / calls.
        recall: Matched required steps / required steps.
        order: Share of precedence pairs kept; 1 where there are none.
        parameters: Mean share of satisfied argument expectations over matched steps.
        efficiency: min(1, needed / actual), repeats of an identical call counted as waste.
        trajectory: The headline.
        passed: All required steps with their parameters, order kept, nothing forbidden, within ``max_calls``.
        divergence: The first place where the actual path leaves the expected one, in words; empty where it never does.
        divergence_kind: What failed runs are grouped by: the divergence without this run's own values, for example
            ``missing lookup_order`` or ``wrong issue_refund.amount``.
        alternative: Which of ``any_of`` counted; empty where there is none.
        matches: Pairs (expected step position, call position), by call position.
        missing: Expected step positions (after ``times`` is unrolled) that no call matched.
        extra: Call positions that nothing expected names.
        forbidden: Call positions that a ``forbidden`` pattern matched.
    """

    precision: float
    recall: float
    order: float
    parameters: float
    efficiency: float
    trajectory: float
    passed: bool
    divergence: str = ""
    divergence_kind: str = ""
    alternative: str = ""
    matches: tuple[tuple[int, int], ...] = ()
    missing: tuple[int, ...] = ()
    extra: tuple[int, ...] = ()
    forbidden: tuple[int, ...] = ()

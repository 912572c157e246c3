"""Evidence built by hand: strata with trials that passed, failed or were not evaluated."""

from collections.abc import Callable, Sequence

import pytest

from sluice.gates.evidence import Evidence
from sluice.golden.case import GoldenCase, Stratum
from sluice.golden.expectation import Expectation
from sluice.trajectory.scores import TrajectoryScore
from sluice.trials.recorded import TrialKey
from sluice.trials.scores import NeverOccurrence, TrialScore

Trial = bool | str | None | TrialScore


def stratum_of(name: str, *, tier: str = "standard", counted: bool = True, needs: tuple[str, ...] = ()) -> Stratum:
    case_id, _, variant = name.partition("/")
    return Stratum(
        case=GoldenCase(id=case_id, input="hello", tier=tier),
        variant=variant,
        input="hello",
        expect=Expectation(),
        counted=counted,
        stimulus_digest="0",
        expectation_digest="0",
        needs=needs,
    )


def trial_of(
    passed: Trial,
    *,
    name: str = "case",
    number: int = 0,
    calls: int | None = None,
    latency_s: float | None = None,
    cost_usd: float | None = None,
    efficiency: float | None = None,
    never: str = "",
    reasons: tuple[str, ...] = (),
) -> TrialScore:
    """``True`` passed, ``False`` failed, ``None`` was not evaluated, ``"undecided"`` has no deciding check."""
    case_id, _, variant = name.partition("/")
    trajectory = efficiency is not None and TrajectoryScore(
        precision=1, recall=1, order=1, parameters=1, efficiency=efficiency, trajectory=efficiency, passed=True
    )
    return TrialScore(
        key=TrialKey(case_id=case_id, variant=variant, trial=number),
        evaluated=passed is not None,
        passed=passed if isinstance(passed, bool) else None,
        trajectory=trajectory or None,
        answer_passed=None,
        state_passed=None,
        checks=(),
        never=(NeverOccurrence(rule="never delete", found=never),) if never else (),
        alternative="",
        reasons=reasons or (("connection refused",) if passed is None else ()),
        n_calls=calls,
        latency_s=latency_s,
        cost_usd=cost_usd,
    )


def evidence_of(
    name: str,
    candidate: Sequence[bool | str | None],
    baseline: Sequence[bool | str | None] = (),
    *,
    planned: int | None = None,
    note: str = "",
    tier: str = "standard",
    counted: bool = True,
    needs: tuple[str, ...] = (),
    **numbers: object,
) -> Evidence:
    """One stratum; ``numbers`` are the candidate's, and with the prefix ``baseline_`` the baseline's."""
    of_baseline = {
        key.removeprefix("baseline_"): value for key, value in numbers.items() if key.startswith("baseline_")
    }
    of_candidate = {key: value for key, value in numbers.items() if not key.startswith("baseline_")}
    return Evidence(
        stratum=stratum_of(name, tier=tier, counted=counted, needs=needs),
        candidate=tuple(trial_of(one, name=name, number=at, **of_candidate) for at, one in enumerate(candidate)),
        planned=len(candidate) if planned is None else planned,
        baseline=tuple(trial_of(one, name=name, number=at, **of_baseline) for at, one in enumerate(baseline)),
        note=note,
    )


@pytest.fixture(scope="session")
def stratum() -> Callable[..., Evidence]:
    """Builder of one stratum's evidence."""
    return evidence_of


@pytest.fixture(scope="session")
def strata() -> Callable[..., list[Evidence]]:
    """Builder of many: one per (candidate, baseline) pair of outcome lists."""

    def build(
        pairs: Sequence[tuple[Sequence[bool | str | None], Sequence[bool | str | None]]], **more: object
    ) -> list[Evidence]:
        return [
            evidence_of(f"case-{at:03}", candidate, baseline, **more) for at, (candidate, baseline) in enumerate(pairs)
        ]

    return build


@pytest.fixture(scope="session")
def golden_stratum() -> Callable[..., Stratum]:
    """Builder of a stratum without trials."""
    return stratum_of

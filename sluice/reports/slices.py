"""Pass rates by capability, tag and risk."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from sluice.gates.verdict import StratumResult

Dimension = Literal["capability", "tag", "risk"]
UNNAMED = "(none)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The counted strata that share a capability, tag or risk.

    Args:
        dimension: What they share.
        name: Its value.
        n_trials: Candidate trials that were evaluated.
        n_passed: Those of them that passed.
        n_unevaluated: Trials of which nothing can be told.
        rate: Passed / evaluated; None without an evaluated trial.
        baseline_rate: The same over the baseline's trials of these strata; None without any.
    """

    dimension: Dimension
    name: str
    n_strata: int
    n_trials: int
    n_passed: int
    n_unevaluated: int
    rate: float | None
    baseline_rate: float | None


def slices(strata: Iterable[StratumResult]) -> tuple[Slice, ...]:
    """Pass rates of the counted strata by capability, tag and risk, each dimension by name.

    A stratum with several tags or risks counts in each of them; one without a capability counts as ``(none)``.
    """
    members: defaultdict[tuple[Dimension, str], list[StratumResult]] = defaultdict(list)
    for stratum in strata:
        if stratum.counted:
            for dimension, name in _places(stratum):
                members[dimension, name].append(stratum)
    order: dict[Dimension, int] = {"capability": 0, "risk": 1, "tag": 2}
    keys = sorted(members, key=lambda key: (order[key[0]], key[1] == UNNAMED, key[1]))
    return tuple(one_slice(dimension, name, members[dimension, name]) for dimension, name in keys)


def one_slice(dimension: Dimension, name: str, strata: Iterable[StratumResult]) -> Slice:
    """The pass rate of some strata together."""
    members = list(strata)
    trials = sum(evaluated(stratum) for stratum in members)
    passed = sum(stratum.n_passed for stratum in members)
    baseline_trials = sum(stratum.baseline_trials for stratum in members)
    baseline_passed = sum(stratum.baseline_passed for stratum in members)
    return Slice(
        dimension=dimension,
        name=name,
        n_strata=len(members),
        n_trials=trials,
        n_passed=passed,
        n_unevaluated=sum(stratum.n_unevaluated for stratum in members),
        rate=passed / trials if trials else None,
        baseline_rate=baseline_passed / baseline_trials if baseline_trials else None,
    )


def evaluated(stratum: StratumResult) -> int:
    """Trials of a stratum of which something can be told."""
    return stratum.n_trials - stratum.n_unevaluated


def _places(stratum: StratumResult) -> Iterator[tuple[Dimension, str]]:
    yield "capability", stratum.capability or UNNAMED
    for risk in dict.fromkeys(stratum.risks):
        yield "risk", risk
    for tag in dict.fromkeys(stratum.tags):
        yield "tag", tag

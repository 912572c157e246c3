"""Made-up trials of a golden dataset whose true pass rates are known, as evidence for the gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sluice.gates.evidence import Evidence
from sluice.golden.case import GoldenCase, Stratum
from sluice.golden.expectation import Expectation
from sluice.statistics.counts import StratifiedCounts
from sluice.trials.recorded import TrialKey
from sluice.trials.scores import TrialScore

Rates = NDArray[np.float64]
Shape = Literal["broken", "scattered", "diffuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """True pass rates and trials by stratum.

    Args:
        baseline: True rates of the baseline.
        candidate: True rates of the candidate.
        k: Candidate trials of each stratum.
        kb: Baseline trials of each stratum.
        tiers: Tier of each stratum.
    """

    baseline: Rates
    candidate: Rates
    k: NDArray[np.int64]
    kb: NDArray[np.int64]
    tiers: tuple[str, ...]

    @property
    def drop(self) -> float:
        """True pooled drop."""
        return float((self.baseline - self.candidate).mean())


def mixed_rates(n_cases: int) -> Rates:
    """80 % solid cases that pass 98 % of the time, 20 % flaky ones that pass 60 %."""
    return np.where(np.arange(n_cases) < 0.8 * n_cases, 0.98, 0.6)


def dropped(rates: Rates, drop: float, shape: Shape, rng: np.random.Generator) -> Rates:
    """Rates after a drop of the mean.

    ``broken``: cases in random order fail altogether until the mean has fallen by exactly ``drop``. ``scattered``:
    every case breaks with the same probability, so that the drop itself varies around ``drop``. ``diffuse``: all
    logits shift alike.
    """
    if drop == 0:
        return rates
    if shape == "scattered":
        return np.where(rng.random(rates.size) < drop / rates.mean(), 0.0, rates)
    if shape == "broken":
        order = rng.permutation(rates.size)
        before = np.concatenate([[0.0], np.cumsum(rates[order])[:-1]])
        left = rates.copy()
        left[order] -= np.clip(drop * rates.size - before, 0.0, rates[order])
        return left
    low, high = 0.0, 20.0
    logits = np.log(rates / (1 - rates))
    for _ in range(60):
        shift = (low + high) / 2
        if (rates - 1 / (1 + np.exp(shift - logits))).mean() < drop:
            low = shift
        else:
            high = shift
    shifted: Rates = 1 / (1 + np.exp(high - logits))
    return shifted


def design(
    baseline: Rates, candidate: Rates, *, k: int | Sequence[int], kb: int, tiers: Sequence[str] | None = None
) -> Design:
    """A design with the same baseline trials everywhere."""
    n = baseline.size
    return Design(
        baseline=baseline,
        candidate=candidate,
        k=np.broadcast_to(np.asarray(k, dtype=np.int64), n),
        kb=np.full(n, kb, dtype=np.int64),
        tiers=tuple(tiers or ["standard"] * n),
    )


def draw_counts(plan: Design, rng: np.random.Generator) -> StratifiedCounts:
    """One run: how many trials passed."""
    return StratifiedCounts(
        baseline_passed=rng.binomial(plan.kb, plan.baseline),
        baseline_trials=plan.kb,
        candidate_passed=rng.binomial(plan.k, plan.candidate),
        candidate_trials=plan.k,
    )


class EvidenceMaker:
    """Turns counts into evidence; strata and scores are made once, so that simulations measure the gate."""

    def __init__(self, tiers: Sequence[str]) -> None:
        self._strata = [
            Stratum(
                case=GoldenCase(id=f"case-{at}", input="hello", tier=tier),
                variant="",
                input="hello",
                expect=Expectation(),
                counted=True,
                stimulus_digest="0",
                expectation_digest="0",
            )
            for at, tier in enumerate(tiers)
        ]
        self._scores = {passed: _score(passed) for passed in (True, False)}

    def evidence(self, counts: StratifiedCounts) -> list[Evidence]:
        """One piece of evidence a stratum."""
        rows = zip(
            self._strata,
            counts.baseline_passed.tolist(),
            counts.baseline_trials.tolist(),
            counts.candidate_passed.tolist(),
            counts.candidate_trials.tolist(),
            strict=True,
        )
        return [
            Evidence(stratum=stratum, candidate=self._trials(b, k), planned=k, baseline=self._trials(a, kb))
            for stratum, a, kb, b, k in rows
        ]

    def _trials(self, passed: int, trials: int) -> tuple[TrialScore, ...]:
        return (self._scores[True],) * passed + (self._scores[False],) * (trials - passed)


def _score(passed: bool) -> TrialScore:
    return TrialScore(
        key=TrialKey(case_id="case"),
        evaluated=True,
        passed=passed,
        trajectory=None,
        answer_passed=passed,
        state_passed=None,
        checks=(),
        never=(),
        alternative="",
        reasons=() if passed else ("wrong answer",),
        n_calls=None,
        latency_s=None,
        cost_usd=None,
    )

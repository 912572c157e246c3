"""How often the golden gate's whole rule is right, on simulated agents that lost 0, 3, 5 or 10 points.

100 cases: 20 critical ones that pass with .99, 64 standard ones with .985 and 16 flaky ones with .65; a pinned
baseline of ten trials a case, three candidate trials. A drop shifts every case's log-odds by the same amount. Beside
it, on the same simulated runs, the two rules that most tools offer: any lower pass rate blocks, or one lower by five
points.
"""

import argparse
import json
import sys
import time
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sluice.gates.decide import Evidence, decide
from sluice.gates.policy import Policy
from sluice.golden.case import GoldenCase, Stratum
from sluice.golden.expectation import Expectation
from sluice.trials.recorded import TrialKey
from sluice.trials.scores import TrialScore

TIERS = ("critical",) * 20 + ("standard",) * 80
PASS_RATES = np.array([0.99] * 20 + [0.985] * 64 + [0.65] * 16)
DROPS = (0.0, 0.03, 0.05, 0.10)
BASELINE_TRIALS, CANDIDATE_TRIALS = 10, 3
POLICY = Policy.model_validate({"tiers": {"critical": {"floor": 0.95}, "standard": {"floor": 0.85}}})
SEED = 20261123
# Most runs of an unchanged agent that may be blocked, and fewest that must be at five points, in per cent.
BLOCKED_AT_NONE, BLOCKED_AT_FIVE = 8.0, 80.0


def shifted(drop: float) -> NDArray[np.float64]:
    """Pass rates whose mean lies ``drop`` below that of ``PASS_RATES``, by one shift of all log-odds."""
    low, high = 0.0, 10.0
    odds = np.log(PASS_RATES / (1 - PASS_RATES))
    for _ in range(60):
        middle = (low + high) / 2
        rates = 1 / (1 + np.exp(middle - odds))
        low, high = (middle, high) if PASS_RATES.mean() - rates.mean() < drop else (low, middle)
    return np.asarray(1 / (1 + np.exp(low - odds)), dtype=np.float64)


@cache
def stratum(index: int) -> Stratum:
    """One case without variants."""
    case = GoldenCase(id=f"case-{index:03}", input="hello", tier=TIERS[index])
    return Stratum(
        case=case,
        variant="",
        input="hello",
        expect=Expectation(),
        counted=True,
        stimulus_digest="0",
        expectation_digest="0",
    )


@cache
def trial(index: int, number: int, passed: bool) -> TrialScore:
    """One trial that passed or failed by an answer check."""
    return TrialScore(
        key=TrialKey(case_id=f"case-{index:03}", trial=number),
        evaluated=True,
        passed=passed,
        trajectory=None,
        answer_passed=passed,
        state_passed=None,
        checks=(),
        never=(),
        alternative="",
        reasons=() if passed else ("answer.contains[0]: not found",),
        n_calls=3,
        latency_s=1.0,
        cost_usd=0.01,
    )


def evidence(baseline: NDArray[np.bool_], candidate: NDArray[np.bool_]) -> list[Evidence]:
    """Outcomes of shape (cases, trials) as the gate takes them."""
    return [
        Evidence(
            stratum=stratum(index),
            candidate=tuple(trial(index, number, passed) for number, passed in enumerate(now)),
            planned=len(now),
            baseline=tuple(trial(index, number, passed) for number, passed in enumerate(before)),
        )
        for index, (before, now) in enumerate(zip(baseline.tolist(), candidate.tolist(), strict=True))
    ]


def simulate(drop: float, *, repeats: int, rng: np.random.Generator) -> dict[str, float]:
    """Share of each verdict, and of what the two simple rules block, in per cent; and milliseconds a decision."""
    rates, verdicts, any_lower, five_lower, seconds = shifted(drop), Counter[str](), 0, 0, 0.0
    for _ in range(repeats):
        baseline = rng.random((len(TIERS), BASELINE_TRIALS)) < PASS_RATES[:, None]
        candidate = rng.random((len(TIERS), CANDIDATE_TRIALS)) < rates[:, None]
        gathered = evidence(baseline, candidate)
        started = time.perf_counter()
        verdicts[decide(gathered, policy=POLICY).verdict.name] += 1
        seconds += time.perf_counter() - started
        any_lower += bool(candidate.mean() < baseline.mean())
        five_lower += bool(candidate.mean() < baseline.mean() - 0.05)
    shares = {name: 100 * verdicts[name] / repeats for name in ("PASS", "FAIL", "INCONCLUSIVE", "ERROR")}
    simple = {"any lower": 100 * any_lower / repeats, "5 lower": 100 * five_lower / repeats}
    return {**shares, **simple, "ms": 1000 * seconds / repeats}


def main() -> int:
    """Simulate, print, and say whether the targets are reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="200 runs a drop instead of 1,000")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    repeats = 200 if options.quick else 1000

    rows = {
        drop: simulate(drop, repeats=repeats, rng=np.random.default_rng([SEED, at])) for at, drop in enumerate(DROPS)
    }
    print(f"{'':12} {'the gate, % of runs':^36} | {'blocked by rule, %':^19} |")
    heads = f"{'PASS':>7} {'FAIL':>7} {'INCONCLUSIVE':>12} {'ERROR':>7}"
    print(f"{'true drop':12} {heads} | {'any lower':>9} {'5 lower':>9} | ms")
    for drop, row in rows.items():
        gate = f"{row['PASS']:7.1f} {row['FAIL']:7.1f} {row['INCONCLUSIVE']:12.1f} {row['ERROR']:7.1f}"
        simple = f"{row['any lower']:9.1f} {row['5 lower']:9.1f}"
        print(f"{100 * drop:5.0f} points {gate} | {simple} | {row['ms']:.1f}")
    if options.json:
        options.json.write_text(json.dumps({f"{drop:g}": row for drop, row in rows.items()}, indent=2), encoding="utf8")
    none, five = rows[0.0], rows[0.05]
    print(
        f"gate_decisions: {five['FAIL']:.1f} % blocked at 5 points and {none['FAIL']:.1f} % at none "
        f"(target >= {BLOCKED_AT_FIVE:g} and <= {BLOCKED_AT_NONE:g}, "
        f"peer rules 'any lower' {five['any lower']:.1f} and {none['any lower']:.1f}, "
        f"'5 lower' {five['5 lower']:.1f} and {none['5 lower']:.1f})"
    )
    return 0 if five["FAIL"] >= BLOCKED_AT_FIVE and none["FAIL"] <= BLOCKED_AT_NONE else 1


if __name__ == "__main__":
    sys.exit(main())

"""Whether the gate keeps its promises: false alarms, power, verdicts, small samples and guards, all simulated.

Every number comes from made-up trials with known pass rates (seeded), through the code that decides in production.
Targets are those of the project: at no change 5 % +- 1.5 % blocked; a drop of 5 points in 100 cases with 3 trials
against 10 cached ones found at least 80 times in 100; bounds that miss at most as often as they say.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy.special import bdtrc, ndtr, stdtr

from benchmarks.simulated_trials import (
    Design,
    EvidenceMaker,
    Shape,
    design,
    draw_counts,
    dropped,
    mixed_rates,
)
from sluice.gates.decide import decide
from sluice.gates.policy import Policy
from sluice.statistics.cmh import cmh_test
from sluice.statistics.counts import StratifiedCounts
from sluice.statistics.drop import pooled_drop
from sluice.statistics.paired import PairedNumbers, drop_worsening, ratio_worsening
from sluice.statistics.power import smallest_detectable_drop

ALPHA, MARGIN, N_CASES, CACHED = 0.05, 0.05, 100, 10
POWER_TARGET, SIZE_TOLERANCE = 0.80, 0.015
FLOORS = {"critical": {"floor": 0.95}, "standard": {"floor": 0.85}}
# Smallest acceptable share of FAIL by kind of floor and true drop, a little below what the design document measured.
LEAST_FAILS = {
    ("estimate", 0.0): 0.0, ("estimate", 0.03): 0.56, ("estimate", 0.05): 0.85, ("estimate", 0.1): 0.97,
    ("prove", 0.0): 0.0, ("prove", 0.03): 0.64, ("prove", 0.05): 0.90, ("prove", 0.1): 0.97,
}  # fmt: skip
PROVED = {"critical": {"floor": 0.95, "prove": True}, "standard": {"floor": 0.85}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One simulated share, and the range it has to lie in.

    Args:
        noise: Two standard errors of the simulation, allowed on both sides.
    """

    table: str
    row: str
    share: float
    least: float
    most: float
    noise: float

    @property
    def held(self) -> bool:
        """Whether the share lies in its range, but for simulation noise."""
        return self.least - self.noise <= self.share <= self.most + self.noise


def figure(table: str, row: str, hits: Iterable[bool], *, least: float = 0.0, most: float = 1.0) -> Figure:
    """The share of hits."""
    seen = np.fromiter(hits, dtype=bool)
    share = float(seen.mean())
    error = (max(share * (1 - share), 1 / seen.size) / seen.size) ** 0.5
    return Figure(table=table, row=row, share=share, least=least, most=most, noise=2 * error)


# --- rules in use elsewhere, for comparison


def paired_t_blocks(counts: StratifiedCounts) -> bool:
    """Student's t over case differences: how scores of two eval runs are usually compared."""
    drops = counts.drops
    error = drops.std(ddof=1) / drops.size**0.5
    return bool(error > 0 and stdtr(drops.size - 1, -drops.mean() / error) <= ALPHA)


def two_proportions_block(counts: StratifiedCounts) -> bool:
    """Pooled two-proportion z-test: every trial taken as independent of its case."""
    a, n = counts.baseline_passed.sum(), counts.baseline_trials.sum()
    b, m = counts.candidate_passed.sum(), counts.candidate_trials.sum()
    rate = (a + b) / (n + m)
    error = (rate * (1 - rate) * (1 / n + 1 / m)) ** 0.5
    return bool(error > 0 and ndtr(-(a / n - b / m) / error) <= ALPHA)


def majority_mcnemar_blocks(counts: StratifiedCounts) -> bool:
    """McNemar on the majority vote of each case's trials."""
    before = 2 * counts.baseline_passed > counts.baseline_trials
    after = 2 * counts.candidate_passed > counts.candidate_trials
    worse, better = int((before & ~after).sum()), int((after & ~before).sum())
    return worse > better and float(bdtrc(float(worse - 1), worse + better, 0.5)) <= ALPHA


def threshold_blocks(counts: StratifiedCounts) -> bool:
    """Blocks where the score fell by more than 2 points: what most gates do."""
    return bool(counts.drops.mean() > 0.02)


def sluice_blocks(counts: StratifiedCounts) -> bool:
    """The gate's own test of a change."""
    return cmh_test(counts).p_value <= ALPHA


RULES: dict[str, Callable[[StratifiedCounts], bool]] = {
    "sluice": sluice_blocks,
    "paired t over cases": paired_t_blocks,
    "two-proportion z": two_proportions_block,
    "McNemar on majority votes": majority_mcnemar_blocks,
    "2-point threshold": threshold_blocks,
}


# --- the tables


def change_figures(runs: int, rng: np.random.Generator) -> list[Figure]:
    """How often each rule blocks, by design and true drop."""
    rates = mixed_rates(N_CASES)
    figures = []
    shapes: Sequence[Shape] = ("broken", "scattered", "diffuse")
    for k, drop, shape in [(k, drop, shape) for k in (1, 3, 5) for drop in (0.0, 0.05, 0.1) for shape in shapes]:
        if drop == 0 and shape != "broken":
            continue
        drawn = [draw_counts(design(rates, dropped(rates, drop, shape, rng), k=k, kb=CACHED), rng) for _ in range(runs)]
        for name, rule in RULES.items():
            least, most = 0.0, 1.0
            if name == "sluice" and drop == 0:
                least, most = ALPHA - SIZE_TOLERANCE, ALPHA + SIZE_TOLERANCE
            if name == "sluice" and drop == 0.05 and k == 3 and shape != "scattered":
                least = POWER_TARGET
            row = f"k={k} drop={100 * drop:g} {shape if drop else 'none'}: {name}"
            figures.append(figure("blocked by the change test", row, map(rule, drawn), least=least, most=most))
    return figures


def verdict_figures(runs: int, rng: np.random.Generator) -> list[Figure]:
    """The whole rule on 20 critical and 80 mixed cases, by true drop: shares of PASS and FAIL."""
    rates = np.array([0.99] * 20 + [0.985] * 64 + [0.65] * 16)
    tiers = ["critical"] * 20 + ["standard"] * 80
    maker = EvidenceMaker(tiers)
    figures = []
    for (floors, drop), fails in LEAST_FAILS.items():
        policy = Policy.model_validate({"tiers": FLOORS if floors == "estimate" else PROVED})
        k = 3 if floors == "estimate" else [10] * 20 + [3] * 80
        verdicts = []
        for _ in range(runs):
            plan = design(rates, dropped(rates, drop, "broken", rng), k=k, kb=CACHED, tiers=tiers)
            verdicts.append(decide(maker.evidence(draw_counts(plan, rng)), policy=policy).verdict.value)
        # At no change few may be held back, at a drop of the margin next to none may pass.
        ranges = {
            "FAIL": (fails, 1.0) if drop else (0.0, 0.10),
            "PASS": (0.0, 1.0 if drop < MARGIN else ALPHA + SIZE_TOLERANCE) if drop else (0.8, 1.0),
            "INCONCLUSIVE": (0.0, 1.0),
        }
        for name, (least, most) in ranges.items():
            row = f"floors by {floors}, drop={100 * drop:g}: {name}"
            figures.append(figure("verdicts", row, (v == name for v in verdicts), least=least, most=most))
    return figures


def small_designs(rng: np.random.Generator) -> Iterable[tuple[str, Design]]:
    """Small datasets, some with cases that always fail, and every way of losing ten points."""
    for n, k, kb in [(5, 1, 1), (5, 1, 3), (10, 1, 2), (20, 1, 1), (20, 1, 3), (20, 3, 10), (50, 3, 10)]:
        for name, rates in [
            ("perfect", np.ones(n)),
            ("97 %", np.full(n, 0.97)),
            ("a fifth always fails", np.where(np.arange(n) < n // 5, 0.0, 0.97)),
        ]:
            lost = np.clip(rates - 0.1 * n / max(1, int((rates > 0).sum())), 0.0, 1.0)
            yield f"{n} cases x {k} vs {kb}, {name}, all worse", design(rates, lost, k=k, kb=kb)
            yield (
                f"{n} cases x {k} vs {kb}, {name}, some broken",
                design(rates, dropped(rates, 0.1, "broken", rng), k=k, kb=kb),
            )


def small_sample_figures(runs: int, rng: np.random.Generator) -> list[Figure]:
    """Small samples: false alarms at no change, and bounds that lie below the true drop."""
    figures = []
    for row, plan in small_designs(rng):
        same = design(plan.baseline, plan.baseline, k=plan.k.tolist(), kb=int(plan.kb[0]))
        alarms = (sluice_blocks(draw_counts(same, rng)) for _ in range(runs))
        figures.append(figure("small samples: blocked at no change", row, alarms, most=ALPHA))
        misses = (pooled_drop(draw_counts(plan, rng), alpha=ALPHA).upper < plan.drop for _ in range(runs))
        figures.append(figure("small samples: bound below the true drop", row, misses, most=ALPHA + 0.01))
    return figures


def guard_figures(runs: int, rng: np.random.Generator) -> list[Figure]:
    """Guards whose number has worsened exactly to its limit: shares that fail."""

    def latency(factor: float, trials: int, scale: float) -> tuple[float, ...]:
        return tuple((factor * scale * np.exp(rng.normal(0, 0.8, trials))).tolist())

    def calls(factor: float, trials: int) -> tuple[float, ...]:
        mean = 4.2 * factor - 1
        return tuple((1.0 + rng.negative_binomial(4, 4 / (4 + mean), trials)).tolist())

    def efficiency(drop: float, trials: int) -> tuple[float, ...]:
        return tuple(rng.choice([1.0, 0.5], trials, p=[0.8 - 2 * drop, 0.2 + 2 * drop]).tolist())

    def fails(kind: str, n: int, k: int, kb: int) -> bool:
        if kind == "latency":
            scales = np.exp(rng.normal(0, 0.7, n))
            rows = [PairedNumbers(baseline=latency(1, kb, s), candidate=latency(1.5, k, s)) for s in scales]
            return (ratio_worsening(rows, limit=1.5).p_value or 0.0) <= ALPHA
        if kind == "tool calls":
            rows = [PairedNumbers(baseline=calls(1, kb), candidate=calls(1.2, k)) for _ in range(n)]
            return (ratio_worsening(rows, limit=1.2).p_value or 0.0) <= ALPHA
        rows = [PairedNumbers(baseline=efficiency(0, kb), candidate=efficiency(0.05, k)) for _ in range(n)]
        return (drop_worsening(rows, limit=0.05).p_value or 0.0) <= ALPHA

    return [
        figure(
            "guards: failed at their limit",
            f"{kind}, {n} cases x {k} vs {kb}",
            (fails(kind, n, k, kb) for _ in range(runs)),
            most=ALPHA + 0.01,
        )
        for kind in ("latency", "tool calls", "efficiency")
        for n, k, kb in [(2, 1, 1), (3, 3, 10), (5, 10, 1), (20, 1, 10), (20, 3, 10)]
    ]


def detectable_figures(runs: int, rng: np.random.Generator) -> list[Figure]:
    """A drop as large as the run says it could have seen: shares that are found."""
    figures = []
    for n, k, kb, rate in [(100, 3, 10, 0.9), (100, 1, 1, 0.9), (40, 1, 1, 0.85), (100, 3, 10, 1.0), (20, 3, 10, 0.95)]:
        rates = np.full(n, rate)
        told = np.median(
            [
                smallest_detectable_drop(draw_counts(design(rates, rates, k=k, kb=kb), rng), alpha=ALPHA)
                for _ in range(50)
            ]
        )
        worse = np.clip(rates - told, 0.0, 1.0)
        hits = (sluice_blocks(draw_counts(design(rates, worse, k=k, kb=kb), rng)) for _ in range(runs))
        row = f"{n} cases x {k} vs {kb} at {100 * rate:g} %: {100 * told:.1f} points"
        figures.append(figure("the smallest detectable drop is found", row, hits, least=0.70, most=0.92))
    return figures


def show(figures: Sequence[Figure]) -> None:
    """Print every figure under its table, with the range it has to lie in."""
    for table in dict.fromkeys(one.table for one in figures):
        print(f"\n{table}, %")
        for one in (one for one in figures if one.table == table):
            wanted = "" if (one.least, one.most) == (0, 1) else f"  [{100 * one.least:.1f}, {100 * one.most:.1f}]"
            missed = "" if one.held else "  MISSED"
            print(f"  {one.row:<58}{100 * one.share:6.1f} +- {100 * one.noise:.1f}{wanted}{missed}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, print and judge."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate_statistics", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the simulations, in half a minute")
    parser.add_argument("--json", type=Path, help="also write every figure to this file")
    options = parser.parse_args(arguments)
    runs, rng = (300, 400) if options.quick else (3000, 2000), np.random.default_rng(20_261_102)
    figures = [
        *change_figures(runs[0], rng),
        *verdict_figures(runs[1] // 4, rng),
        *small_sample_figures(runs[1], rng),
        *guard_figures(runs[1], rng),
        *detectable_figures(runs[1], rng),
    ]
    show(figures)
    of = {one.row: one.share for one in figures}
    power, peer = of["k=3 drop=5 broken: sluice"], of["k=3 drop=5 broken: paired t over cases"]
    held = all(one.held for one in figures)
    if options.json:
        options.json.write_text(json.dumps({"held": held, "figures": [asdict(one) for one in figures]}, indent=1))
    missed = sum(not one.held for one in figures)
    print(f"\n{len(figures) - missed} of {len(figures)} figures lie in their range")
    print(
        f"gate_statistics: {100 * power:.0f} % of 5-point drops found "
        f"(target {100 * POWER_TARGET:.0f}, peer {100 * peer:.0f})"
    )
    return 0 if held and power >= POWER_TARGET else 1


if __name__ == "__main__":
    sys.exit(main())

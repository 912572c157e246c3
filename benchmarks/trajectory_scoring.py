"""How many trajectories are scored a second, one process: ours with all five numbers, agentevals with one yes or no.

Runs are made up from a seed, nine calls against four expected steps. Expectations are compiled once, as the gate does
(it scores many trials of a case); the rate with compiling counted in is printed too.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from benchmarks.airline_runs import MadeUpRun, make_runs
from benchmarks.peers.catalog import DRIVERS, INSTALLED
from sluice.golden.expectation import Step, TrajectoryExpectation
from sluice.traces.calls import ToolCall
from sluice.trajectory.scoring import compile_trajectory

TARGET = 5_000  # trajectories a second
SEED, N_RUNS = 20261123, 500
AGENTEVALS = INSTALLED / "agentevals/bin/python"


def expectation_of(run: MadeUpRun) -> TrajectoryExpectation:
    """The steps of a run, in order, other calls penalised."""
    return TrajectoryExpectation(steps=tuple(Step(tool=(step["name"],), args=step["args"]) for step in run.expected))


def rate(work: Callable[[], None], *, n_items: int, seconds: float) -> float:
    """Items a second: the median of three measurements."""
    work()
    rates = []
    for _ in range(3):
        rounds, started = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - started) < seconds:
            work()
            rounds += 1
        rates.append(rounds * n_items / elapsed)
    return statistics.median(rates)


def our_rates(runs: list[MadeUpRun], *, seconds: float) -> tuple[float, float]:
    """Trajectories a second: with expectations compiled before, and with compiling counted in."""
    expectations = [expectation_of(run) for run in runs]
    calls = [[ToolCall(name=call["name"], args=call["args"]) for call in run.calls] for run in runs]
    compiled = [compile_trajectory(expectation) for expectation in expectations]
    recalls = [way.score(made).recall for way, made in zip(compiled, calls, strict=True)]
    # by construction a third of the runs misses one step of four
    assert statistics.fmean(recalls) < 1.0 < statistics.fmean(recalls) + 0.2, statistics.fmean(recalls)

    def score() -> None:
        for way, made in zip(compiled, calls, strict=True):
            way.score(made)

    def compile_and_score() -> None:
        for expectation, made in zip(expectations, calls, strict=True):
            compile_trajectory(expectation).score(made)

    n_runs = len(runs)
    return rate(score, n_items=n_runs, seconds=seconds), rate(compile_and_score, n_items=n_runs, seconds=seconds)


def peer_rates(runs: list[MadeUpRun], *, seconds: float) -> dict[str, float]:
    """Trajectories a second of agentevals' matchers; empty where it is not installed."""
    if not AGENTEVALS.exists():
        print("agentevals is not installed; see make bench-peers", file=sys.stderr)
        return {}
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        file = Path(folder) / "runs.jsonl"
        file.write_text("\n".join(json.dumps(asdict(run)) for run in runs) + "\n", encoding="utf8")
        command = [AGENTEVALS, DRIVERS / "drive_agentevals.py", file, str(3 * seconds)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300, cwd=folder)
    rates: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return rates


def main() -> int:
    """Measure, print, and say whether the target is reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="half a second a measurement instead of two")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    seconds = 0.5 if options.quick else 2.0

    runs = make_runs(seed=SEED, n_runs=N_RUNS)
    scored, compiled_too = our_rates(runs, seconds=seconds)
    peers = peer_rates(runs, seconds=seconds)
    rows = {
        "sluice, five numbers, headline and divergence": scored,
        "sluice, compiling counted in": compiled_too,
        **{f"agentevals 0.0.9, {mode} match": figure for mode, figure in peers.items()},
    }
    print(f"{'':48} {'per second':>12}")
    for name, figure in rows.items():
        print(f"{name:48} {figure:12,.0f}")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2), encoding="utf8")
    peer = f"agentevals {max(peers.values()):,.0f}" if peers else "none installed"
    print(f"trajectory_scoring: {scored:,.0f} trajectories/s (target {TARGET:,}, peer {peer})")
    return 0 if scored >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())

"""What the gate adds to the agent: 200 cases of 0.2 s, 20 at once, whole processes, beside the peers doing the same.

Ideal is 2.0 s. Ours scores five trajectory numbers and the answer, commits every trial and gives a verdict; each peer
runs the check without a model that comes nearest. `--judged` measures the peers again with a judge of 0.2 s a case
(their usual way; ideal 4.0 s).
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from benchmarks.measured_process import ProcessCost, measure
from benchmarks.mock_client import MockServices, mock_services
from benchmarks.peers.catalog import PEERS, Job, Peer
from benchmarks.prefect_server import QUIET, prefect_server
from benchmarks.refund_job import gate_command, write_project

N_CASES, AT_ONCE, LATENCY_S = 200, 20, 0.2
IDEAL_S = N_CASES / AT_ONCE * LATENCY_S
# Targets of the project for a run without a judge.
WALL_TARGET_S, FIRST_CALL_TARGET_S, INLINE_SPAN_TARGET, FLOW_SPAN_TARGET = 4.2, 2.0, 1.10, 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Overhead:
    """Medians over the runs of one contestant.

    Args:
        wall_s: Seconds from the command to its end.
        cpu_s: Seconds of CPU.
        peak_mb: Peak resident memory.
        first_call_s: Seconds from the command to the first agent call.
        span: Time from the first agent call to the last answer, as a multiple of the ideal.
    """

    name: str
    wall_s: float
    cpu_s: float
    peak_mb: float
    first_call_s: float
    span: float


@dataclass(frozen=True, slots=True)
class Contestant:
    """Who is measured, and how one cold run is made."""

    name: str
    run: Callable[[], ProcessCost]


def one_run(contestant: Contestant, services: MockServices) -> Overhead:
    """Measure one run, which must call the agent once a case.

    Raises:
        RuntimeError: It called the agent another number of times, so that it did other work.
    """
    services.stats()
    cost = contestant.run()
    stats = services.stats()
    if (stats["agent"], stats["inputs"]) != (N_CASES, N_CASES):
        printed = cost.printed[-2000:]
        raise RuntimeError(f"{contestant.name} must call the agent {N_CASES} times, got {stats}:\n{printed}")
    return Overhead(
        name=contestant.name,
        wall_s=cost.wall_s,
        cpu_s=cost.cpu_s,
        peak_mb=cost.peak_mb,
        first_call_s=stats["first_agent_call"] - cost.started_at,
        span=(stats["last_agent_answer"] - stats["first_agent_call"]) / IDEAL_S,
    )


def median_overheads(contestants: list[Contestant], services: MockServices, *, repeats: int) -> list[Overhead]:
    """Run the contestants in turns, so that a busy minute of the machine meets all of them; medians of each."""
    rounds = [[one_run(contestant, services) for contestant in contestants] for _ in range(repeats)]
    return [median_of(runs) for runs in zip(*rounds, strict=True)]


def median_of(runs: Sequence[Overhead]) -> Overhead:
    """The median of each figure by itself."""
    figures = ("wall_s", "cpu_s", "peak_mb", "first_call_s", "span")
    medians = {figure: statistics.median(getattr(run, figure) for run in runs) for figure in figures}
    return Overhead(name=runs[0].name, **medians)


def run_gate(services: MockServices, *, engine: str, environment: Mapping[str, str]) -> ProcessCost:
    """One cold run of `sluice gate` in a new project.

    Raises:
        RuntimeError: The gate did not pass, or it did not see every trial pass.
    """
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        project = Path(folder)
        write_project(project, services=services.url, n_cases=N_CASES, at_once=AT_ONCE)
        cost = measure(gate_command(engine=engine), cwd=project, environment=environment)
        report = project / "gate.json"
        verdict = json.loads(report.read_text(encoding="utf8"))["verdict"] if report.exists() else "none"
        # with a floor and no baseline, 200 passes of 200 may only prove the floor
        if cost.exit_code not in {0, 3} or verdict not in {"PASS", "INCONCLUSIVE"}:
            raise RuntimeError(f"the gate must pass, got exit {cost.exit_code}, {verdict}:\n{cost.printed[-2000:]}")
        return cost


def run_peer(peer: Peer, services: MockServices, *, judged: bool) -> ProcessCost:
    """One cold run of a peer in an empty folder."""
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        job = Job(services=services.url, n_cases=N_CASES, judged=judged, folder=Path(folder))
        return measure(peer.prepare(job), cwd=job.folder, environment=job.environment())


@contextlib.contextmanager
def prefect_api() -> Iterator[str]:
    """The server that PREFECT_API_URL names, else one of our own."""
    given = os.environ.get("PREFECT_API_URL")
    if given:
        yield given
    else:
        with prefect_server() as address:
            yield address


def environment_of_gate() -> dict[str, str]:
    """The caller's environment, without settings that would change what is measured."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SLUICE_", "PREFECT_"))}
    return kept | QUIET


def ours(services: MockServices, *, engine: str, environment: Mapping[str, str]) -> Contestant:
    """The gate, inline or as a Prefect flow."""
    name = "sluice gate, Prefect flow" if engine == "prefect" else "sluice gate, inline"
    return Contestant(name, partial(run_gate, services, engine=engine, environment=environment))


def measure_flow(services: MockServices, *, repeats: int) -> list[Overhead]:
    """The gate as a flow on a running Prefect server, alone: an idle server takes CPU from the others."""
    with prefect_api() as address, tempfile.TemporaryDirectory(prefix="sluice-bench-") as home:
        environment = environment_of_gate() | {"PREFECT_API_URL": address, "PREFECT_HOME": home}
        flow = ours(services, engine="prefect", environment=environment)
        return median_overheads([flow], services, repeats=repeats)


def peers(services: MockServices, *, judged: bool) -> list[Contestant]:
    """The peers that are installed; the others are named."""
    missing = [peer.name for peer in PEERS if not peer.installed]
    if missing and not judged:
        print(f"not installed, see make bench-peers: {', '.join(missing)}", file=sys.stderr)
    return [
        Contestant(
            f"{peer.name}, {'judged' if judged else peer.check}", partial(run_peer, peer, services, judged=judged)
        )
        for peer in PEERS
        if peer.installed
    ]


def print_table(rows: list[Overhead]) -> None:
    """One line a contestant."""
    heads = f"{'wall s':>7} {'CPU s':>6} {'peak MB':>8} {'first call s':>13} {'span x ideal':>13}"
    print(f"{'':40} {heads}")
    for row in rows:
        figures = f"{row.wall_s:7.2f} {row.cpu_s:6.2f} {row.peak_mb:8.0f} {row.first_call_s:13.2f} {row.span:13.3f}"
        print(f"{row.name:40} {figures}")


def missed_targets(inline: Overhead, flows: list[Overhead]) -> list[str]:
    """What of the targets was not reached, in words."""
    limits = [
        ("wall s, inline", inline.wall_s, WALL_TARGET_S),
        ("first call s, inline", inline.first_call_s, FIRST_CALL_TARGET_S),
        ("span x ideal, inline", inline.span, INLINE_SPAN_TARGET),
        *(("span x ideal, flow", flow.span, FLOW_SPAN_TARGET) for flow in flows),
    ]
    return [f"{what}: {figure:.3f} (target {limit:g})" for what, figure, limit in limits if figure > limit]


def asked() -> argparse.Namespace:
    """The options of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="medians over 3 runs instead of 5")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--judged", action="store_true", help="measure the peers with a judge too")
    parser.add_argument("--no-flow", action="store_true", help="leave the Prefect flow out")
    parser.add_argument("--no-peers", action="store_true", help="leave the peers out")
    return parser.parse_args()


def main() -> int:
    """Measure, print, and say whether the targets are reached."""
    options = asked()
    repeats = 3 if options.quick else 5

    with mock_services(latency_s=LATENCY_S) as services:
        inline = ours(services, engine="inline", environment=environment_of_gate())
        plain = [] if options.no_peers else peers(services, judged=False)
        judged = peers(services, judged=True) if options.judged else []
        first, *others = median_overheads([inline, *plain, *judged], services, repeats=repeats)
        flows = [] if options.no_flow else measure_flow(services, repeats=repeats)

    rows = [first, *flows, *others]
    print_table(rows)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2), encoding="utf8")
    missed = missed_targets(first, flows)
    for line in missed:
        print(f"missed: {line}")
    best = min(others[: len(plain)], key=lambda row: row.wall_s, default=None)
    peer = f"{best.name} {best.wall_s:.2f}" if best else "none measured"
    print(f"gate_overhead: {first.wall_s:.2f} s wall (target {WALL_TARGET_S}, peer {peer})")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

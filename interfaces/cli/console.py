"""A verdict on the terminal: tables and a panel there, plain lines elsewhere."""

import io
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from interfaces.cli.progress import GateProgress
from sluice.gates.verdict import Verdict
from sluice.reports.findings import STATE_WORDS, State, change_sentence, guard_line, run_facts, state_of, tier_line
from sluice.reports.score_lines import ScoreSummary
from sluice.reports.text import one_line
from sluice.reports.view import FailureGroup, ReportView
from sluice.reports.words import NONE, count, percent, sentence, trimmed

__all__ = ["GateProgress", "make_console", "print_gate", "print_scores"]

MAX_GROUPS, MAX_NAMES, MAX_EVENTS = 8, 5, 10
_VERDICT_STYLES = {
    Verdict.PASS: "bold green",
    Verdict.FAIL: "bold red",
    Verdict.INCONCLUSIVE: "bold yellow",
    Verdict.ERROR: "bold red",
}
_STATE_STYLES: dict[State, str] = {"passed": "green", "failed": "bold red", "open": "yellow", "shown": "dim"}
_FACTS = ("Agent", "Commit", "Baseline", "Dataset", "Trials", "Left out", "Cost", "Took", "Run")


def make_console(stream: TextIO | None = None, *, plain: bool = False) -> Console:
    """A console that shows text as it is and never fails on a letter its stream cannot write.

    Args:
        stream: Where to write; standard output where None.
        plain: No colours, boxes or live lines, even on a terminal.
    """
    target = stream if stream is not None else sys.stdout
    if isinstance(target, io.TextIOWrapper):
        target.reconfigure(errors="backslashreplace")
    live = False if plain else None
    return Console(file=target, markup=False, emoji=False, highlight=False, force_terminal=live, no_color=plain or None)


def print_gate(console: Console, view: ReportView, *, report_path: str = "") -> None:
    """Print a verdict: why, the numbers that decided, what failed and what to do next.

    Args:
        console: Where to; plain lines where it is no terminal.
        view: What is shown.
        report_path: Where the full report lies; empty where there is none.
    """
    _print_verdict(console, view)
    _print_changes(console, view)
    _print_tiers(console, view)
    _print_guards(console, view)
    _print_never_events(console, view)
    _print_groups(console, view)
    _print_facts(console, view)
    _print_list(console, "Next", [sentence(advice) for advice in view.advice])
    if report_path:
        console.print()
        _line(console, Text.assemble("Report: ", (one_line(report_path, limit=1_000), "bold")))


def print_scores(console: Console, summary: ScoreSummary) -> None:
    """Print what recorded runs scored, and how well it agrees with an outside reward."""
    undecided = f", {summary.n_undecided:,} without a deciding check" if summary.n_undecided else ""
    unevaluated = f", {summary.n_unevaluated:,} not evaluated" if summary.n_unevaluated else ""
    rate = f" ({percent(summary.pass_rate)})" if summary.pass_rate is not None else ""
    trials = count(summary.n_trials, "trial")
    _line(console, Text(f"{trials}: {summary.n_passed:,} passed{rate}{undecided}{unevaluated}", style="bold"))
    if summary.n_trajectories:
        title = f"Trajectory, mean over {count(summary.n_trajectories, 'trial')}"
        _table(console, title, list(summary.means), [[percent(mean) for mean in summary.means.values()]])
    if summary.agreement:
        rows = [
            (one_line(label), NONE if value is None else trimmed(value, 3))
            for label, value in summary.agreement.items()
        ]
        _table(console, "Agreement with the reward", ["measure", "value"], rows)


def _print_verdict(console: Console, view: ReportView) -> None:
    report = view.report
    style = _VERDICT_STYLES[report.verdict]
    reasons = [Text(one_line(sentence(reason), limit=600)) for reason in report.reasons]
    told = any(report.partial in reason for reason in report.reasons)
    partial = [] if told else [Text(f"A partial run: {one_line(report.partial)}", style="yellow")]
    console.print()
    if console.is_terminal:
        title = Text(f" {report.verdict.value} ", style=style)
        body = Text("\n").join([*reasons, *partial])
        console.print(Panel(body, title=title, title_align="left", border_style=style, padding=(0, 2)))
        return
    _line(console, Text(f"{report.verdict.value}: ") + reasons[0])
    for text in (*reasons[1:], *partial):
        _line(console, text, indent=2)


def _print_changes(console: Console, view: ReportView) -> None:
    changes = [*([view.report.change] if view.report.change is not None else []), *view.report.own_margins]
    if not changes:
        return
    _heading(console, "Change against the baseline")
    for change in changes:
        name = "" if change.name == "pooled" else f"tier {one_line(change.name)}: "
        _line(console, Text.assemble(_state(state_of(change)), f"  {name}{change_sentence(change)}"), indent=2)


def _print_tiers(console: Console, view: ReportView) -> None:
    if not view.report.tiers:
        return
    rows = [
        (one_line(line.tier), _state(line.state), line.rate, line.interval, line.floor, line.trials, line.pass_all)
        for line in map(tier_line, view.report.tiers)
    ]
    header = ["tier", "", "pass rate", "95 % interval", "floor", "trials", "all trials pass"]
    _table(console, "Tiers", header, rows)


def _print_guards(console: Console, view: ReportView) -> None:
    if not view.report.guards:
        return
    rows = [
        (line.title, _state(line.state), line.baseline, line.candidate, line.worsening, line.interval, line.limit)
        for line in map(guard_line, view.report.guards)
    ]
    header = ["guard", "", "baseline", "candidate", "worsening", "interval", "limit"]
    _table(console, "Guards", header, rows)


def _print_never_events(console: Console, view: ReportView) -> None:
    groups = view.never_groups
    lines = [
        f"{group.name} in {count(group.n_trials, 'trial')}: {group.rule}; {group.found}"
        for group in groups[:MAX_EVENTS]
    ]
    more = [f"and {count(len(groups) - MAX_EVENTS, 'stratum')} more"] if len(groups) > MAX_EVENTS else []
    _print_list(console, count(len(view.report.never_events), "never-event"), [*lines, *more], style="bold red")


def _print_groups(console: Console, view: ReportView) -> None:
    if not view.groups:
        return
    _heading(console, "Failed or not evaluated, by first divergence")
    for group in view.groups[:MAX_GROUPS]:
        _print_group(console, group)
    rest = sum(len(group.failures) for group in view.groups[MAX_GROUPS:]) + view.n_failures_hidden
    if rest:
        _line(console, Text(f"and {count(rest, 'stratum')} more", style="dim"), indent=2)


def _print_group(console: Console, group: FailureGroup) -> None:
    first = group.failures[0]
    _line(console, Text.assemble((group.title, "bold"), f" ({len(group.failures)})"), indent=2)
    names = ", ".join(failed.name for failed in group.failures[:MAX_NAMES])
    more = f" and {len(group.failures) - MAX_NAMES:,} more" if len(group.failures) > MAX_NAMES else ""
    _line(console, Text(f"{one_line(names, limit=800)}{more}"), indent=4)
    if first.divergence != group.title:
        _line(console, Text(f"{first.name}: {first.divergence}", style="dim"), indent=4)


def _print_facts(console: Console, view: ReportView) -> None:
    told = [f"{label.lower()} {one_line(value)}" for label, value in run_facts(view) if value and label in _FACTS]
    console.print()
    _line(console, Text(" · ".join(told), style="dim"))


def _print_list(console: Console, title: str, lines: Sequence[str], *, style: str = "bold") -> None:
    if not lines:
        return
    _heading(console, title, style=style)
    for line in lines:
        _line(console, Text(one_line(line, limit=600)), indent=2)


def _heading(console: Console, title: str, *, style: str = "bold") -> None:
    console.print()
    _line(console, Text(title, style=style))


def _state(state: State) -> Text:
    return Text(STATE_WORDS[state], style=_STATE_STYLES[state])


def _table(console: Console, title: str, header: Sequence[str], rows: Iterable[Sequence[Text | str]]) -> None:
    """A table under its title: drawn on a terminal, aligned columns of any width elsewhere."""
    _heading(console, title)
    cells = [[cell if isinstance(cell, Text) else Text(cell) for cell in row] for row in rows]
    if console.is_terminal:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="dim")
        for name in header:
            table.add_column(name, overflow="fold")
        for row in cells:
            table.add_row(*row)
        console.print(Padding(table, (0, 0, 0, 2)))
        return
    # A log has no width: lines are as long as they are, so that a search finds whole names.
    lines = [[Text(name) for name in header], *cells]
    widths = [max(cell.cell_len for cell in column) for column in zip(*lines, strict=True)]
    for row in lines:
        for cell, width in zip(row, widths, strict=True):
            cell.pad_right(width - cell.cell_len)
        _line(console, Text("  ").join(row), indent=2)


def _line(console: Console, text: Text, *, indent: int = 0) -> None:
    if console.is_terminal:
        console.print(Padding(text, (0, 0, 0, indent)))
        return
    line = Text(" " * indent) + text
    line.rstrip()
    console.print(line, soft_wrap=True)

"""``sluice score`` and ``sluice compare``: the rules of the gate on recorded runs, without an agent."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from interfaces.cli.console import make_console, print_gate, print_scores
from interfaces.cli.errors import told
from interfaces.cli.options import ConfigOption, absolute, require_writable
from interfaces.cli.output import output_may_be_lost, print_json
from sluice.reports.gate_json import gate_json
from sluice.reports.score_lines import score_line, score_summary
from sluice.reports.view import report_view
from sluice.trials.agreement import RewardAgreement
from tasks.reports import write_json, write_json_lines, write_reports
from tasks.scoring import Comparison, compare_files, score_file

GoldenOption = Annotated[Path, typer.Option(help="Golden dataset: a file or a folder.")]


def score(
    golden: GoldenOption,
    runs: Annotated[Path, typer.Option(help="Recorded runs, JSON lines (.jsonl or .jsonl.gz).")],
    json_file: Annotated[Path | None, typer.Option("--json", help="File for one JSON object a run.")] = None,
    config: ConfigOption = None,
) -> None:
    """Score recorded runs: five trajectory numbers, answer checks, and agreement with a recorded reward.

    One JSON object a run goes to --json, or to standard output where that is no terminal; the summary goes to the
    terminal.

    Example: sluice score --golden golden/ --runs runs.jsonl --json scores.jsonl
    """
    with told():
        require_writable(json_file)
        scored = score_file(golden, runs, config=absolute(config))
        piped = json_file is None and not sys.stdout.isatty()
        console = make_console(sys.stderr if piped else None)
        for warning in scored.warnings:
            console.print(f"Warning: {warning}", style="yellow", soft_wrap=True)
        lines = [score_line(score) for score in scored.scores]
        if json_file is not None:
            write_json_lines(json_file, lines)
        elif piped:
            for line in lines:
                print_json(line)
        agreement = agreement_in_words(scored.agreement) if scored.agreement else None
        print_scores(console, score_summary(scored.scores, agreement=agreement))


def compare(
    golden: GoldenOption,
    baseline: Annotated[Path, typer.Option(help="Recorded runs of the baseline, or a pinned baseline.")],
    candidate: Annotated[Path, typer.Option(help="Recorded runs of the candidate.")],
    json_file: Annotated[Path | None, typer.Option("--json", help="File for the verdict as JSON.")] = None,
    report: Annotated[Path | None, typer.Option(help="Folder for the HTML, Markdown, JUnit and JSON reports.")] = None,
    config: ConfigOption = None,
) -> None:
    """Say whether recorded runs of a candidate are worse than those of a baseline: the gate on two files.

    Example: sluice compare --golden golden/ --baseline main.jsonl --candidate branch.jsonl

    Exit codes: 0 PASS, 1 FAIL, 2 wrong use or dataset, 3 INCONCLUSIVE, 4 ERROR.
    """
    with told():
        require_writable(json_file)
        found = compare_files(golden, baseline, candidate, config=absolute(config))
        html = ""
        if report is not None:
            files = write_reports(
                report,
                report=found.report,
                facts=found.facts,
                strata=found.strata,
                scores=found.scores,
                runs=found.runs,
            )
            html = str(files["html"])
        if json_file is not None:
            write_json(json_file, gate_json(found.report, found.facts, found.scores))
        with output_may_be_lost():
            _show_comparison(found, report_path=html)
        raise typer.Exit(found.report.verdict.exit_code)


def _show_comparison(found: Comparison, *, report_path: str) -> None:
    console = make_console()
    for warning in found.warnings:
        console.print(f"Warning: {warning}", style="yellow", soft_wrap=True)
    view = report_view(found.report, found.facts, found.strata, found.scores, found.runs)
    print_gate(console, view, report_path=report_path)


def agreement_in_words(agreement: RewardAgreement) -> dict[str, float | int | None]:
    """The agreement as labels and numbers, in reading order."""
    table = agreement.passed
    return {
        "runs with a reward": agreement.n_runs,
        "of them rewarded": agreement.n_successes,
        f"AUC of trajectory ({agreement.n_trajectory} runs)": agreement.trajectory_auc,
        "passed and rewarded": table.true_positive,
        "passed, not rewarded": table.false_positive,
        "failed, rewarded": table.false_negative,
        "failed, not rewarded": table.true_negative,
        "accuracy": agreement.accuracy,
        "kappa": agreement.kappa,
        **{f"pass^{k} of the reward": rate for k, rate in enumerate(agreement.reward_pass_all, 1)},
    }

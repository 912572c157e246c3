import io
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from interfaces.cli.console import GateProgress, make_console, print_gate, print_scores
from sluice.gates.verdict import NeverEventResult, Verdict
from sluice.reports.score_lines import score_summary
from sluice.trials.recorded import TrialKey
from tests.sluice.reports.made_up import bare, hostile, made_up, trial

ROOT = Path(__file__).parents[2]
MADE = made_up()
anything = st.text(st.characters(exclude_categories=()), max_size=40)


def plain(show):
    stream = io.StringIO()
    show(make_console(stream))
    return stream.getvalue()


def on_terminal(show, *, width=100):
    stream = io.StringIO()
    show(Console(file=stream, force_terminal=True, width=width, markup=False, emoji=False, highlight=False))
    return stream.getvalue()


def without_styles(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


PLAIN = plain(lambda console: print_gate(console, MADE.view, report_path="reports/run/report.html"))


def test_plain_lines_tell_verdict_change_tiers_guards_events_failures_and_what_is_next():
    order = [
        "FAIL: A never-event occurred in a counted trial.",
        "Change against the baseline",
        "fails  The pass rate dropped by 18.3 points",
        "fails  tier critical: The pass rate dropped by 21 points",
        "Tiers",
        "critical     fails       80 %       71 % to 86 %   95 % to prove  36 of 45 passed",
        "Guards",
        "Tool calls (calls a trial)  fails  3.1       4.4        × 1.42     × 1.36 to × 1.48      × 1.2",
        "3 never-events",
        "Failed or not evaluated, by first divergence",
        "missing get_policy (5)",
        "cost $0.51 (known for 119 of 132 trials)",
        "Next",
        "sluice runs accept 20261102-090000-7f3a",
        "Report: reports/run/report.html",
    ]
    places = [PLAIN.find(told) for told in order]
    assert -1 not in places
    assert places == sorted(places)


def test_plain_lines_hold_no_colour_no_box_and_no_trailing_space():
    assert not re.search(r"[\x1b\u2500-\u257f]", PLAIN)
    assert [line for line in PLAIN.splitlines() if line != line.rstrip()] == []


def test_a_terminal_gets_a_panel_and_colours():
    shown = on_terminal(lambda console: print_gate(console, MADE.view))
    assert "\x1b[1;31m" in shown
    assert "╭" in shown
    assert "FAIL" in without_styles(shown)


def test_a_narrow_terminal_is_never_overrun():
    shown = without_styles(on_terminal(lambda console: print_gate(console, MADE.view), width=60))
    assert max(map(len, shown.splitlines())) <= 60


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_can_be_told_with_nothing_else_to_tell(verdict):
    for show in (plain, on_terminal):
        shown = without_styles(show(lambda console: print_gate(console, bare(verdict).view)))
        assert verdict.value in shown
        assert "A partial run: --case refund-*" in shown
        assert "sluice baseline pin RUN" in shown


def test_what_is_not_shown_is_counted():
    events = tuple(NeverEventResult(key=TrialKey(case_id=f"c{n}"), rule="r", found="f") for n in range(12))
    many = made_up(600)
    many = replace(many, report=replace(many.report, never_events=events))
    view = replace(many.view, n_failures_hidden=70)
    shown = plain(lambda console: print_gate(console, view))
    assert "12 never-events" in shown
    assert "and 2 strata more" in shown
    assert "and 70 strata more" in shown
    assert re.search(r"refunds-\d+.* and \d+ more", shown)


@settings(max_examples=30, deadline=None)
@given(anything)
def test_whatever_an_agent_says_no_control_sequence_reaches_the_terminal(text):
    view = hostile(text).view
    for show in (plain, on_terminal):
        shown = show(lambda console: print_gate(console, view))
        styles_only = re.sub(r"\x1b\[[0-9;]*m", "", shown)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", styles_only)


def test_markup_of_the_console_is_shown_and_not_obeyed():
    shown = on_terminal(lambda console: print_gate(console, hostile("[red]x[/red] :smile:").view))
    assert "[red]x[/red] :smile:" in without_styles(shown)


def test_a_stream_that_knows_few_letters_breaks_nothing():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    print_gate(make_console(stream), MADE.view)
    stream.flush()
    assert b"FAIL: A never-event" in raw.getvalue()


def test_plain_can_be_asked_for_on_a_terminal():
    assert not make_console(io.StringIO(), plain=True).is_terminal


def test_scores_tell_means_and_agreement_with_the_reward():
    summary = score_summary(MADE.scores.values(), agreement={"AUC of the trajectory": 0.76123, "kappa": None})
    shown = plain(lambda console: print_scores(console, summary))
    assert "132 trials: 88 passed (68.2 %), 3 not evaluated" in shown
    assert re.search(r"precision +recall +order +parameters +efficiency +trajectory", shown)
    assert re.search(r"AUC of the trajectory +0\.761", shown)
    assert re.search(r"kappa +–", shown)


def test_scores_of_nothing_are_told_without_rates():
    undecided = replace(trial(TrialKey(case_id="c"), "not evaluated")[1], evaluated=True)
    shown = plain(lambda console: print_scores(console, score_summary([undecided])))
    assert shown == "1 trial: 0 passed, 1 without a deciding check\n"


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def scores():
    ways = ["passed", "missing", "not evaluated", "passed"]
    return [trial(TrialKey(case_id="c", trial=number), way)[1] for number, way in enumerate(ways)]


def test_a_log_gets_a_line_every_few_seconds_and_one_at_the_end():
    stream, clock = io.StringIO(), Clock()
    with GateProgress(make_console(stream), clock=clock, every_s=5) as progress:
        progress.start(4)
        for score in scores():
            clock.now += 3
            progress.trial_done(score)
    assert stream.getvalue().splitlines() == [
        "running 4 trials",
        "2 of 4 trials: 1 passed, 1 failed, $0.0084, 6.0 s",
        "4 of 4 trials: 2 passed, 1 failed, 1 not evaluated, $0.013, 12.0 s",
    ]


def test_a_terminal_gets_a_live_line_and_one_that_stays():
    def show(console):
        progress = GateProgress(console)
        progress.start(4)
        for score in scores():
            progress.trial_done(score)
        progress.stop()
        progress.stop()

    shown = without_styles(on_terminal(show))
    assert "4/4" in shown
    assert shown.count("4 of 4 trials: 2 passed, 1 failed, 1 not evaluated") == 1


def test_an_unknown_number_of_trials_is_no_obstacle():
    def show(console):
        with GateProgress(console, clock=Clock()) as progress:
            progress.start(None)
            progress.trial_done(scores()[0])

    assert plain(show).splitlines() == ["running", "1 trial: 1 passed, 0 failed, $0.0042, 0 ms"]
    assert "1 passed" in without_styles(on_terminal(show))


def test_a_run_that_never_started_leaves_no_line():
    assert plain(lambda console: GateProgress(console).stop()) == ""


def broken_run(progress):
    with progress:
        progress.start(10)
        raise RuntimeError


def test_a_broken_run_still_ends_the_live_line():
    stream = io.StringIO()
    with pytest.raises(RuntimeError):
        broken_run(GateProgress(Console(file=stream, force_terminal=True), clock=Clock()))
    assert stream.getvalue().endswith("0 of 10 trials: 0 passed, 0 failed, 0 ms\n")


def test_the_console_opens_no_heavy_door():
    code = (
        "import sys, interfaces.cli.console\n"
        "print(sorted({'matplotlib', 'jinja2', 'pandas', 'numpy', 'scipy', 'prefect'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from sluice.gates.verdict import NeverEventResult
from sluice.reports.markdown import MAX_CHARACTERS, code_block, code_span, escape_markdown, gate_markdown
from sluice.trials.recorded import TrialKey
from tests.sluice.reports.made_up import bare, hostile, made_up

MADE = made_up()
TEXT = gate_markdown(MADE.view, report_url="reports/run/report.html")
PARSER = MarkdownIt("commonmark").enable("table")
OUR_HTML = re.compile(r"</?(?:details|summary|span)>")
EVIL = (
    "@octocat #12 GH-12 !34 https://evil.example www.evil.example [x](https://evil.example) ![i](https://evil.example/i)"
    " <img src=x onerror=alert(1)> <details> | a | b | `x` ``` \n```\n"
    "# heading\n- [ ] item\n\n***bold*** ~~gone~~ &lt; :+1: $x$"
)
anything = st.text(st.characters(exclude_categories=()), max_size=60) | st.text(
    "`|<>[]()@#!*_~\\\n- :/w.$1a", max_size=40
)


def tokens_of(text):
    """Every token of rendered Markdown, the inner ones of a line too."""
    for token in PARSER.parse(text):
        yield token
        yield from token.children or ()


def foreign(text):
    """Links, pictures and HTML that are not the report's own."""
    return [
        token.content or token.tag
        for token in tokens_of(text)
        if token.type in ("link_open", "image", "s_open")
        or (token.type.startswith("html") and OUR_HTML.sub("", re.sub(r"<summary>[^<]*", "", token.content)).strip())
    ]


def prose_of(text):
    """What GitHub looks through for mentions and references: text that is no code."""
    return "\n".join(token.content for token in tokens_of(text) if token.type in ("text", "html_block"))


def test_the_verdict_its_reason_and_the_numbers_that_decided_come_first():
    lines = TEXT.splitlines()
    assert lines[0] == "## Sluice: FAIL"
    assert lines[2] == "**A never-event occurred in a counted trial.**"
    assert "p = 0.00021" in TEXT
    assert TEXT.index("p = 0.00021") < TEXT.index("| tier |") < TEXT.index("<details>")


def test_tiers_guards_never_events_groups_and_the_report_are_told():
    assert "| `critical` | 95 % to prove | 80 % | 71 % to 86 % | 36 of 45 passed | fails |" in TEXT
    assert "Tool calls (calls a trial) fails: 3.1 to 4.4" in TEXT
    assert "**3 never-events**" in TEXT
    assert "- missing get\\_policy (5): `refunds-012`" in TEXT
    assert "Full report: `reports/run/report.html`" in TEXT


def test_a_guard_that_holds_is_not_told():
    assert "Latency" not in TEXT


def test_each_kind_of_failure_is_shown_in_full_at_least_once():
    shown = re.findall(r"<summary>([\w./-]+): \d", TEXT)
    assert set(shown) >= {group.failures[0].name for group in MADE.view.groups}


def test_a_table_row_has_as_many_cells_as_its_header():
    rows = [
        token for token in PARSER.parse(gate_markdown(hostile("a|b\\|c").view)) if token.type in ("th_open", "td_open")
    ]
    assert len(rows) == 12


def test_a_report_with_nothing_to_decide_by_is_short_and_says_what_to_do():
    text = gate_markdown(bare().view)
    assert "sluice baseline pin RUN" in text
    assert "A partial run: \\--case refund-\\*" in text
    assert "| tier |" not in text


def test_without_advice_there_is_nothing_to_do_next():
    made = bare()
    assert "**Next**" not in gate_markdown(replace(made, report=replace(made.report, advice=())).view)


def test_commands_in_advice_are_code_and_name_this_run():
    made = bare()
    report = replace(made.report, advice=("look: sluice runs show RUN; then add cases",))
    text = gate_markdown(replace(made, report=report).view)
    assert "- Look: `sluice runs show 20261102-090000-7f3a`; then add cases" in text


def test_many_events_and_groups_are_counted_where_they_are_not_shown():
    many = made_up(400)
    events = tuple(NeverEventResult(key=TrialKey(case_id=f"c{n}"), rule="r", found="f") for n in range(12))
    text = gate_markdown(replace(many, report=replace(many.report, never_events=events)).view)
    assert "**12 never-events**" in text
    assert "- and 2 strata more" in text
    assert re.search(r"and \d+ strata more", text)


def test_a_large_run_stays_within_what_a_comment_may_hold():
    long = "word " * 400
    made = hostile(long)
    wide = replace(made.view, failures=made.view.failures * 30)
    assert len(gate_markdown(wide)) <= MAX_CHARACTERS
    crowded = replace(made, report=replace(made.report, tiers=made.report.tiers * 300))
    text = gate_markdown(crowded.view)
    assert "More is in the full report." in text


def test_nothing_from_outside_mentions_links_or_draws():
    text = gate_markdown(hostile(EVIL).view)
    assert foreign(text) == []
    prose = prose_of(text)
    for trigger in (r"@\w", r"#\d", r"GH-\d", r"!\d", r"://", r"www\.", r":\+1:"):
        assert re.search(trigger, prose) is None


def test_the_check_for_foreign_markup_finds_it():
    assert foreign("[x](https://evil.example) <img src=x> ![i](j)") != []
    assert re.search(r"@\w", prose_of("hello @octocat"))


@settings(max_examples=60)
@given(anything)
def test_escaped_text_reads_as_it_was_and_is_nothing_but_text(text):
    escaped = escape_markdown(text)
    kinds = {token.type for token in tokens_of(escaped)}
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}
    assert re.search(r"@\w|://", "".join(t.content for t in tokens_of(escaped) if t.type == "text")) is None


@given(anything)
def test_a_code_span_is_never_left(text):
    inner = [token.type for token in tokens_of(f"a {code_span(text)} b") if token.type not in ("text", "inline")]
    assert inner == ["paragraph_open", "code_inline", "paragraph_close"]


@given(anything)
def test_a_code_block_is_never_left(text):
    assert [token.type for token in PARSER.parse(code_block(text))] == ["fence"]


def test_a_cut_block_says_so_below_it():
    assert "(first 800 of 2,000 characters)" in code_block("x" * 2_000)


@settings(max_examples=25)
@given(anything)
def test_whatever_an_agent_says_the_comment_holds_no_markup_of_it(text):
    assert foreign(gate_markdown(hostile(text).view)) == []


@pytest.mark.parametrize("text", ["- item", "+ item", "1. item", "=== ", "12) x", "# h", "> q"])
def test_text_never_starts_a_list_a_heading_or_a_quote(text):
    kinds = {token.type for token in PARSER.parse(f"a\n\n{escape_markdown(text)}")}
    assert kinds == {"paragraph_open", "inline", "paragraph_close"}

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.gates.verdict import NeverEventResult, Verdict
from sluice.reports.html import MARK_WORDS, VERDICT_WORDS, Plots, gate_html
from sluice.reports.view import report_view
from sluice.trials.recorded import TrialKey
from tests.sluice.reports.made_up import bare, hostile, made_up

MADE = made_up()
PLOTS = Plots(tiers="<svg><title>tiers</title></svg>", change="<svg></svg>", guards="")
PAGE = gate_html(MADE.view, PLOTS)
EMPTY = {"meta", "br", "input", "rect", "hr", "link", "img"}
ADDRESSES = ("src", "href", "action", "data", "xlink:href", "srcset", "formaction", "background", "ping")


class Page(HTMLParser):
    """A parsed page: its elements, the text it shows, and whether its elements are closed in order."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text, self.raw = [], [], "", {"script": "", "style": ""}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs), f"an attribute of {tag} is given twice"
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in self.raw:
            self.raw[self.open[-1]] += data
        else:
            self.text += data

    def tags(self, name):
        return [attributes for tag, attributes in self.elements if tag == name]


def page_of(made, plots=PLOTS):
    return Page(gate_html(made.view, plots))


def check_self_contained(page):
    assert page.open == []
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form-action"}
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert all(attributes[name].startswith("#") for name in ADDRESSES if name in attributes)
    assert len(page.tags("script")) == 1
    assert len(page.tags("style")) == 1


def test_the_page_is_whole_and_loads_nothing():
    check_self_contained(Page(PAGE))
    assert "http" not in Page(PAGE).raw["script"] + Page(PAGE).raw["style"]
    assert "@import" not in PAGE
    assert "url(" not in PAGE


def test_the_policy_lets_only_the_pages_own_style_and_script_run():
    page = Page(PAGE)
    policy = next(meta["content"] for meta in page.tags("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in policy
    for kind in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(page.raw[kind].encode()).digest()).decode()
        assert rules[f"{kind}-src"] == f"'sha256-{digest}'"


def test_the_verdict_the_reason_and_the_facts_open_the_page():
    page = Page(PAGE)
    assert page.text.index("FAIL") < page.text.index("A never-event occurred") < page.text.index("Pass rate")
    assert "20261102-090000-7f3a" in page.text


def test_each_failure_tells_input_path_numbers_answer_reasons_cost_and_time():
    page = page_of(MADE)
    for told in (
        "My order A-1000 arrived broken. I want my money back.",
        'issue_refund(order_id: "A-1001", amount: ≈ 42.1 ± 0.01), after look, policy',
        'issue_refund(order_id: "A-1010", amount: 421.0)',
        'order_id is "A-1010", expected "A-1001"',
        "must contain",
        "I have refunded $421.00 for order A-1001.",
        "answer.numbers[0]: expected 42.1 within 0.01, found 421",
        "latency 1.8 s",
        "cost $0.0042",
        "timed out after 120 s",
        "the agent refused the connection",
        "Which tools were called is not known.",
    ):
        assert told in page.text


@pytest.mark.parametrize("mark", ["matched", "differs", "missing", "extra", "forbidden", "made"])
def test_what_became_of_a_call_is_told_in_words_and_not_by_colour_alone(mark):
    rows = re.findall(rf'<tr class="{mark}">.*?</tr>', PAGE, flags=re.DOTALL)
    assert rows
    assert all(f'<span class="mark">{MARK_WORDS[mark]}</span>' in row for row in rows)


def test_headings_go_down_one_level_at_a_time_and_every_column_has_one():
    page = Page(PAGE)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(lower - upper <= 1 for upper, lower in pairwise(levels))
    assert all("scope" in attributes for attributes in page.tags("th"))


def test_ids_are_unique_and_every_link_within_the_page_leads_somewhere():
    page = Page(PAGE)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {link["href"].removeprefix("#") for link in page.tags("a")} <= set(ids)
    named = [attributes["aria-labelledby"] for _, attributes in page.elements if "aria-labelledby" in attributes]
    assert set(named) <= set(ids)


def test_every_case_is_in_the_table_with_its_outcome():
    rows = re.findall(r'<tr data-o="(\w+)"><th scope="row">([^<]+)</th>', PAGE)
    assert {name for _, name in rows} == {result.name for result in MADE.report.strata}
    assert {outcome for outcome, _ in rows} == {"failed", "passed", "unevaluated"}


def test_a_case_with_one_unevaluated_trial_is_not_told_as_passed():
    result = replace(MADE.report.strata[0], n_trials=3, n_passed=2, n_unevaluated=1)
    made = replace(MADE, report=replace(MADE.report, strata=(result,)))
    assert '<tr data-o="unevaluated">' in gate_html(made.view, PLOTS)


@pytest.mark.parametrize("verdict", Verdict)
def test_a_report_with_nothing_to_decide_by_is_still_a_page(verdict):
    page = page_of(bare(verdict), Plots())
    check_self_contained(page)
    assert VERDICT_WORDS[verdict] in page.text
    assert "There was nothing to decide by." in page.text
    assert "A partial run (--case refund-*)" in page.text


def test_commands_in_advice_stand_out_and_name_this_run():
    report = replace(MADE.report, advice=("look at it: sluice runs show RUN; or pin it, then sluice gate --trials 3",))
    page = gate_html(replace(MADE, report=report).view, PLOTS)
    assert "<li>Look at it: <code>sluice runs show 20261102-090000-7f3a</code>; or pin it, then <code>" in page


def test_many_never_events_are_counted_where_they_are_not_shown():
    events = tuple(NeverEventResult(key=TrialKey(case_id=f"c{n}"), rule="r", found="f") for n in range(23))
    page = page_of(replace(MADE, report=replace(MADE.report, never_events=events)))
    assert "3 strata more are not shown." in page.text


def test_pictures_are_set_in_as_they_are():
    assert "<svg><title>tiers</title></svg>" in PAGE


def luminance(colour):
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_stands_out_from_what_it_is_written_on(theme):
    style = Page(PAGE).raw["style"]
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", root)) for root in style.split(":root")[1:3])
    colours = light if theme == "light" else dark
    assert len(colours) > 12
    states = ("passed", "failed", "open")
    pairs = [(text, ground) for text in ("ink", "muted", "link", *states) for ground in ("panel", "page")]
    pairs += [(state, f"{state}-soft") for state in states]
    pairs += [(text, ground) for text in ("ink", "muted") for ground in ("soft", "failed-soft", "open-soft")]
    # WCAG 2.2 AA asks 4.5 of text
    assert {pair: contrast(*map(colours.get, pair)) for pair in pairs if contrast(*map(colours.get, pair)) < 4.5} == {}


def test_the_measure_of_contrast_knows_black_on_white():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_thousands_of_failures_make_a_page_a_browser_opens_at_once():
    made = made_up(60, failing=1.0)
    runs = {key: replace(run, output="<&>" * 100_000) for key, run in made.runs.items()}
    report = replace(made.report, strata=made.report.strata * 100)
    page = gate_html(report_view(report, made.facts, made.strata, made.scores, runs), PLOTS)
    # 100 failures in full and 5,000 rows
    assert len(page) < 5_000_000
    assert re.search(r"The 100 most telling are shown; 5,\d00 more are not", page)
    assert "1,000 more cases are not shown" in page


EVIL = (
    "a</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg onload=alert(1)>{{ 7 * 7 }}{% raw %}"
    "</style></title></pre></details><!-- ]]> & &lt; \u202e \x00\x1b[31m\ud800"
)
anything = st.text(st.characters(exclude_categories=()), max_size=40) | st.text("<>&\"'/!-={}%#\\ as", max_size=40)


def test_nothing_from_outside_becomes_markup():
    clean, evil = page_of(hostile("plain 49")), page_of(hostile(EVIL))
    check_self_contained(evil)
    assert [tag for tag, _ in evil.elements] == [tag for tag, _ in clean.elements]
    assert "alert(1)" in evil.text
    assert "{{ 7 * 7 }}" in evil.text


@settings(max_examples=25, deadline=None)
@given(anything)
def test_whatever_an_agent_says_the_page_stays_whole(text):
    text_of_page = gate_html(hostile(text).view, PLOTS)
    check_self_contained(Page(text_of_page))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", text_of_page)

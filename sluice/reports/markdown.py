"""A verdict as Markdown for a pull request: short, with details folded away."""

import re
from collections.abc import Iterator

from sluice.gates.verdict import GuardResult
from sluice.reports.failed import FailedStratum
from sluice.reports.findings import STATE_WORDS, change_sentence, guard_line, run_facts, tier_line
from sluice.reports.path import PathRow
from sluice.reports.text import clean_text, one_line
from sluice.reports.view import FailureGroup, ReportView
from sluice.reports.words import commands, count, percent, seconds, sentence, usd

# GitHub refuses a comment of more than 65,536 characters; the rest is room for what a CI job adds.
MAX_CHARACTERS = 60_000
MAX_GROUPS, MAX_NAMES, MAX_DETAILS, MAX_EVENTS = 10, 8, 10, 10
BLOCK_CHARACTERS = 800

# An invisible word joiner stops GitHub and GitLab from turning text into mentions, references, links and emoji.
_JOINER = "\u2060"
_TRIGGERS = re.compile(
    r"(?<=@)(?=\w)|(?<=[#!])(?=\d)|(?<=:)(?=//)|(?<=\bwww)(?=\.)|(?<=\bGH)(?=-\d)|(?<=:)(?=[a-z+-][\w+-]*:)"
)
_SPECIAL = re.compile(r"([\\`*_\[\]|~#$^!{}])")
_MARKS = {
    "matched": "ok       ",
    "differs": "differs  ",
    "missing": "missing  ",
    "extra": "extra    ",
    "forbidden": "forbidden",
    "allowed": "allowed  ",
    "made": "called   ",
    "gap": "...      ",
}


def gate_markdown(view: ReportView, *, report_url: str = "") -> str:
    """The verdict as Markdown.

    Everything from outside (names, inputs, answers, reasons) is escaped: it mentions nobody, links nowhere and holds
    no HTML.

    Args:
        view: What is shown.
        report_url: Path or address of the full report; empty where there is none.
    """
    head = "\n".join(_head(view, report_url))
    parts = [head]
    room = MAX_CHARACTERS - len(head)
    for block in _details(view):
        room -= len(block) + 1
        if room < 0:
            parts.append("More is in the full report.\n")
            break
        parts.append(block)
    return "\n".join(parts)


def escape_markdown(text: str, *, limit: int = 300) -> str:
    r"""Text from outside on one line, shown by Markdown as it is.

    Example:
        >>> escape_markdown("<b>|*x*|</b>")
        '&lt;b&gt;\\|\\*x\\*\\|&lt;/b&gt;'
    """
    flat = _TRIGGERS.sub(_JOINER, one_line(text, limit=limit))
    html = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"^(?=[-+=]|\d+[.)])", r"\\" if html[:1] in ("-", "+", "=") else _JOINER, _SPECIAL.sub(r"\\\1", html))


def code_span(text: str, *, limit: int = 160) -> str:
    """Text from outside as inline code that it cannot leave, safe inside a table too."""
    flat = one_line(text, limit=limit).replace("|", "\\|") or "(empty)"
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", flat)), default=0))
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}"


def code_block(text: str, *, limit: int = BLOCK_CHARACTERS) -> str:
    """Text from outside as a fenced block that it cannot leave; a cut is said below it."""
    cleaned = clean_text(text[:limit])
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", cleaned)), default=0))
    cut = f"\n(first {limit:,} of {len(text):,} characters)\n" if len(text) > limit else ""
    return f"{fence}text\n{cleaned}\n{fence}\n{cut}"


def _head(view: ReportView, report_url: str) -> Iterator[str]:
    report = view.report
    yield f"## Sluice: {report.verdict}\n"
    yield f"**{escape_markdown(sentence(report.reasons[0]), limit=600)}**\n"
    for reason in report.reasons[1:8]:
        yield f"- {escape_markdown(sentence(reason), limit=600)}"
    if report.partial:
        yield f"\nA partial run: {escape_markdown(report.partial)}"
    yield ""
    yield from _change(view)
    yield from _tiers(view)
    yield from _guards(view)
    yield from _never_events(view)
    yield from _groups(view)
    if view.advice:
        yield "**Next**\n"
        yield from (f"- {_advice(advice)}" for advice in view.advice)
        yield ""
    if report_url:
        yield f"Full report: {code_span(report_url, limit=500)}\n"


def _advice(advice: str) -> str:
    parts = commands(one_line(sentence(advice), limit=600))
    return "".join(
        code_span(part.strip(), limit=600)
        if is_command
        else escape_markdown(part, limit=600) + (" " if part.endswith(" ") else "")
        for is_command, part in parts
    )


def _change(view: ReportView) -> Iterator[str]:
    changes = [*([view.report.change] if view.report.change is not None else []), *view.report.own_margins]
    for change in changes:
        name = "" if change.name == "pooled" else f"Tier {code_span(change.name)}: "
        yield f"- {name}{escape_markdown(change_sentence(change), limit=600)}"
    if changes:
        yield ""


def _tiers(view: ReportView) -> Iterator[str]:
    if not view.report.tiers:
        return
    yield "| tier | floor | pass rate | 95 % interval | trials | |"
    yield "|---|---|---|---|---|---|"
    for tier in view.report.tiers:
        line = tier_line(tier)
        cells = (code_span(line.tier), line.floor, line.rate, line.interval, line.trials, STATE_WORDS[line.state])
        yield f"| {' | '.join(cells)} |"
    yield ""


def _guards(view: ReportView) -> Iterator[str]:
    telling = [guard for guard in view.report.guards if not guard.passed]
    yield from (_guard(guard) for guard in telling)
    if telling:
        yield ""


def _guard(guard: GuardResult) -> str:
    line = guard_line(guard)
    moved = f"{line.baseline} to {line.candidate} ({line.worsening}, limit {line.limit})"
    return f"- {escape_markdown(line.title)} {STATE_WORDS[line.state]}: {moved}"


def _never_events(view: ReportView) -> Iterator[str]:
    groups = view.never_groups
    if not groups:
        return
    yield f"**{count(len(view.report.never_events), 'never-event')}**\n"
    for group in groups[:MAX_EVENTS]:
        in_trials = f"in {count(group.n_trials, 'trial')}"
        yield f"- {code_span(group.name)} {in_trials}: {escape_markdown(group.rule)}; {escape_markdown(group.found)}"
    if len(groups) > MAX_EVENTS:
        yield f"- and {count(len(groups) - MAX_EVENTS, 'stratum')} more"
    yield ""


def _groups(view: ReportView) -> Iterator[str]:
    if not view.groups:
        return
    yield "**Failed or not evaluated, by first divergence**\n"
    yield from (_group(group) for group in view.groups[:MAX_GROUPS])
    rest = sum(len(group.failures) for group in view.groups[MAX_GROUPS:]) + view.n_failures_hidden
    if rest:
        yield f"- and {count(rest, 'stratum')} more"
    yield ""


def _group(group: FailureGroup) -> str:
    names = ", ".join(code_span(failed.name) for failed in group.failures[:MAX_NAMES])
    more = f" and {len(group.failures) - MAX_NAMES:,} more" if len(group.failures) > MAX_NAMES else ""
    return f"- {escape_markdown(group.title)} ({len(group.failures)}): {names}{more}"


def _details(view: ReportView) -> Iterator[str]:
    firsts = [group.failures[0] for group in view.groups]
    shown = [*firsts, *(failed for failed in view.failures if failed not in firsts)][:MAX_DETAILS]
    yield from (_detail(failed) for failed in shown)
    facts = "\n".join(f"- {label}: {escape_markdown(value)}" for label, value in run_facts(view) if value)
    yield f"<details><summary>About this run</summary>\n\n{facts}\n\n</details>\n"


def _detail(failed: FailedStratum) -> str:
    numbers = failed.trajectory
    passed = f"{failed.result.n_passed} of {failed.result.n_trials - failed.result.n_unevaluated} trials passed"
    lines = [f"<details><summary>{escape_markdown(failed.name)}: {passed}</summary>\n"]
    lines += [f"- {escape_markdown(reason)}" for reason in failed.reasons[:5]]
    if numbers is not None:
        five = ("precision", "recall", "order", "parameters", "efficiency")
        lines.append("- " + ", ".join(f"{name} {percent(getattr(numbers, name))}" for name in five))
    lines.append(f"- latency {seconds(failed.latency_s)}, cost {usd(failed.cost_usd)}")
    lines += ["\nInput\n", code_block(failed.input.text)]
    if failed.path:
        lines += ["Calls\n", code_block("\n".join(map(_path_line, failed.path)), limit=2 * BLOCK_CHARACTERS)]
    lines += ["Answer\n", code_block(failed.answer.text), "</details>\n"]
    return "\n".join(lines)


def _path_line(row: PathRow) -> str:
    told = row.actual or row.expected or row.note
    wanted = f"   ({row.note})" if row.mark == "differs" else ""
    return f"{_MARKS[row.mark]} {told}{wanted}"

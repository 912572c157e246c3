"""A verdict as one HTML file that needs nothing else: no network, no other file."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sluice.reports import findings, words
from sluice.reports.slices import evaluated
from sluice.reports.text import clean_text, one_line
from sluice.reports.view import ReportView

if TYPE_CHECKING:
    from jinja2 import Environment

MARK_WORDS: Mapping[str, str] = {
    "matched": "matched",
    "differs": "arguments differ",
    "missing": "missing",
    "extra": "not expected",
    "forbidden": "forbidden",
    "allowed": "allowed",
    "made": "called",
    "gap": "",
}
VERDICT_WORDS: Mapping[str, str] = {
    "PASS": "The change may flow.",
    "FAIL": "The change is held back.",
    "INCONCLUSIVE": "The evidence does not settle it.",
    "ERROR": "The agent could not be evaluated.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plots:
    """Pictures for a report as inline SVG, made by the house and trusted as markup; empty where there is none."""

    tiers: str = ""
    change: str = ""
    guards: str = ""


def gate_html(view: ReportView, plots: Plots) -> str:
    """The verdict as one self-contained page.

    Everything but the pictures is escaped; the page's own style and script are the only ones its content security
    policy lets run, and nothing may be loaded.

    Args:
        view: What is shown.
        plots: Pictures of tiers, change and guards.
    """
    # jinja2 takes 0.1 s to import: only an HTML report pays for it, never the start of a gate.
    from markupsafe import Markup

    style, script = _part("gate.css"), _part("gate.js")
    page: str = (
        _environment()
        .get_template("gate.html.j2")
        .render(
            view=view,
            report=view.report,
            facts=list(findings.run_facts(view)),
            changes=[*([view.report.change] if view.report.change is not None else []), *view.report.own_margins],
            plots={name: Markup(getattr(plots, name)) for name in ("tiers", "change", "guards")},
            style=Markup(style),
            script=Markup(script),
            policy=f"default-src 'none'; style-src '{_source(style)}'; script-src '{_source(script)}'; "
            "base-uri 'none'; form-action 'none'",
        )
    )
    return page


@cache
def _part(name: str) -> str:
    return files("sluice.reports").joinpath("templates", name).read_text(encoding="utf8").replace("\r\n", "\n")


def _source(content: str) -> str:
    """The hash by which a content security policy names an inline style or script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


@cache
def _environment() -> "Environment":
    from jinja2 import DictLoader, Environment, StrictUndefined

    environment = Environment(
        loader=DictLoader({name: _part(name) for name in ("gate.html.j2", "parts.html.j2")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
    )
    for name in ("percent", "points", "p_text", "usd", "seconds", "count", "sentence"):
        environment.filters[name] = getattr(words, name)
    environment.filters["state"] = findings.state_of
    environment.filters["change_sentence"] = findings.change_sentence
    environment.filters["tier_line"] = findings.tier_line
    environment.filters["guard_line"] = findings.guard_line
    environment.filters["evaluated"] = evaluated
    environment.filters["one_line"] = one_line
    environment.filters["commands"] = words.commands
    environment.globals.update(
        STATE_WORDS=findings.STATE_WORDS, MARK_WORDS=MARK_WORDS, VERDICT_WORDS=VERDICT_WORDS, NONE=words.NONE
    )
    return environment


def _finalized(value: Any) -> Any:
    """Text without control characters, which HTML forbids; markup of the house stays as it is."""
    return clean_text(value) if type(value) is str else value

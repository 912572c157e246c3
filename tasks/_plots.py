"""The door to matplotlib: tiers, change and guards of a verdict as small inline SVG.

The pictures name their colours as CSS variables of the page they stand in, so they follow its light or dark theme.
They hold no style attributes, scripts or addresses, and pass a strict content security policy.
"""

import io
import math
import os
import re
import stat
import tempfile
import threading
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from sluice.gates.verdict import ChangeResult, GuardResult, TierResult
from sluice.reports.findings import State, state_of
from sluice.reports.html import Plots
from sluice.reports.text import one_line
from sluice.reports.words import GUARD_TITLES, percent, points, worsening

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours matplotlib is told, and the CSS variable (with its light value, for a picture on its own) each becomes.
_INK, _MUTED, _LINE, _FAINT = "#000001", "#000002", "#000003", "#000008"
_STATE_COLOURS: dict[State, str] = {"passed": "#000004", "failed": "#000005", "open": "#000006", "shown": "#000007"}
_VARIABLES = {
    _INK: "var(--ink, #1c1f23)",
    _MUTED: "var(--muted, #59616c)",
    _LINE: "var(--line, #dfe2e6)",
    _FAINT: "var(--faint, #8b939e)",
    "#000004": "var(--passed, #187633)",
    "#000005": "var(--failed, #c0281c)",
    "#000006": "var(--open, #8a5d00)",
    "#000007": "var(--muted, #59616c)",
}
# The state is told by shape too, never by colour alone.
_STATE_MARKERS: dict[State, str] = {"passed": "o", "failed": "X", "open": "D", "shown": "s"}
_WIDTH_INCHES, _ROW_INCHES, _FRAME_INCHES = 7.0, 0.42, 0.62
_MAX_ROWS = 20
_SVG = "http://www.w3.org/2000/svg"
_HREF = "{http://www.w3.org/1999/xlink}href"
_POINTERS = {_HREF, "clip-path"}
# matplotlib keeps its settings in one global mapping, so two pictures are never drawn at once.
_DRAWING = threading.Lock()


def verdict_plots(tiers: Sequence[TierResult], changes: Sequence[ChangeResult], guards: Sequence[GuardResult]) -> Plots:
    """The three pictures of a report; those without content are empty."""
    return Plots(tiers=tier_plot(tiers), change=change_plot(changes), guards=guard_plot(guards))


def tier_plot(tiers: Sequence[TierResult]) -> str:
    """Pass rate of each tier with its 95 % interval, and its floor, as SVG; empty without a counted trial."""
    shown = [tier for tier in tiers if tier.rate is not None][:_MAX_ROWS]

    def draw(axes: "Axes") -> None:
        for row, tier in enumerate(shown):
            assert tier.rate is not None  # narrowed above
            _interval(axes, row, tier.rate.low, tier.rate.estimate, tier.rate.high, state_of(tier))
            if tier.floor is not None:
                _limit(axes, row, tier.floor, f"floor {percent(tier.floor)}")
        low = min(min(tier.rate.low, tier.floor or 1.0) for tier in shown if tier.rate is not None)
        axes.set_xlim(max(0.0, min(0.5, low - 0.05)), 1.01)
        axes.xaxis.set_major_formatter(lambda value, _: percent(value, digits=0))
        _rows(axes, [tier.tier for tier in shown], [percent(tier.rate.estimate) for tier in shown if tier.rate])

    return _svg("tiers", "Pass rate of each tier with its 95 % interval, and its floor", len(shown), draw)


def change_plot(changes: Sequence[ChangeResult]) -> str:
    """Drop of the pass rate with its upper bound, against the margin, as SVG; empty without a baseline."""
    shown = [change for change in changes if math.isfinite(change.drop)][:_MAX_ROWS]

    def draw(axes: "Axes") -> None:
        for row, change in enumerate(shown):
            _interval(axes, row, change.drop, change.drop, max(change.drop, _upper(change)), state_of(change))
            _limit(axes, row, change.margin, f"margin {points(change.margin)}")
        reach = [end for change in shown for end in (change.drop, _upper(change), change.margin)]
        spread = max(reach) - min(0.0, *reach)
        axes.set_xlim(min(0.0, *reach) - 0.08 * spread, max(reach) + 0.08 * spread)
        axes.axvline(0.0, color=_MUTED, linewidth=0.8)
        axes.xaxis.set_major_formatter(lambda value, _: points(value, signed=True).split(" ")[0])
        axes.set_xlabel(
            "drop of the pass rate against the baseline, in points (to the right is worse)", color=_MUTED, fontsize=8.5
        )
        names = ["all tiers" if change.name == "pooled" else change.name for change in shown]
        _rows(axes, names, [points(change.drop, signed=True) for change in shown])

    return _svg("change", "Drop of the pass rate with its upper bound, against the margin", len(shown), draw)


def guard_plot(guards: Sequence[GuardResult]) -> str:
    """How much each guarded number worsened with its interval, as a share of its limit, as SVG; empty without any."""
    shown = [guard for guard in guards if guard.worsening is not None][:_MAX_ROWS]

    def draw(axes: "Axes") -> None:
        for row, guard in enumerate(shown):
            middle = _share(guard, guard.worsening)
            ends = [_share(guard, end) if end is not None else middle for end in (guard.lower, guard.upper)]
            _interval(axes, row, ends[0], middle, ends[1], state_of(guard))
            _limit(axes, row, 1.0, f"limit {worsening(guard.kind, guard.limit)}")
        axes.set_xlim(-1.1, 3.1)
        axes.set_xticks([0.0, 1.0], ["as the baseline", "limit"])
        axes.axvline(0.0, color=_MUTED, linewidth=0.8)
        titles = [GUARD_TITLES.get(guard.name, guard.name) for guard in shown]
        _rows(axes, titles, [worsening(guard.kind, guard.worsening) for guard in shown])

    return _svg("guards", "How much each guarded number worsened, against its limit", len(shown), draw)


def _upper(change: ChangeResult) -> float:
    """The upper bound; one without a finite value excludes nothing, and no pass rate can drop by more than 1."""
    return change.upper if math.isfinite(change.upper) else 1.0


def _share(guard: GuardResult, amount: float | None) -> float:
    """Worsening as a share of what is allowed: 0 as the baseline, 1 at the limit; kept within the picture."""
    nothing = 0.0 if "drop" in guard.kind else 1.0
    allowed = guard.limit - nothing
    share = ((amount if amount is not None else nothing) - nothing) / (allowed if allowed > 0 else 1.0)
    return min(3.0, max(-1.0, share))


def _interval(axes: "Axes", row: int, low: float, middle: float, high: float, state: State) -> None:
    colour = _STATE_COLOURS[state]
    axes.plot([low, high], [row, row], color=colour, linewidth=3, alpha=0.45, solid_capstyle="round")
    axes.plot([middle], [row], color=colour, marker=_STATE_MARKERS[state], markersize=7, markeredgewidth=0)


def _limit(axes: "Axes", row: int, at: float, label: str) -> None:
    axes.plot([at, at], [row - 0.34, row + 0.34], color=_INK, linewidth=1.4)
    beside: Any = {"xytext": (4, 0), "textcoords": "offset points", "ha": "left", "va": "top"}
    axes.annotate(label, (at, row - 0.36), fontsize=7.5, color=_MUTED, **beside)


def _rows(axes: "Axes", names: Sequence[str], values: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [one_line(name, limit=24) for name in names])
    axes.set_ylim(len(names) - 0.45, -0.75)
    values_axis = axes.secondary_yaxis("right")
    values_axis.set_yticks(range(len(values)), list(values))
    values_axis.patch.set_visible(False)
    for axis in (axes, values_axis):
        axis.tick_params(length=0, colors=_INK, labelsize=9.5)
        axis.spines[:].set_visible(False)
    axes.tick_params(axis="x", colors=_MUTED, labelsize=8.5)
    axes.grid(axis="x", color=_LINE, linewidth=0.7)
    axes.set_axisbelow(True)


def _svg(name: str, title: str, n_rows: int, draw: Callable[["Axes"], None]) -> str:
    if n_rows == 0:
        return ""
    with _DRAWING, warnings.catch_warnings():
        # matplotlib measures text with its own font and warns of letters that font lacks; the browser draws the text.
        warnings.simplefilter("ignore")
        return _slim(_drawn(name, n_rows, draw), name, title)


def _drawn(name: str, n_rows: int, draw: Callable[["Axes"], None]) -> str:
    """One picture as matplotlib writes it; the same for the same content."""
    import_matplotlib()
    # matplotlib takes 0.5 s to import: only the HTML report pays for it, never the start of a gate.
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": name, "text.parse_math": False}):
        figure = Figure(figsize=(_WIDTH_INCHES, _FRAME_INCHES + _ROW_INCHES * n_rows), layout="constrained")
        canvas: Any = FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        draw(axes)
        figure.patch.set_visible(False)
        axes.patch.set_visible(False)
        target = io.StringIO()
        canvas.print_svg(target, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return target.getvalue()


def import_matplotlib() -> None:
    """Import matplotlib with its caches in a private folder below the system's temporary one.

    Otherwise it writes its font list to the home folder, and warns where there is none that it can write to.
    """
    before = os.environ.get("MPLCONFIGDIR")
    os.environ["MPLCONFIGDIR"] = before or str(_private_folder())
    try:
        import matplotlib.font_manager  # noqa: F401  its import decides where the caches go
    finally:
        if before is None:
            del os.environ["MPLCONFIGDIR"]


def _private_folder() -> Path:
    """A folder of this user alone, kept between runs so that fonts are searched once."""
    folder = Path(tempfile.gettempdir()) / f"sluice-matplotlib-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="sluice-matplotlib-"))
    private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
    return folder if private else Path(tempfile.mkdtemp(prefix="sluice-matplotlib-"))


def _slim(svg: str, name: str, title: str) -> str:
    """The picture without metadata, style attributes and unused ids, its colours as CSS variables."""
    root = ET.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(child)
    used = {found for element in root.iter() for found in _references(element)}
    for element in root.iter():
        _plain(element, name, used)
    for attribute in ("width", "height"):
        root.attrib.pop(attribute, None)
    root.set("role", "img")
    root.set("class", "plot")
    label = ET.Element(f"{{{_SVG}}}title")
    label.text = title
    root.insert(0, label)
    ET.register_namespace("", _SVG)
    return re.sub(r">\s+<", "><", ET.tostring(root, encoding="unicode")).strip()


def _references(element: ET.Element) -> list[str]:
    """Ids that an element points to."""
    told = [re.match(r"url\(#(.+)\)$|#([\w-]+)$", value) for key, value in element.attrib.items() if key in _POINTERS]
    return [found[1] or found[2] for found in told if found is not None]


def _plain(element: ET.Element, name: str, used: set[str]) -> None:
    """Style as attributes, colours as variables; only ids that something points to stay, and name their picture."""
    for declaration in element.attrib.pop("style", "").split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        for attribute, plain in _declared(key, value):
            element.set(attribute, plain)
    attributes = dict(element.attrib)
    element.attrib.clear()
    for key, value in attributes.items():
        if key == _HREF:
            element.set("href", f"#{name}-{value.removeprefix('#')}")
        elif key == "clip-path":
            element.set(key, value.replace("url(#", f"url(#{name}-"))
        elif key != "id" and not value.startswith("rotate(-0 "):
            element.set(key, _VARIABLES.get(value, value))
        elif value in used:
            element.set("id", f"{name}-{value}")


def _declared(key: str, value: str) -> list[tuple[str, str]]:
    """A style declaration as presentation attributes; the font family is the page's own."""
    if key == "font":
        size = re.search(r"([\d.]+)px", value)
        return [("font-size", size[1])] if size else []
    return [(key, value)] if key and key != "font-family" else []

"""Write the report files of a gate: HTML, JSON, JUnit and Markdown, each whole or not at all."""

import contextlib
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sluice.documents.values import Json
from sluice.gates.verdict import GateReport, RunFacts
from sluice.golden.case import Stratum
from sluice.reports.gate_json import finite_json, gate_json
from sluice.reports.html import gate_html
from sluice.reports.junit import gate_junit
from sluice.reports.markdown import gate_markdown
from sluice.reports.view import report_view
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.scores import TrialScore
from tasks._plots import verdict_plots
from tasks.writing import cannot_write, whole_file

FILE_NAMES = {"html": "report.html", "json": "gate.json", "junit": "junit.xml", "markdown": "summary.md"}


def write_reports(
    folder: Path,
    *,
    report: GateReport,
    facts: RunFacts,
    strata: Sequence[Stratum],
    scores: Mapping[TrialKey, TrialScore],
    runs: Mapping[TrialKey, RecordedRun],
) -> dict[str, Path]:
    """Render every report and put the files into a folder, replacing those of an earlier run.

    All are written beside their final names first: whoever reads the folder never sees half a file, and where one
    cannot be written none is replaced.

    Args:
        folder: Made where it is missing.
        report: The verdict.
        facts: What is said about the run.
        strata: The golden strata that were run.
        scores: The scores of the candidate's trials.
        runs: What the trials produced.

    Returns:
        ``html``, ``json``, ``junit`` and ``markdown`` to the path of each file.

    Raises:
        UsageError: The folder cannot be written to.
    """
    view = report_view(report, facts, strata, scores, runs)
    changes = [*([report.change] if report.change is not None else []), *report.own_margins]
    paths = {kind: folder / name for kind, name in FILE_NAMES.items()}
    texts = {
        "html": gate_html(view, verdict_plots(report.tiers, changes, report.guards)),
        "json": json_document(gate_json(report, facts, scores)),
        "junit": gate_junit(report, facts, scores),
        "markdown": gate_markdown(view, report_url=str(paths["html"])),
    }
    _write_files(folder, {FILE_NAMES[kind]: text for kind, text in texts.items()})
    return paths


def check_report_folder(folder: Path) -> None:
    """Make the folder and try that it can be written to, before a run is paid for.

    Raises:
        UsageError: It cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise cannot_write(folder, error) from error


def write_json(path: Path, document: Json) -> None:
    """Write one JSON document, whole or not at all; numbers that are not finite become null.

    Raises:
        UsageError: The file cannot be written.
    """
    _write_files(path.parent, {path.name: json_document(document)})


def write_json_lines(path: Path, lines: Iterable[Json]) -> None:
    """Write one JSON value a line, whole or not at all; numbers that are not finite become null.

    Raises:
        UsageError: The file cannot be written.
    """
    text = "".join(json.dumps(finite_json(line), ensure_ascii=False, allow_nan=False) + "\n" for line in lines)
    _write_files(path.parent, {path.name: text})


def json_document(document: Json) -> str:
    """One JSON document as indented text with a line end."""
    return json.dumps(finite_json(document), ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _write_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Write all files beside their final names, then rename them; a rename is atomic."""
    with contextlib.ExitStack() as files:
        parts = [(files.enter_context(whole_file(folder / name)), text) for name, text in texts.items()]
        for part, text in parts:
            part.write_text(text, encoding="utf8", errors="replace", newline="\n")

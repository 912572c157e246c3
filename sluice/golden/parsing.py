"""Golden cases read from the files people write, every problem of all of them at once."""

import json
import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from sluice.documents.findings import Findings
from sluice.documents.json_reading import NotJsonError, has_broken_text, parse_json
from sluice.documents.located import Located, Spot, located, merged, plain
from sluice.documents.names import shown, unknown
from sluice.documents.problems import Problem
from sluice.documents.reading import MAX_LINES_BYTES, SourceFile, decoded, lines_of, megabytes
from sluice.documents.validation import validated
from sluice.documents.yaml_reading import read_yaml
from sluice.errors import DocumentError
from sluice.golden.case import Dataset, GoldenCase
from sluice.golden.case_checks import check_case, named_files
from sluice.golden.dataset import build_dataset, has_deciding_check, strata_of

_DATASET_KEYS: Final = frozenset({"defaults", "cases"})


@dataclass(slots=True)
class _Document:
    """One file: its cases, and what is wrong with it as a file."""

    file: str
    cases: list[Spot] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)


def parse_dataset(files: Iterable[SourceFile], *, root: str = "") -> Dataset:
    """Read the cases of all files.

    YAML and JSON files hold one case or ``{defaults, cases}``; ``.jsonl`` files one case a line. A file that a case
    names (``files``, ``tools.recorded``) is no case and is left out.

    Args:
        files: In the order the cases shall have.
        root: The dataset as the user named it, for the problem of an empty one.

    Raises:
        DocumentError: Something is wrong; it holds every problem of every file, and nothing is half-loaded.
    """
    documents = [_read(file) for file in files]
    documents = list(_without_named_files(documents))
    cases: list[GoldenCase] = []
    sources: dict[str, str] = {}
    findings = Findings()
    for document in documents:
        findings.problems.extend(document.findings.problems)
        findings.warnings.extend(document.findings.warnings)
        for spot in document.cases:
            _note_source(spot, sources, findings)
            case = _parse_case(spot, findings)
            if case is not None:
                cases.append(case)
    if not findings.problems and not cases:
        findings.problems.append(Problem(file=root or "dataset", message=_EMPTY))
    if findings.problems:
        raise DocumentError(_once_each(findings.problems), what=root or "dataset")
    warnings = [str(warning) for warning in _once_each(findings.warnings)]
    return build_dataset(cases, sources=sources, warnings=warnings)


def _parse_case(spot: Spot, findings: Findings) -> GoldenCase | None:
    if not isinstance(spot.node.value, dict):
        got = shown(spot.plain())
        findings.wrong(spot, f"a case must be a mapping of keys such as id, input and expect, got {got}")
        return None
    case = validated(GoldenCase, spot, findings.problems)
    check_case(spot, findings)
    if case is not None:
        _warn_of_no_decision(case, spot, findings)
    return case


_EMPTY: Final = (
    "holds no golden case, write one to a .yaml file (id, input, expect) or import some with `sluice golden import`"
)


def _read(file: SourceFile) -> _Document:
    if file.path.lower().endswith(".jsonl"):
        return _read_lines(file)
    document = _Document(file.path)
    problems = document.findings.problems
    text = decoded(file.content, file=file.path, problems=problems)
    if text is None:
        return document
    if file.path.lower().endswith(".json"):
        root = _read_json(text, file.path, problems)
    else:
        root = read_yaml(text, file=file.path, problems=problems)
        if root is None and not problems:
            root = Located(None, 1)
    if root is not None:
        document.cases.extend(_cases_in(root, file.path, problems))
    return document


def _read_lines(file: SourceFile) -> _Document:
    document = _Document(file.path)
    problems = document.findings.problems
    if len(file.content) > MAX_LINES_BYTES:
        limit = megabytes(MAX_LINES_BYTES)
        problems.append(Problem(file=file.path, message=f"a file of lines may have at most {limit}, split it"))
        return document
    for number, line in enumerate(lines_of(file.content), start=1):
        text = decoded(line, file=file.path, problems=problems, line=number, what="line")
        if text is None or not text.strip():
            continue
        node = _json_value(text, file.path, problems, line=number)
        if node is not None:
            document.cases.append(_case_spot(node, file.path))
    return document


def _json_value(text: str, file: str, problems: list[Problem], *, line: int) -> Located | None:
    try:
        value = parse_json(text)
    except NotJsonError as error:
        problems.append(Problem(file=file, line=line, message=str(error)))
        return None
    if reason := has_broken_text(value):
        problems.append(Problem(file=file, line=line, message=reason))
        return None
    return located(value, line=line)


def _read_json(text: str, file: str, problems: list[Problem]) -> Located | None:
    """JSON by JSON's rules; the lines come from the YAML reader, which understands nearly all of it."""
    node = _json_value(text, file, problems, line=1)
    if node is None:
        return None
    with_lines = read_yaml(text, file=file, problems=[])
    return with_lines if with_lines is not None and plain(with_lines) == plain(node) else node


def _cases_in(root: Located, file: str, problems: list[Problem]) -> Iterator[Spot]:
    whole = Spot(root, file)
    if not isinstance(root.value, dict) or not root.value.keys() & _DATASET_KEYS:
        yield _case_spot(root, file)
        return
    for key, spot in whole.entries():
        if key not in _DATASET_KEYS:
            problems.append(
                spot.problem(f"{unknown('key', key, _DATASET_KEYS)} (a file of cases holds only these two)")
            )
    cases, defaults = whole.get("cases"), whole.get("defaults")
    if not isinstance(cases.node.value, list):
        problems.append(cases.problem(f"must be a list of cases, got {shown(cases.plain())}"))
    if defaults.node.value is not None and not isinstance(defaults.node.value, dict):
        problems.append(defaults.problem(f"must be a mapping, got {shown(defaults.plain())}"))
    if defaults.has("id"):
        problems.append(defaults.get("id").problem("defaults must not set an id, every case needs its own"))
    for spot in cases.each():
        yield _case_spot(merged(defaults.node, spot.node), file)


def _case_spot(node: Located, file: str) -> Spot:
    name = Spot(node, file).get("id").text
    return Spot(node, file, case=json.dumps(name)[1:-1][:128] if name else "")


def _without_named_files(documents: list[_Document]) -> Iterator[_Document]:
    """The documents that no case names as a file it sends or plays back."""
    named: dict[str, Spot] = {}
    for document in documents:
        for case in document.cases:
            for spot in named_files(case):
                path = posixpath.normpath(posixpath.join(posixpath.dirname(document.file), spot.text or ""))
                if path != posixpath.normpath(document.file):
                    named.setdefault(path, spot)
    for document in documents:
        by = named.get(posixpath.normpath(document.file))
        if by is None:
            yield document
        elif any(case.has("id") and (case.has("input") or case.has("turns")) for case in document.cases):
            note = _Document(document.file)
            note.findings.odd(
                by, f"{document.file} looks like a golden case and is not read as one, because it is named here"
            )
            yield note


def _note_source(spot: Spot, sources: dict[str, str], findings: Findings) -> None:
    name = spot.get("id").text
    if name is None:
        return
    if name in sources:
        findings.wrong(spot.get("id"), f"case ids must be unique, got {shown(name)} here and at {sources[name]}")
        return
    sources[name] = f"{spot.file}:{spot.node.line}"


def _warn_of_no_decision(case: GoldenCase, spot: Spot, findings: Findings) -> None:
    turns_decide = any(turn.expect is not None and has_deciding_check(turn.expect) for turn in case.turns)
    for stratum in strata_of(case, contents={}):
        if has_deciding_check(stratum.expect) or (turns_decide and not stratum.variant):
            continue
        findings.odd(spot, f"{stratum.name} has no deciding check, so it is reported and counted in no test")


def _once_each(problems: Iterable[Problem]) -> list[Problem]:
    """Every problem once: what is wrong in defaults is wrong in each of their cases."""
    seen: set[tuple[str, int, str, str]] = set()
    kept = []
    for problem in problems:
        key = (problem.file, problem.line, problem.field, problem.message)
        if key not in seen:
            seen.add(key)
            kept.append(problem)
    return kept

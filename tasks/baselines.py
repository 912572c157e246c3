"""Baseline files: the answers of a reviewed run, pinned beside the dataset in the user's repository."""

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from sluice.documents.json_reading import parse_json
from sluice.documents.values import Json
from sluice.errors import UsageError
from sluice.trials.parsing import parse_runs, run_to_record
from sluice.trials.recorded import RecordedRun
from tasks.files import run_lines
from tasks.writing import write_whole

# The first line of a pinned baseline says where it comes from; plain files of recorded runs have no such line.
HEADER_KEY = "sluice_baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """Where a baseline comes from.

    Args:
        agent: Agent name.
        identity: The agent that gave the answers, as ``AgentIdentity.facts`` tells it.
        run_id: Run it was made from.
        pinned_by: Who reviewed that run.
        pinned_at: ISO 8601, UTC.
        dataset_version: Of the dataset at that time.
        stimuli: Stratum name to stimulus digest: an answer counts while the stimulus is the same.
    """

    agent: str = ""
    identity: Mapping[str, Json] = field(default_factory=dict)
    run_id: str = ""
    pinned_by: str = ""
    pinned_at: str = ""
    dataset_version: str = ""
    stimuli: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineFile:
    """Recorded runs to compare with, and the pin where they are a pinned baseline."""

    source: str
    pin: Pin | None
    runs: tuple[RecordedRun, ...]
    warnings: tuple[str, ...] = ()


def read_baseline(path: Path) -> BaselineFile:
    """Read a pinned baseline, or any file of recorded runs.

    Raises:
        UsageError: There is no such file, or its header is of another form.
        DocumentError: Recorded runs are broken; every problem is listed.
    """
    with run_lines(path) as lines:
        first = next(lines, b"")
        pin = _pin(first, path)
        # A header is read as an empty line, so that every later line keeps its number.
        found = parse_runs(chain([first if pin is None else b"\n"], lines), path=path.as_posix())
    return BaselineFile(source=str(path), pin=pin, runs=found.runs, warnings=tuple(map(str, found.warnings)))


def _pin(line: bytes, path: Path) -> Pin | None:
    """The header of a pinned baseline; None where the line is an ordinary recorded run."""
    if HEADER_KEY.encode() not in line:
        return None
    try:
        header = parse_json(line.decode())[HEADER_KEY]
        told = {name: header[name] for name in Pin.__dataclass_fields__ if name in header}
    except (ValueError, TypeError, KeyError):
        told = {HEADER_KEY: None}
    if not all(_is_of_pin(name, value) for name, value in told.items()):
        raise UsageError(
            f"{path} begins with a baseline header that cannot be read", hint="pin it anew: `sluice baseline pin`"
        )
    return Pin(**told)


def _is_of_pin(name: str, value: Json) -> bool:
    if name == "identity":
        return isinstance(value, dict)
    if name == "stimuli":
        return isinstance(value, dict) and all(isinstance(digest, str) for digest in value.values())
    return isinstance(value, str) and name in Pin.__dataclass_fields__


def write_baseline(path: Path, pin: Pin, runs: Iterable[RecordedRun]) -> str:
    """Write a baseline file, whole or not at all; the same runs give the same bytes.

    Returns:
        Hex SHA-256 of the file.
    """
    header = {HEADER_KEY: {name: getattr(pin, name) for name in Pin.__dataclass_fields__}}
    records = [header, *(run_to_record(run) for run in sorted(runs, key=lambda run: run.key))]
    text = "".join(json.dumps(record, ensure_ascii=False, sort_keys=True) + "\n" for record in records)
    content = text.encode()
    if path.suffix == ".gz":
        content = gzip.compress(content, mtime=0)
    write_whole(path, content)
    return hashlib.sha256(content).hexdigest()

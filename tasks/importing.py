"""Other tools' files made into golden cases and recorded runs on disk."""

import json
from dataclasses import dataclass
from pathlib import Path

from sluice.documents.values import Json
from sluice.errors import InvalidInputError, UsageError
from sluice.golden.importing.tau_bench import import_tau_bench
from tasks.files import read_dataset, read_runs
from tasks.writing import write_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFiles:
    """What an import wrote.

    Args:
        golden: Folder of the cases.
        runs: File of the recorded runs.
        notes: What was left out, in words.
    """

    golden: Path
    runs: Path
    n_cases: int
    n_runs: int
    notes: tuple[str, ...]


def import_tau_bench_file(source: Path, out: Path) -> ImportedFiles:
    """Write the cases of tau-bench results to ``OUT/golden/`` and their runs to ``OUT/runs.jsonl``.

    What was written is read back and checked before this returns.

    Args:
        source: tau-bench's JSON, tau2-bench's JSON, or one trial a line.
        out: Folder; made where it is missing. Files of an earlier import are replaced.

    Raises:
        UsageError: The file is missing or of another form, or the folder cannot be written.
    """
    try:
        imported = import_tau_bench(_document(source))
    except InvalidInputError as error:
        raise UsageError(f"{source}: {error}", hint="name a file of tau-bench results") from None
    golden, runs = out / "golden", out / "runs.jsonl"
    write_whole(golden / "tau-bench.jsonl", _lines(imported.cases))
    write_whole(runs, _lines(imported.runs))
    dataset, recorded = read_dataset(golden), read_runs(runs)
    return ImportedFiles(
        golden=golden, runs=runs, n_cases=len(dataset.cases), n_runs=len(recorded.runs), notes=imported.notes
    )


def _document(source: Path) -> Json:
    """The file as one JSON value: a whole document, or one value a line."""
    try:
        text = source.read_text(encoding="utf8")
    except FileNotFoundError:
        raise UsageError(f"there is no file {source}") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{source} cannot be read: {error}") from None
    try:
        return json.loads(text)
    except RecursionError:
        raise UsageError(f"{source} nests too deep", hint="name a file of tau-bench results") from None
    except ValueError:
        pass
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                found.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                raise UsageError(
                    f"{source}:{number}: no JSON: {error}", hint="name a file of tau-bench results"
                ) from None
    return found


def _lines(records: tuple[dict[str, Json], ...]) -> bytes:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()

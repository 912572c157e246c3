"""Files from the disk: golden datasets, recorded runs, settings."""

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from sluice.documents.problems import Problem
from sluice.documents.reading import MAX_DOCUMENT_BYTES, MAX_LINE_BYTES, MAX_LINES_BYTES, SourceFile
from sluice.errors import DocumentError, UsageError
from sluice.golden.case import Dataset, GoldenCase
from sluice.golden.dataset import build_dataset
from sluice.golden.parsing import parse_dataset
from sluice.settings.file import Settings
from sluice.settings.loading import parse_settings
from sluice.trials.parsing import RunFile, parse_runs

SETTINGS_FILE: Final = "sluice.yaml"
CASE_SUFFIXES: Final = (".yaml", ".yml", ".jsonl", ".json")
# What teams keep beside their cases and is none; a dot is hidden, an underscore set aside.
_NOT_CASES: Final = ("baseline", "runs", "_", ".")
_NOT_CASE_FOLDERS: Final = frozenset({"fixtures"})
_GZIP_MAGIC: Final = b"\x1f\x8b"
_PIECE_BYTES: Final = 1 << 20


def read_dataset(path: Path) -> Dataset:
    """Read a golden dataset: one file, or a folder with everything in it that is a case by its name.

    In a folder, recursively: ``*.yaml``, ``*.yml``, ``*.jsonl`` and ``*.json``, but no file or folder whose name begins
    with ``baseline``, ``runs``, an underscore or a dot, no folder ``fixtures``, and no file that a case itself names.

    Raises:
        UsageError: There is no such file or folder.
        DocumentError: Something is wrong in the dataset, or it is empty; every problem at once.
    """
    if not path.exists():
        hint = "name the golden dataset, or set golden.path in sluice.yaml"
        raise UsageError(f"there is no file or folder {path}", hint=hint)
    problems: list[Problem] = []
    paths = list(case_paths(path, problems)) if path.is_dir() else [path]
    contents = ((one, _content(one, problems)) for one in paths)
    files = [SourceFile(one.as_posix(), content) for one, content in contents if content is not None]
    if problems and not files:
        raise DocumentError(problems, what=path.as_posix())
    try:
        dataset = parse_dataset(files, root=path.as_posix())
    except DocumentError as error:
        raise DocumentError([*problems, *error.problems], what=path.as_posix()) from None
    dataset = _with_contents(dataset, problems)
    if problems:
        raise DocumentError(problems, what=path.as_posix())
    return dataset


def case_paths(folder: Path, problems: list[Problem]) -> Iterator[Path]:
    """The files of a folder that are cases by their names, sorted; links to folders are not followed."""

    def unreadable(error: OSError) -> None:
        problems.append(_told(Path(error.filename), error))

    found: list[Path] = []
    for where, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = [one for one in folders if not one.startswith(_NOT_CASES) and one not in _NOT_CASE_FOLDERS]
        found.extend(
            Path(where, name)
            for name in names
            if name.lower().endswith(CASE_SUFFIXES) and not name.startswith(_NOT_CASES)
        )
    yield from sorted(found, key=lambda one: one.relative_to(folder).parts)


def read_runs(path: Path) -> RunFile:
    """Read recorded runs, one JSON object a line, plain or gzipped, line by line.

    Raises:
        UsageError: There is no such file.
        DocumentError: Something is wrong in it; every problem at once.
    """
    with run_lines(path) as lines:
        return parse_runs(lines, path=path.as_posix())


@contextmanager
def run_lines(path: Path) -> Iterator[Iterator[bytes]]:
    """The lines of a file of recorded runs, plain or gzipped, each bounded in length.

    Raises:
        UsageError: There is no such file.
        DocumentError: It cannot be read to its end.
    """
    if not path.is_file():
        raise UsageError(
            f"there is no file {path}", hint="recorded runs are a file of JSON lines (.jsonl or .jsonl.gz)"
        )
    try:
        with _opened(path) as stream:
            yield _bounded_lines(stream)
    except (OSError, EOFError, zlib.error) as error:
        raise DocumentError([_told(path, error)], what=path.as_posix()) from error


def read_settings(path: Path | None, env: Mapping[str, str]) -> tuple[Settings, Path]:
    """Read the settings of a project.

    Args:
        path: The file, or the folder it lies in; None takes what ``SLUICE_CONFIG`` names, else ``sluice.yaml`` in the
            working directory where there is one, else the defaults.
        env: Environment variables; ``SLUICE_X__Y`` override the file.

    Returns:
        The settings, and the project root: the folder of the file, which its relative paths start from.

    Raises:
        UsageError: The file that was named is not there.
        DocumentError: Something is wrong in the file or in the environment; every problem at once.
    """
    if path is None and env.get("SLUICE_CONFIG"):
        path = Path(env["SLUICE_CONFIG"])
    if path is None and not Path(SETTINGS_FILE).exists():
        return parse_settings(b"", path=SETTINGS_FILE, env=env), Path.cwd()
    path = path or Path(SETTINGS_FILE)
    path = path / SETTINGS_FILE if path.is_dir() else path
    if not path.exists():
        raise UsageError(f"there is no settings file {path}", hint="write one, or leave out --config for the defaults")
    problems: list[Problem] = []
    content = _content(path, problems)
    if content is None:
        raise DocumentError(problems, what=str(path))
    return parse_settings(content, path=str(path), env=env), path.resolve().parent


def _with_contents(dataset: Dataset, problems: list[Problem]) -> Dataset:
    """The dataset with the content of the files its cases name as part of their digests."""
    contents: dict[tuple[str, str], str] = {}
    for case in dataset.cases:
        source, _, line = dataset.sources[case.id].rpartition(":")
        for field, name in _named_files(case):
            path = Path(source).parent / name
            try:
                contents[case.id, name] = _digest(path)
            except OSError as error:
                message = f"names a file that cannot be used: {path.as_posix()} {_told(path, error).message}"
                problems.append(Problem(file=source, line=int(line), case=case.id, field=field, message=message))
    if not contents:
        return dataset
    return build_dataset(dataset.cases, sources=dataset.sources, warnings=dataset.warnings, contents=contents)


def _named_files(case: GoldenCase) -> Iterator[tuple[str, str]]:
    for place, file in enumerate(case.files):
        yield f"files[{place}].path", file.path
    if case.tools is not None:
        yield "tools.recorded", case.tools.recorded


def _digest(path: Path) -> str:
    """Hex SHA-256 of a file's content."""
    _refuse_special(path)
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _content(path: Path, problems: list[Problem]) -> bytes | None:
    """The bytes of a document, never many more than it may have, or None and one more problem."""
    limit = MAX_LINES_BYTES if path.name.lower().endswith(".jsonl") else MAX_DOCUMENT_BYTES
    try:
        _refuse_special(path)
        with path.open("rb") as stream:
            # One byte too many is enough to be refused by its reader.
            return stream.read(limit + 1)
    except OSError as error:
        problems.append(_told(path, error))
        return None


def _refuse_special(path: Path) -> None:
    """A pipe or a device would be waited for without end."""
    if path.exists() and not path.is_file():
        raise OSError("is no regular file")


def _told(path: Path, error: Exception) -> Problem:
    if isinstance(error, FileNotFoundError):
        message = "is not there (it vanished, or is a link that leads nowhere)"
    elif isinstance(error, OSError) and error.strerror:
        message = f"cannot be read: {error.strerror.lower()}"
    else:
        message = f"cannot be read: {error}"
    return Problem(file=path.as_posix(), message=message)


def _opened(path: Path) -> IO[bytes] | gzip.GzipFile:
    with path.open("rb") as stream:
        packed = stream.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    return gzip.open(path, "rb") if packed else path.open("rb")


def _bounded_lines(stream: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    """The lines of a file; of one that is too long only the beginning, long enough to be refused."""
    while line := stream.readline(MAX_LINE_BYTES + 1):
        yield line
        while line and not line.endswith(b"\n") and len(line) > MAX_LINE_BYTES:
            line = stream.readline(MAX_LINE_BYTES + 1)

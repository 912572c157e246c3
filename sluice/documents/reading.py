"""A file as it was read: its name, its bytes, and its text once the bytes are known to be text."""

from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sluice.documents.problems import Problem

# A document a person writes has some kilobytes. The limit keeps a wrong path (a log, a dump) from costing minutes.
MAX_DOCUMENT_BYTES: Final = 10_000_000
# One JSON object a line: a recorded run with its tool results. The agent's own answer is limited to 8 MB.
MAX_LINE_BYTES: Final = 10_000_000
# A whole golden dataset as JSON lines, which is held in memory.
MAX_LINES_BYTES: Final = 200_000_000


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was read.

    Args:
        path: Name of the file as the user would write it.
        content: Its bytes.
    """

    path: str
    content: bytes


def decoded(content: bytes, *, file: str, problems: list[Problem], line: int = 0, what: str = "file") -> str | None:
    """The text of a file or of one of its lines, or None and one more problem.

    Args:
        content: Bytes that should be UTF-8; a byte order mark is dropped.
        file: Name of the file, for the problem.
        problems: Gets what is wrong.
        line: 1-based line the bytes stand on; 0 where they are the whole file.
        what: ``file`` or ``line``.
    """
    limit = MAX_DOCUMENT_BYTES if what == "file" else MAX_LINE_BYTES
    if len(content) > limit:
        problems.append(
            Problem(file=file, line=line, message=f"a {what} may have at most {megabytes(limit)}, got more than that")
        )
        return None
    null_at = content.find(b"\0")
    if null_at >= 0:
        at = line or _line_of(content, null_at)
        message = f"must be text, got a NUL byte at byte {null_at} of the {what} (is it UTF-16 or a binary file?)"
        problems.append(Problem(file=file, line=at, message=message))
        return None
    # Editors on Windows begin a file with a byte order mark, which is no part of its text.
    skipped = len(BOM_UTF8) if content.startswith(BOM_UTF8) else 0
    try:
        return content[skipped:].decode("utf-8")
    except UnicodeDecodeError as error:
        offset = skipped + error.start
        found = f"0x{content[offset]:02x} at byte {offset} of the {what}"
        problems.append(
            Problem(file=file, line=line or _line_of(content, offset), message=f"must be UTF-8, got byte {found}")
        )
        return None


def lines_of(content: bytes) -> Iterator[bytes]:
    """The lines of a file, without copying it."""
    start = 0
    while start < len(content):
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        yield content[start:end]
        start = end + 1


def megabytes(n_bytes: int) -> str:
    """A size as a person says it.

    Example:
        >>> megabytes(10_000_000)
        '10 MB'
    """
    return f"{n_bytes / 1_000_000:g} MB"


def _line_of(content: bytes, offset: int) -> int:
    return content.count(b"\n", 0, offset) + 1

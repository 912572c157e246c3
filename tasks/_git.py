"""Asking git which commit is checked out and what differs from it."""

import asyncio
import hashlib
import os
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from sluice.identity import digest_of_parts
from tasks._agents.processes import opened

_TIME_LIMIT_S = 10.0
# New files up to this many bytes are told apart by content, beyond it by size and time of change.
_READ_BYTES = 64_000_000
_DIFF = (
    "-c", "core.fsmonitor=false", "-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false",
    "diff", "HEAD", "--binary", "--full-index", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames",
    "--unified=3",
)  # fmt: skip
_NEW_FILES = ("-c", "core.fsmonitor=false", "ls-files", "--others", "--exclude-standard", "-z")
# Set inside of git hooks, they would speak of another repository than the agent's.
_FOREIGN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitState:
    """What is checked out.

    Args:
        commit: Full id of the commit.
        dirty: Digest of all that differs from it, new files included; None for a clean tree.
    """

    commit: str
    dirty: str | None


async def git_state(folder: Path, *, exclude: Sequence[Path] = ()) -> GitState | None:
    """The state of the work tree around a folder.

    Args:
        folder: Any folder of the work tree.
        exclude: Files and folders whose changes do not count; ``.sluice`` folders never do.

    Returns:
        The state; None without git, outside of a repository, before the first commit, or where git does not answer
        within 10 s: half an answer would take a changed tree for a clean one.
    """
    top = _top_of(folder.resolve())
    if top is None:
        return None
    where = ["--", ":/", ":(exclude,top,glob)**/.sluice/**", *_excluded(exclude, top)]
    found: GitState | None = None
    try:
        async with asyncio.timeout(_TIME_LIMIT_S):
            async with asyncio.TaskGroup() as group:
                commit = group.create_task(_output_of(top, "rev-parse", "--verify", "HEAD"))
                diff = group.create_task(_digest_of(top, *_DIFF, *where))
                listed = group.create_task(_output_of(top, *_NEW_FILES, *where))
            changed = await asyncio.to_thread(_digests_of, top, listed.result())
        changed |= {"": digest} if (digest := diff.result()) is not None else {}
        found = GitState(commit=commit.result().decode().strip(), dirty=digest_of_parts(changed) if changed else None)
    except* (OSError, _GitError):
        # No git, no commit yet, not our repository, or (as TimeoutError) no answer in time.
        found = None
    return found


class _GitError(Exception):
    """Git did not do what it was asked."""


def _top_of(folder: Path) -> Path | None:
    return next((path for path in (folder, *folder.parents) if (path / ".git").exists()), None)


def _excluded(paths: Sequence[Path], top: Path) -> list[str]:
    inside = (path.resolve() for path in paths)
    return [
        f":(exclude,top,literal){path.relative_to(top).as_posix()}"
        for path in inside
        if path != top and path.is_relative_to(top)
    ]


async def _output_of(top: Path, *words: str) -> bytes:
    said = bytearray()
    await _git(top, words, said.extend)
    return bytes(said)


async def _digest_of(top: Path, *words: str) -> str | None:
    """Digest of what git prints, which may be long; None where it prints nothing."""
    digest, n_bytes = hashlib.sha256(), 0

    def take(piece: bytes) -> None:
        nonlocal n_bytes
        digest.update(piece)
        n_bytes += len(piece)

    await _git(top, words, take)
    return digest.hexdigest() if n_bytes else None


async def _git(top: Path, words: Sequence[str], take: Callable[[bytes], None]) -> None:
    env = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    process = await asyncio.create_subprocess_exec(
        "git", *words, cwd=top, env={**env, "GIT_OPTIONAL_LOCKS": "0"}, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
    )
    try:
        stdout = opened(process.stdout)
        while piece := await stdout.read(65_536):
            take(piece)
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise _GitError(f"git {words[0]} ended with {process.returncode}")


def _digests_of(top: Path, listed: bytes) -> dict[str, str]:
    """Path of each new file to a digest of what it holds, or of its size and time where that would take too long."""
    left = _READ_BYTES
    digests: dict[str, str] = {}
    for name in sorted(os.fsdecode(raw) for raw in listed.split(b"\0") if raw):
        path = top / name
        try:
            stat = path.lstat()
            if S_ISREG(stat.st_mode) and stat.st_size <= left:
                left -= stat.st_size
                digests[name] = hashlib.sha256(path.read_bytes()).hexdigest()
            else:
                digests[name] = f"{stat.st_mode}:{stat.st_size}:{stat.st_mtime_ns}"
        except OSError as error:
            # It vanished or may not be read; that it is listed is all there is to tell.
            digests[name] = type(error).__name__
    return digests

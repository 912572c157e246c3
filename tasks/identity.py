"""Finding out what exactly the candidate is: fingerprint files, commit and uncommitted changes."""

import asyncio
import glob
import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from sluice.errors import UsageError
from sluice.identity import UNKNOWN_VERSION, AgentIdentity, digest_of_parts, version_of_commit
from sluice.settings.agent import AgentSettings
from tasks._git import GitState, git_state

# By-products that appear without anybody having edited anything.
_NO_SOURCE = frozenset({".git", ".sluice", "__pycache__"})


async def identify(
    settings: AgentSettings,
    root: Path,
    *,
    version_override: str | None = None,
    exclude: Sequence[Path] = (),
) -> AgentIdentity:
    """The candidate's identity: version, digest of the fingerprint files, commit and uncommitted changes.

    Args:
        settings: The agent section: name, version, fingerprint patterns.
        root: Folder of the settings file; patterns are relative to it.
        version_override: Stands for ``agent.version`` where given (``--agent-version``).
        exclude: Files and folders of the work tree that are not the agent, such as the reports this run writes and
            the golden dataset; a change in them makes no other candidate. ``.sluice`` never does.

    Raises:
        UsageError: A fingerprint pattern matches no file, or a file cannot be read.
    """
    fingerprint, git = await asyncio.gather(
        asyncio.to_thread(fingerprint_of, settings.fingerprint, root), git_state(root, exclude=exclude)
    )
    version = version_override or settings.version
    return AgentIdentity(
        agent=settings.name,
        version=_version_of(git) if version == "auto" else version,
        fingerprint=fingerprint,
        commit=git.commit if git is not None else None,
        dirty=git.dirty if git is not None else None,
    )


def _version_of(git: GitState | None) -> str:
    if git is None:
        return UNKNOWN_VERSION
    return version_of_commit(git.commit, dirty=git.dirty is not None)


def fingerprint_of(patterns: Iterable[str], root: Path) -> str | None:
    """Digest of the files that make the agent what it is; None where no pattern is given.

    Args:
        patterns: Globs relative to ``root``; ``prompts/**`` means every file below, hidden ones too.
        root: Folder of the settings file.

    Raises:
        UsageError: A pattern matches no file, or a file cannot be read.
    """
    named = list(patterns)
    if not named:
        return None
    paths = {path for pattern in named for path in _files_of(pattern, root)}
    return digest_of_parts({path: _content_digest(root / path) for path in paths})


def _files_of(pattern: str, root: Path) -> set[str]:
    matches = glob.glob(pattern, root_dir=root, recursive=True, include_hidden=True)
    files = {
        Path(match).as_posix()
        for match in matches
        if _NO_SOURCE.isdisjoint(Path(match).parts) and (root / match).is_file()
    }
    if not files:
        raise UsageError(
            f"agent.fingerprint names {pattern!r}, which matches no file in {root}",
            hint="mend the pattern, or take it out: an identity that covers nothing would hide a changed prompt",
        )
    return files


def _content_digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"agent.fingerprint: {os.fspath(path)} cannot be read: {error.strerror}") from error

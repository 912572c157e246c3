"""What exactly a candidate is: the agent's version, its prompts and tools, and the code it was run from."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sluice.documents.values import Json

UNKNOWN_VERSION = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentIdentity:
    """One candidate, told apart from every other.

    Args:
        agent: Name of the agent.
        version: As stated, or made from the commit; ``unknown`` where neither is there.
        fingerprint: Digest of the fingerprint files; None where none are named.
        commit: Full id of the checked-out commit; None outside of a repository, or where git cannot tell.
        dirty: Digest of all that differs from the commit; None for a clean tree or without a commit.
    """

    agent: str
    version: str
    fingerprint: str | None = None
    commit: str | None = None
    dirty: str | None = None

    @property
    def known(self) -> bool:
        """Whether anything tells this candidate from an edited one; if not, nothing may be resumed unasked."""
        return self.version != UNKNOWN_VERSION or self.fingerprint is not None or self.commit is not None

    @property
    def digest(self) -> str:
        """Hex SHA-256 over every part."""
        parts = [self.agent, self.version, self.fingerprint, self.commit, self.dirty]
        return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()

    def as_record(self) -> dict[str, Json]:
        """The identity as reports and JSON outputs carry it."""
        return {
            "version": self.version,
            "fingerprint": self.fingerprint,
            "commit": self.commit,
            "dirty": self.dirty,
            "digest": self.digest,
        }


def digest_of_parts(parts: Mapping[str, str]) -> str:
    """Hex SHA-256 over named digests, whatever their order.

    Args:
        parts: Name, a path say, to the digest of what it stands for.

    Example:
        >>> digest_of_parts({"a": "1", "b": "2"}) == digest_of_parts({"b": "2", "a": "1"})
        True
        >>> digest_of_parts({"a": "1"}) == digest_of_parts({"b": "1"})
        False
    """
    return hashlib.sha256(json.dumps(sorted(parts.items()), ensure_ascii=True).encode()).hexdigest()


def version_of_commit(commit: str, *, dirty: bool) -> str:
    """The version where ``agent.version`` is ``auto``: 12 digits of the commit, with a mark for uncommitted changes.

    Example:
        >>> version_of_commit("1211938abcdef0123456", dirty=True)
        '1211938abcde-dirty'
    """
    return f"{commit[:12]}-dirty" if dirty else commit[:12]

"""Named reads and writes of agent identities."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from storage.tables import IdentityRow
from storage.upsert import insert_new


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredIdentity:
    """What exactly a candidate was.

    Args:
        agent: Agent name.
        digest: Digest over all that follows, but not over the time.
        version: Agent version.
        fingerprint: Digest of the fingerprint files; empty without any.
        commit: Commit of the user's repository; empty outside of one.
        dirty: Digest of the uncommitted diff; empty for a clean tree.
        first_seen_at: UTC.
    """

    agent: str
    digest: str
    version: str
    fingerprint: str
    commit: str
    dirty: str
    first_seen_at: datetime


def add_identity(session: Session, identity: StoredIdentity) -> bool:
    """Record an identity; the first sight of it stands.

    Returns:
        Whether it is new.
    """
    row = IdentityRow(
        agent=identity.agent,
        digest=identity.digest,
        version=identity.version,
        fingerprint=identity.fingerprint,
        git_commit=identity.commit,
        dirty=identity.dirty,
        first_seen_at=identity.first_seen_at,
    )
    return insert_new(session, [row]) == 1


def find_identity(session: Session, agent: str, digest: str) -> StoredIdentity | None:
    """The identity of this agent and digest, or None."""
    row = session.get(IdentityRow, (agent, digest))
    if row is None:
        return None
    return StoredIdentity(
        agent=row.agent,
        digest=row.digest,
        version=row.version,
        fingerprint=row.fingerprint,
        commit=row.git_commit,
        dirty=row.dirty,
        first_seen_at=row.first_seen_at,
    )

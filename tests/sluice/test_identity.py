"""A candidate's identity changes with each of its parts, and with nothing else."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.identity import AgentIdentity, digest_of_parts, version_of_commit

IDENTITY = AgentIdentity(agent="support", version="v1", fingerprint="f", commit="c", dirty="d")


@pytest.mark.parametrize("part", ["agent", "version", "fingerprint", "commit", "dirty"])
def test_every_part_changes_the_digest(part):
    assert replace(IDENTITY, **{part: "other"}).digest != IDENTITY.digest
    assert replace(IDENTITY).digest == IDENTITY.digest


def test_a_value_in_another_part_is_another_identity():
    assert (
        replace(IDENTITY, fingerprint="x", commit=None).digest != replace(IDENTITY, fingerprint=None, commit="x").digest
    )


def test_the_digest_is_the_same_on_every_machine():
    # The bytes are what `json.dumps` of the five parts gives; the digest is theirs.
    written = b'["support", "v1", "f", "c", "d"]'
    assert IDENTITY.digest == hashlib.sha256(written).hexdigest()


@pytest.mark.parametrize(
    ("parts", "known"),
    [
        ({"version": "unknown"}, False),
        ({"version": "v1"}, True),
        ({"version": "unknown", "fingerprint": "f"}, True),
        ({"version": "unknown", "commit": "c"}, True),
    ],
)
def test_a_candidate_is_known_by_version_fingerprint_or_commit(parts, known):
    assert AgentIdentity(agent="support", **parts).known is known


def test_the_record_holds_every_part_and_the_digest():
    assert IDENTITY.as_record() == {
        "version": "v1",
        "fingerprint": "f",
        "commit": "c",
        "dirty": "d",
        "digest": IDENTITY.digest,
    }


def test_a_commit_gives_a_short_version_that_shows_uncommitted_changes():
    assert version_of_commit("0123456789abcdef", dirty=False) == "0123456789ab"
    assert version_of_commit("0123456789abcdef", dirty=True) == "0123456789ab-dirty"


@given(st.dictionaries(st.text(), st.text(), max_size=5), st.randoms())
def test_parts_have_no_order(parts, random):
    shuffled = list(parts.items())
    random.shuffle(shuffled)
    assert digest_of_parts(dict(shuffled)) == digest_of_parts(parts)


@given(st.dictionaries(st.text(), st.text(), max_size=4), st.dictionaries(st.text(), st.text(), max_size=4))
def test_other_parts_have_another_digest(one, other):
    assert (digest_of_parts(one) == digest_of_parts(other)) == (one == other)

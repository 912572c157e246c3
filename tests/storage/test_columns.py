from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable
from sqlmodel import text

from sluice.errors import InvalidInputError
from sluice.trials.recorded import TrialKey
from storage.columns import escape, unescape
from storage.runs import Claim
from storage.store import Store
from storage.tables import TrialRow
from storage.trials import add_attempt, unanswered

any_text = st.text(st.characters(codec=None, categories=None))


@given(any_text)
def test_any_text_can_be_stored_and_comes_back_as_it_was(said: str):
    written = escape(said)
    assert "\x00" not in written
    assert written.encode().decode() == written
    assert unescape(written) == said


def test_ordinary_text_is_stored_as_it_is():
    assert escape(r"C:\u0000 é 😀 \x00") == r"C:\u0000 é 😀 \x00"


def test_what_an_agent_said_survives_the_database(store: Store, claim: Claim, noon: datetime):
    said = "a\x00b\ud800c\x1a0000 é"
    key = TrialKey(case_id="refund")
    store.write_now(lambda session: add_attempt(session, claim, key, attempt=0, error=said, at=noon))
    assert store.read_now(lambda session: unanswered(session, "run-1"))[0].error == said
    raw = store.read_now(lambda session: session.execute(text("SELECT error FROM trial_attempt")).scalar_one())
    assert raw == "a\x1a0000b\x1ad800c\x1a001a0000 é"


def test_times_come_back_in_utc(store: Store, claim: Claim):
    in_india = datetime(2026, 5, 1, 17, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5.5)))
    key = TrialKey(case_id="refund")
    store.write_now(lambda session: add_attempt(session, claim, key, attempt=0, error="", at=in_india))
    at = store.read_now(lambda session: unanswered(session, "run-1"))[0].at
    assert (at, at.tzinfo) == (datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC), UTC)


def test_a_time_without_zone_is_refused(store: Store, claim: Claim):
    naive = datetime(2026, 5, 1, 12)  # noqa: DTZ001
    key = TrialKey(case_id="refund")
    with pytest.raises(InvalidInputError, match="a stored time must carry its zone, got 2026-05-01T12:00:00"):
        store.write_now(lambda session: add_attempt(session, claim, key, attempt=0, error="", at=naive))
    assert store.read_now(lambda session: unanswered(session, "run-1")) == ()


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [(sqlite.dialect(), "case_id TEXT NOT NULL"), (postgresql.dialect(), 'case_id TEXT COLLATE "C" NOT NULL')],
)
def test_text_is_ordered_by_code_point_on_every_database(dialect, expected: str):
    assert expected in str(CreateTable(TrialRow.__table__).compile(dialect=dialect))

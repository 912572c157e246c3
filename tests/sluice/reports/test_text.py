import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.reports.text import Excerpt, clean_text, excerpt, json_text, one_line

anything = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"),  # a terminal hyperlink
        ("\x1b]0;new title\x07text", "text"),  # sets the title of a terminal
        ("\x1b]52;c;c2VjcmV0\x07text", "text"),  # writes to the clipboard
        ("\x9b31mred", "red"),  # the same sequence in C1 form
        ("\x1bPq#0\x1b\\picture", "picture"),  # a device control string
        ("\x1b(0lqk\x1b(B", "lqk"),  # changes the character set
        ("cut off \x1b[31", "cut off "),
        ("never ended \x1b]0;title", "never ended "),
        ("a\x00b\x08c\x7fd", "abcd"),
        ("one\r\ntwo\rthree\n\tfour", "one\ntwo\nthree\n\tfour"),
        ("lone \ud83d half", "lone \ufffd half"),
        ("\u202egnp.exe", "gnp.exe"),  # shown backwards otherwise
        ("kept: é 漢字 😀 عربى \u200d", "kept: é 漢字 😀 عربى \u200d"),
    ],
)
def test_control_sequences_go_and_letters_of_every_script_stay(text: str, shown: str):
    assert clean_text(text) == shown


@given(anything)
def test_clean_text_can_be_encoded_and_holds_no_control_but_tab_and_newline(text: str):
    cleaned = clean_text(text)
    assert cleaned.encode("utf8").decode("utf8") == cleaned
    assert {letter for letter in cleaned if unicodedata.category(letter) == "Cc"} <= {"\t", "\n"}


@given(anything)
def test_cleaning_twice_changes_nothing_more(text: str):
    once = clean_text(text)
    assert clean_text(once) == once


@given(anything, st.integers(1, 20))
def test_one_line_is_one_line_within_its_limit(text: str, limit: int):
    line = one_line(text, limit=limit)
    assert len(line) <= limit
    assert "\n" not in line


def test_a_long_line_is_marked_as_cut():
    assert one_line("a" * 1_000_000, limit=5) == "aaaa…"


def test_an_excerpt_says_how_long_the_whole_is():
    got = excerpt("a" * 51_234, limit=2_000)
    assert (len(got.text), got.is_cut, got.note) == (2_000, True, "first 2,000 of 51,234 characters")


def test_a_short_text_is_shown_whole():
    assert excerpt("short", limit=5) == Excerpt(text="short", length=5, shown=5)
    assert str(excerpt("short", limit=5)) == "short"


def test_an_answer_that_is_no_text_is_shown_as_json():
    assert excerpt({"total": 42.1, "ü": None}, limit=100).text == '{\n  "total": 42.1,\n  "ü": null\n}'


def test_an_answer_nested_too_deeply_is_said_to_be_so():
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    assert json_text(value, indent=2) == "(nested too deeply to be shown)"

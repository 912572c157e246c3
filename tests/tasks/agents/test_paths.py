"""JSONPaths of the settings: plain ones by hand, all others by the library, both the same."""

import jsonpath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.errors import UsageError
from sluice.trials.answers import UnreadableAnswerError
from tasks._agents.paths import compile_calls_path, compile_path

documents = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
plain_paths = st.lists(st.sampled_from([".a", ".b", ".c", "[0]", "[1]"]), max_size=4).map(
    lambda steps: f"${''.join(steps)}"
)


@given(documents, plain_paths)
def test_a_plain_path_finds_what_the_library_finds(document, path):
    expected = jsonpath.findall(path, document)
    assert list(compile_path(path, where="x")(document)) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$..b", [1, 2]),
        ("$.a[?@.b > 1].b", [2]),
        ("$['a'][-1].b", [2]),
        ("$.x.y", []),
        ("$", [{"a": [{"b": 1}, {"b": 2}]}]),
    ],
)
def test_any_other_path_is_the_librarys(path, expected):
    assert list(compile_path(path, where="x")({"a": [{"b": 1}, {"b": 2}]})) == expected


@pytest.mark.parametrize("path", ["$.[", "$.a[?", "$[", "$.a b"])
def test_what_is_no_path_is_refused_by_name(path):
    with pytest.raises(UsageError, match=r"agent.http.answer is no JSONPath"):
        compile_path(path, where="agent.http.answer")


def test_a_document_that_cannot_be_followed_is_unreadable():
    deep: object = 1
    for _ in range(500):
        deep = {"a": deep}
    with pytest.raises(UnreadableAnswerError, match="cannot be followed"):
        compile_path("$..b", where="agent.http.answer")(deep)


@pytest.mark.parametrize(
    ("path", "document", "expected"),
    [
        ("$.calls", {}, None),
        ("$.calls", {"calls": None}, None),
        ("$.calls", {"calls": []}, []),
        ("$.calls[*]", {"calls": []}, []),
        ("$.calls[*]", {"calls": [1, 2]}, [1, 2]),
        ("$.calls[*]", {}, None),
        ("$.call", {"call": {"name": "x"}}, [{"name": "x"}]),
        ("$.m[*].calls", {"m": [{"calls": [1]}, {}, {"calls": None}, {"calls": [2]}]}, [1, 2]),
        ("$.m[*].calls[*]", {"m": [{"calls": []}, {"calls": []}]}, []),
        ("$.m[?@.type == 'tool_use']", {"m": [{"type": "text"}, {"type": "tool_use"}]}, [{"type": "tool_use"}]),
    ],
)
def test_calls_are_one_list_and_none_where_the_response_does_not_tell(path, document, expected):
    assert compile_calls_path(path)(document) == expected

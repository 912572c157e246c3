"""Templates: a whole place keeps its type, the rest is text, and nothing filled in is read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.errors import UsageError
from tasks._agents.addresses import is_loopback, plain_url
from tasks._agents.templates import check_places, fill, fill_text, fill_url, places, static_values

VALUES = {"input": "hi {{trial}}", "trial": 2, "messages": [{"role": "user"}], "now": None}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{trial}}", 2),
        ("{{ messages }}", [{"role": "user"}]),
        ("{{now}}", None),
        ("n={{trial}}", "n=2"),
        ("{{trial}}{{trial}}", "22"),
        ("{{messages}} {{now}}", '[{"role": "user"}] null'),
        ("{{input}}", "hi {{trial}}"),
        ("x {{input}}", "x hi {{trial}}"),
        ({"a": ["{{trial}}", 1.5, True, None]}, {"a": [2, 1.5, True, None]}),
        ("{not a place} {{", "{not a place} {{"),
    ],
)
def test_places_are_filled_once(template, expected):
    assert fill(template, VALUES) == expected


@given(st.text())
def test_a_text_stands_whole_where_its_place_was(text):
    assert fill({"q": "{{input}}"}, {"input": text}) == {"q": text}
    assert fill_text("<{{input}}>", {"input": text}) == f"<{text}>"


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_nothing_from_a_request_changes_the_shape_of_a_url(text):
    url = fill_url("http://127.0.0.1:{{port}}/a/{{input}}?q={{input}}", {"port": 80, "input": text})
    assert url.startswith("http://127.0.0.1:80/a/")
    assert (url.count("?"), url.count("/"), url.count("#"), url.count("&")) == (1, 4, 0, 0)


def test_an_unknown_place_is_refused_with_the_nearest_known_one():
    with pytest.raises(UsageError, match=r"agent.http.body names {{mesages}}, .* did you mean {{messages}}\?"):
        check_places({"a": [{"b": "{{mesages}}"}]}, known=VALUES, where="agent.http.body")
    with pytest.raises(UsageError, match="known are input, messages, now, trial"):
        check_places("{{zzz}}", known=VALUES, where="agent.http.body")
    check_places({"a": "{{input}}", "b": 1}, known=VALUES, where="agent.http.body")
    assert sorted(places({"a": ["{{x}}", {"b": "{{ y }}{{x}}"}], "c": None})) == ["x", "x", "y"]


def test_only_the_named_environment_variables_are_taken():
    values = static_values(["{{env.A}} {{env.A}}"], env={"A": "1", "SECRET": "s"}, port=None, version="v")
    assert values == {"version": "v", "env.A": "1"}
    assert static_values([], env={}, port=80, version="v") == {"version": "v", "port": 80}
    with pytest.raises(UsageError, match="environment variable B is not set"):
        static_values(["{{env.B}}"], env={"A": "1"}, port=None, version="v")


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1/x", True),
        ("http://127.0.0.1:80", True),
        ("http://localhost:80/", True),
        ("http://[::1]:80/", True),
        ("http://user@localhost/", True),
        ("http://localhost.example.com/", False),
        ("http://127.0.0.10.example.com/", False),
        ("http://example.com/localhost", False),
    ],
)
def test_only_this_machine_is_loopback(url, here):
    assert is_loopback(url) is here


def test_a_url_is_known_as_far_as_the_settings_tell():
    assert plain_url("{{env.A}}/x/{{ port }}/{{input}}", {"env.A": "http://a", "port": 1}, where="url") == (
        "http://a/x/1/{{input}}"
    )
    with pytest.raises(UsageError, match=r"url must begin with http:// or https://, got '{{input}}'"):
        plain_url("{{input}}", {}, where="url")

import json
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sluice.documents.located import plain
from sluice.documents.problems import Problem
from sluice.documents.yaml_reading import read_yaml

# The loader in C and the one in Python must read alike, because not every machine has both.
LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]


def value_of(text: str, **options):
    problems: list[Problem] = []
    node = read_yaml(text, file="f.yaml", problems=problems, **options)
    assert problems == []
    assert node is not None
    return plain(node)


def problems_of(text: str, **options) -> list[str]:
    problems: list[Problem] = []
    read_yaml(text, file="f.yaml", problems=problems, **options)
    return [str(problem) for problem in problems]


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("null", None),
        ("~", None),
        ("", None),
        ("true", True),
        ("False", False),
        ("12", 12),
        ("-0.5", -0.5),
        ("1e3", 1000.0),
        ("1E-2", 0.01),
        ("yes", "yes"),
        ("off", "off"),
        ("2026-11-02", "2026-11-02"),
        ("2026-05-01T09:00:00Z", "2026-05-01T09:00:00Z"),
        ("12:30:45", "12:30:45"),
        ("0123", "0123"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("+15551234", "+15551234"),
        (".5", ".5"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("'.nan'", ".nan"),
    ],
)
def test_a_plain_scalar_is_a_json_value_or_text(written: str, value, loader):
    got = value_of(f"a: {written}", loader=loader)["a"]
    assert (got, type(got)) == (value, type(value))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="ascii", min_codepoint=32)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="ascii", min_codepoint=32)), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(json_values)
def test_json_is_read_as_json_reads_it(value):
    assert value_of(json.dumps(value)) == value


def test_every_value_knows_the_line_of_its_key_and_every_member_its_own():
    problems: list[Problem] = []
    node = read_yaml("a:\n  b:\n    - 1\n    - c: |\n        x\n", file="f.yaml", problems=problems)
    assert node is not None
    b = node.value["a"].value["b"]
    assert (node.value["a"].line, b.line, b.value[0].line, b.value[1].value["c"].line) == (1, 2, 3, 4)


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb: 2\na: 3", 'f.yaml:3: key "a" stands twice in one mapping'),
        ("a: .nan", "f.yaml:1: numbers must be finite, got .nan; put it in quotes if text is meant"),
        ("a: NaN", "f.yaml:1: numbers must be finite, got NaN; put it in quotes if text is meant"),
        ("a: -.inf", "f.yaml:1: numbers must be finite, got -.inf; put it in quotes if text is meant"),
        ("a: 1e999", "f.yaml:1: numbers must be finite, got 1e999; put it in quotes if text is meant"),
        ("a: " + "9" * 5000, "f.yaml:1: a number has too many digits; put it in quotes if text is meant"),
        ("a: !!str 3", "f.yaml:1: tags are not allowed, got tag:yaml.org,2002:str"),
        (
            "a: !!python/object:os.system []",
            "f.yaml:1: tags are not allowed, got tag:yaml.org,2002:python/object:os.system",
        ),
        (
            "a: &x {b: 1}\nc:\n  <<: *x",
            "f.yaml:3: merge keys (<<) are not supported; write the shared keys under defaults:",
        ),
        ('a: "x\\0y"', "f.yaml:1: text must not hold the character U+0000"),
        ('"x\\0y": 1', "f.yaml:1: text must not hold the character U+0000"),
        ("a: \x01", "f.yaml:1: control character U+0001 in text"),
        ("b: 1\na: *x", "f.yaml:2: *x stands for nothing written before it"),
        ("a: &a [*a]", "f.yaml:1: *a stands for nothing written before it"),
        (
            "? [a]\n: 3",
            "f.yaml:1: a key must be text, got a list or a mapping (a text that starts with { or [ needs quotes)",
        ),
        ("x: &a b\n*a : 3", "f.yaml:2: a key must be text, got the alias *a"),
        (
            "a: 1\n---\nb: 2",
            "f.yaml:2: a file holds one document, got a second after ---; write several cases under cases:",
        ),
        ("[" * 5000, "f.yaml:1: values may nest at most 100 deep, got more"),
        (
            "a: &a " + "[" * 60 + "]" * 60 + "\nb: " + "[" * 60 + "*a",
            "f.yaml:2: values may nest at most 100 deep, got more",
        ),
    ],
)
def test_what_json_does_not_know_is_refused_with_its_line(text: str, problem: str, loader):
    assert problems_of(text, loader=loader) == [problem]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a: {b: POST {{x}}, c: d}", "inside { } and [ ] a text that holds one of { } [ ] , needs quotes"),
        ("a:\n\t- b", "indent by spaces"),
        ("a: b: c", "a text that holds a colon and a space needs quotes"),
    ],
)
def test_what_people_run_into_comes_with_a_hint(text: str, hint: str):
    (problem,) = problems_of(text)
    assert "not YAML: " in problem
    assert hint in problem


def test_a_syntax_error_without_a_known_cause_is_told_with_its_line():
    (problem,) = problems_of('a: 1\nb: "open')
    assert problem.startswith("f.yaml:2: not YAML: ") or problem.startswith("f.yaml:3: not YAML: ")
    assert "(" not in problem.partition("not YAML: ")[2]


def test_a_problem_does_not_hide_the_next_one():
    assert len(problems_of("a: .nan\nb: !!int 3\na: 1e999")) == 4  # the key a stands twice, too


def test_an_alias_is_a_copy_with_the_lines_of_its_origin():
    assert value_of("a: &x {b: [1]}\nc: *x\nd: &y 7\ne: [*y]") == {"a": {"b": [1]}, "c": {"b": [1]}, "d": 7, "e": [7]}


def test_a_bomb_of_aliases_costs_no_time():
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 60)]
    started = time.perf_counter()
    (problem,) = problems_of("\n".join(lines))
    assert time.perf_counter() - started < 1.0
    assert problem.endswith("aliases may stand for at most 100000 values, got more")

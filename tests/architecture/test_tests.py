"""What holds for every test: it can fail, it always runs, and it fakes nothing but doors."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FILES = sorted(TESTS.rglob("test_*.py"))
Function = ast.FunctionDef | ast.AsyncFunctionDef


def named(path: Path) -> str:
    return str(path.relative_to(TESTS))


def every_test_in(tree: ast.AST) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, Function) and node.name.startswith("test"):
            yield node


def called_name(node: ast.AST) -> str:
    """Last part of the name that a call calls: ``raises`` for ``pytest.raises(..)``."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def can_fail(test: Function) -> bool:
    checks = ("assert", "check", "expect", "raises", "warns")
    return any(isinstance(node, ast.Assert) or called_name(node).startswith(checks) for node in ast.walk(test))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_test_can_fail(path: Path):
    tree = ast.parse(path.read_text(encoding="utf8"))
    assert [test.name for test in every_test_in(tree) if not can_fail(test)] == []


@pytest.mark.parametrize("path", FILES, ids=named)
def test_no_test_hides_another_of_the_same_name(path: Path):
    body = ast.parse(path.read_text(encoding="utf8")).body
    names = [node.name for node in body if isinstance(node, Function)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_no_test_is_switched_off_or_expected_to_fail(path: Path):
    tree = ast.parse(path.read_text(encoding="utf8"))
    marks = [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in {"skip", "xfail"}]
    calls = [called_name(node) for node in ast.walk(tree) if called_name(node) == "skip"]
    # pytest.skip(..) is a call made where data is missing; a mark switches off for good
    assert len(marks) == len(calls)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_fakes_stand_at_doors_and_are_no_mocks(path: Path):
    imported = {
        name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
    }
    assert imported & {"unittest.mock", "mock", "pytest_mock"} == set()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def test_a():\n    assert f()", True),
        ("def test_a():\n    with pytest.raises(ValueError):\n        f()", True),
        ("def test_a():\n    check_equal(f(), 2)", True),
        ("def test_a():\n    f()", False),
    ],
)
def test_a_test_without_an_assertion_is_found(source: str, expected: bool):
    (test,) = every_test_in(ast.parse(source))
    assert can_fail(test) is expected

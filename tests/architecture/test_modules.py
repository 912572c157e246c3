"""What holds for every module of the house."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("sluice", "storage", "tasks", "flows", "interfaces", "examples", "benchmarks", "deployments", "packages")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
CODE = [path for path in MODULES if path.name != "__init__.py" or path.stat().st_size]
# Written in pieces, so that this file does not find itself.
UNFINISHED = re.compile(
    r"\b(?:" + "|".join(("NotImplemented" + "Error", "TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b"
)
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "data", "misc"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_fits_on_a_desk(path: Path):
    assert len(path.read_text(encoding="utf8").splitlines()) <= 300


@pytest.mark.parametrize("path", CODE, ids=named)
def test_a_module_opens_with_one_sentence_saying_what_lives_there(path: Path):
    first_line = (ast.get_docstring(ast.parse(path.read_text(encoding="utf8"))) or "").partition("\n")[0]
    assert len(first_line) >= 15
    assert first_line.endswith((".", "?", "!", ":"))


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_is_named_after_what_it_holds(path: Path):
    assert {part.strip("_") for part in path.relative_to(ROOT).with_suffix("").parts} & NAMES_THAT_SAY_NOTHING == set()


# A migration is a record of tables as they were, in one piece.
@pytest.mark.parametrize("path", [path for path in MODULES if "migrations" not in path.parts], ids=named)
def test_a_function_fits_on_a_screen(path: Path):
    tree = ast.parse(path.read_text(encoding="utf8"))
    too_long = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            # the docstring explains; only the code is counted
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            n_lines = (node.end_lineno or 0) - body[0].lineno + 1
            if n_lines > 40:
                too_long[node.name] = n_lines
    assert too_long == {}


@pytest.mark.parametrize("path", [*MODULES, *sorted((ROOT / "tests").rglob("*.py"))], ids=named)
def test_nothing_is_left_unfinished(path: Path):
    assert UNFINISHED.findall(path.read_text(encoding="utf8")) == []


def test_there_are_modules_to_check():
    assert len(MODULES) > 20

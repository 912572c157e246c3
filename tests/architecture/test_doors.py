"""One door for each outside library, and a reason wherever one is opened late."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = ("sluice", "storage", "tasks", "flows", "interfaces")
MODULES = sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))
# Library to the places that may import it. A library that is not named here is not used.
DOORS = {
    "alembic": ("storage/migrate.py", "storage/migrations/"),
    "httpx": ("tasks/_agents/", "interfaces/cli/"),
    "jinja2": ("sluice/reports/",),
    "jsonpath": ("sluice/golden/matching/", "tasks/_agents/"),
    "jsonschema": ("sluice/golden/matching/", "sluice/trajectory/schemas.py"),
    "markupsafe": ("sluice/reports/",),
    "matplotlib": ("tasks/_plots.py",),
    "numpy": ("sluice/",),
    "pandas": ("tasks/_tables.py",),
    "prefect": ("flows/",),
    "pyarrow": ("tasks/_tables.py",),
    "pydantic": ("sluice/", "flows/"),
    "pydantic_core": ("sluice/documents/", "sluice/golden/expectation.py"),
    "rapidfuzz": ("sluice/answer/similarity.py",),
    "referencing": ("sluice/golden/matching/schemas.py",),
    "regex": ("sluice/golden/matching/patterns.py",),
    "rich": ("interfaces/cli/",),
    "scipy": ("sluice/statistics/", "sluice/trajectory/assignment.py"),
    "sqlalchemy": ("storage/",),
    "sqlmodel": ("storage/",),
    "typer": ("interfaces/cli/",),
    "yaml": ("sluice/documents/yaml_reading.py", "interfaces/cli/"),
}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported_modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


def outside_imports() -> Iterator[tuple[str, Path]]:
    """Every library that is neither Python's nor ours, with the module that imports it."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            for module in imported_modules(node):
                library = module.partition(".")[0]
                if library not in sys.stdlib_module_names and library not in FLOORS:
                    yield library, path


def test_every_outside_library_comes_in_by_its_door():
    strays = {
        (library, named(path))
        for library, path in outside_imports()
        if not named(path).startswith(DOORS.get(library, ("nowhere",)))
    }
    assert strays == set()


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_an_import_inside_a_function_says_why(path: Path):
    text = path.read_text(encoding="utf8")
    lines = text.splitlines()
    comments = " ".join(line.partition("#")[2] for line in lines)
    unexplained = set()
    for function in ast.walk(ast.parse(text)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            for module in imported_modules(node):
                # a comment on the line above, or one anywhere that names the library or the module
                names = {module.partition(".")[0], module.rpartition(".")[2]} - set(FLOORS)
                above = lines[node.lineno - 2].lstrip()
                if not above.startswith("#") and not any(name in comments for name in names):
                    unexplained.add(f"line {node.lineno}: {module}")
    assert unexplained == set()


def test_nothing_imports_the_slow_half_of_scipy():
    slow = {
        named(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8")))
        if any(module.startswith("scipy.stats") for module in imported_modules(node))
        or (isinstance(node, ast.ImportFrom) and node.module == "scipy" and "stats" in {a.name for a in node.names})
    }
    assert slow == set()

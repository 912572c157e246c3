"""The floors: what may import what."""

import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
FLOORS = ("sluice", "storage", "tasks", "flows", "interfaces")


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of pyproject.toml against the code in a folder."""
    command = [LINT_IMPORTS, "--config", "pyproject.toml", "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def test_every_import_keeps_to_the_contracts():
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("sluice/upward.py", "import storage", "five floors"),
        ("storage/upward.py", "import tasks", "five floors"),
        ("tasks/upward.py", "import flows", "five floors"),
        ("flows/upward.py", "import interfaces", "five floors"),
        ("sluice/clocked.py", "import asyncio", "pure core"),
        ("sluice/dialing.py", "import httpx", "pure core"),
        ("tasks/querying.py", "import sqlmodel", "SQL lives in storage"),
        ("tasks/orchestrating.py", "import prefect", "only flows know prefect"),
    ],
)
def test_a_forbidden_import_breaks_the_contract_that_forbids_it(tmp_path: Path, module: str, line: str, contract: str):
    for floor in FLOORS:
        (tmp_path / floor).mkdir()
        (tmp_path / floor / "__init__.py").touch()
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf8")
    # the real contracts without the exceptions they grant to modules that this small house lacks
    lines = [text for text in settings.splitlines() if not text.startswith("ignore_imports")]
    (tmp_path / "pyproject.toml").write_text("\n".join(lines), encoding="utf8")
    (tmp_path / module).write_text(f"{line}\n", encoding="utf8")

    result = lint_imports(tmp_path)

    broken = [text for text in result.stdout.splitlines() if text.endswith("BROKEN")]
    assert result.returncode == 1, result.stdout + result.stderr
    assert [text for text in broken if text.startswith(contract)], result.stdout


def test_no_module_imports_itself_by_a_detour():
    graph = grimp.build_graph(*FLOORS, cache_dir=None, exclude_type_checking_imports=True)
    modules = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    # a circle raises CycleError, which names the modules on it
    in_order = list(TopologicalSorter(modules).static_order())
    assert len(in_order) == len(graph.modules)


def test_every_floor_is_linted_typed_measured_and_shipped():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["tool"]
    lists = {
        "import-linter": settings["importlinter"]["root_packages"],
        "mypy": settings["mypy"]["packages"],
        "coverage": settings["coverage"]["run"]["source"],
        "wheel": settings["hatch"]["build"]["targets"]["wheel"]["packages"],
    }
    assert {tool for tool, packages in lists.items() if not set(FLOORS) <= set(packages)} == set()

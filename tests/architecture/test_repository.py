"""What holds for every file that is tracked: it belongs to no machine, no registry and no secret."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
# Written in pieces, so that this file does not find itself.
MACHINE_PATHS = re.compile("(?<![\\w.-])/(?:ro" + "ot|wo" + "rk|ho" + "me/[a-z]\\w*|Us" + "ers/\\w+)/")
REGISTRIES = re.compile(
    "py" + "pi\\.org/simple|files\\.python" + "hosted|registry\\.npm" + "js|--(?:extra-)?index" + "-url"
)
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,_-]+\])?==(\S+)", re.MULTILINE)


def tracked_files() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def found_in_tracked_files(pattern: re.Pattern[str]) -> dict[str, str]:
    """Path to first hit, over all tracked files, binary ones too."""
    hits = {}
    for path in tracked_files():
        hit = pattern.search(path.read_bytes().decode("utf8", errors="replace"))
        if hit:
            hits[str(path.relative_to(ROOT))] = hit.group()
    return hits


def test_no_tracked_file_names_a_path_of_somebody_s_machine():
    assert found_in_tracked_files(MACHINE_PATHS) == {}


def test_no_tracked_file_names_the_folder_it_was_written_in():
    assert found_in_tracked_files(re.compile(re.escape(f"{ROOT}/"))) == {}


def test_no_tracked_file_names_a_registry():
    assert found_in_tracked_files(REGISTRIES) == {}


def test_no_tracked_file_is_made_by_a_machine():
    made = {".venv", ".bench", ".sluice", "__pycache__", "sluice-report", "htmlcov", "dist", "build"}
    assert [path for path in tracked_files() if made & set(path.relative_to(ROOT).parts)] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_packages_versions_and_hashes_and_no_address(lock: Path):
    text = lock.read_text(encoding="utf8")
    assert "://" not in text
    assert [line for line in text.splitlines() if line.startswith("-")] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_requirement_of_a_lock_is_pinned_with_a_hash(lock: Path):
    entries = re.split(r"^(?=\S)", lock.read_text(encoding="utf8"), flags=re.MULTILINE)[1:]
    assert len(entries) > 20
    assert [entry for entry in entries if not PIN.match(entry) or "--hash=sha256:" not in entry] == []


def test_what_runs_in_production_is_what_was_tested():
    run, dev = (
        set(PIN.findall((ROOT / "requirements" / name).read_text(encoding="utf8"))) for name in ("run.txt", "dev.txt")
    )
    assert run < dev


@pytest.mark.parametrize(
    ("text", "is_a_machine_s"),
    [
        ("see /ro" + "ot/notes", True),
        ("cd /ho" + "me/ana/agent", True),
        ("https://example.org/wo" + "rk/agents", False),
        ("the net" + "work/transport layer", False),
    ],
)
def test_a_machine_s_path_is_told_from_an_address(text: str, is_a_machine_s: bool):
    assert bool(MACHINE_PATHS.search(text)) is is_a_machine_s

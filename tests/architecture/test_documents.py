"""What the documents promise: links lead somewhere, commands exist, words are explained once."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)(?:#[^)]*)?\)")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf8"), flags=re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(document: Path):
    links = LINK.findall(document.read_text(encoding="utf8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_make_command_that_is_named_exists(document: Path):
    named_commands = set(re.findall(r"(?:^|`)make ([a-z-]+)", document.read_text(encoding="utf8"), flags=re.MULTILINE))
    assert named_commands <= make_targets()


def test_the_house_has_its_commands():
    assert make_targets() >= {"help", "install", "format", "lint", "test", "demo", "bench"}


def test_ci_runs_the_test_command_of_the_readme_and_nothing_else():
    script = (ROOT / ".ci/run").read_text(encoding="utf8")
    assert "set -euo pipefail" in script
    assert re.findall(r"^make (\S+)", script, flags=re.MULTILINE) == ["test"]
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf8")


def test_decisions_are_numbered_once():
    numbers = [path.name[:4] for path in DECISIONS]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_fits_on_one_page_and_says_why(decision: Path):
    text = decision.read_text(encoding="utf8")
    assert text.startswith(f"# {decision.name[:4]}. ")
    assert len(text.splitlines()) <= 60
    assert re.findall(r"^## (\w+)", text, flags=re.MULTILINE)[:3] == ["Context", "Decision", "Consequences"]


def test_the_list_of_decisions_names_each():
    listed = LINK.findall((ROOT / "docs/adr/README.md").read_text(encoding="utf8"))
    assert listed == [path.name for path in DECISIONS]


def test_the_glossary_explains_a_word_once():
    text = (ROOT / "docs/glossary.md").read_text(encoding="utf8")
    words = re.findall(r"\*\*([^*]+)\*\*", text)
    assert [word for word, n in Counter(words).items() if n > 1] == []
    assert len(words) > 50

"""An edited prompt, a new file, an uncommitted change: each is another candidate; a report of ours is not."""

import asyncio
import os
import subprocess
import time
from pathlib import Path

import pytest

from sluice.errors import UsageError
from sluice.identity import AgentIdentity
from sluice.settings.agent import AgentSettings
from tasks.identity import fingerprint_of, identify


def git(folder: Path, *words: str) -> str:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    who = ["-c", "user.name=Ana", "-c", "user.email=ana@example.invalid", "-c", "init.defaultBranch=main"]
    return subprocess.run(["git", *who, *words], cwd=folder, env=env, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def project(tmp_path):
    """A repository whose agent lies in a folder of its own."""
    folder = tmp_path / "repo" / "agent"
    (folder / "prompts").mkdir(parents=True)
    (folder / "prompts" / "system.txt").write_text("Be kind.", encoding="utf8")
    (folder / "tools.json").write_text("{}", encoding="utf8")
    (tmp_path / "repo" / ".gitignore").write_text("*.pyc\n", encoding="utf8")
    git(tmp_path / "repo", "init")
    git(tmp_path / "repo", "add", ".")
    git(tmp_path / "repo", "commit", "-m", "first")
    return folder


def identity(folder: Path, *fingerprint: str, **more: object) -> AgentIdentity:
    settings = AgentSettings(name="support", fingerprint=fingerprint)
    return asyncio.run(identify(settings, folder, **more))


def test_a_clean_tree_is_its_commit(project):
    commit = git(project, "rev-parse", "HEAD").strip()
    found = identity(project)
    assert found == AgentIdentity(agent="support", version=commit[:12], commit=commit)
    assert found.known


def test_any_uncommitted_change_is_another_candidate(project):
    seen = [identity(project)]
    (project / "prompts" / "system.txt").write_text("Be strict.", encoding="utf8")
    seen.append(identity(project))
    (project / "prompts" / "system.txt").write_text("Be cruel.", encoding="utf8")
    seen.append(identity(project))
    git(project, "add", ".")
    (project / "new.txt").write_text("one", encoding="utf8")
    seen.append(identity(project))
    (project / "new.txt").write_text("two", encoding="utf8")
    seen.append(identity(project))
    (project.parent / "elsewhere.txt").write_text("the whole work tree counts", encoding="utf8")
    seen.append(identity(project))
    (project / "tools.json").unlink()
    seen.append(identity(project))
    assert len({one.digest for one in seen}) == len(seen)
    assert [one.version.endswith("-dirty") for one in seen] == [False] + [True] * 6


def test_a_change_taken_back_is_the_old_candidate_again(project):
    before = identity(project)
    (project / "tools.json").write_text("[]", encoding="utf8")
    assert identity(project) != before
    (project / "tools.json").write_text("{}", encoding="utf8")
    assert identity(project) == before


def test_what_sluice_writes_and_what_git_ignores_is_no_change(project):
    before = identity(project)
    for folder in (project, project.parent):
        (folder / ".sluice" / "logs").mkdir(parents=True)
        (folder / ".sluice" / "logs" / "agent.log").write_text("x", encoding="utf8")
    (project / "agent.pyc").write_text("x", encoding="utf8")
    assert identity(project) == before


def test_what_is_excluded_is_no_change_whether_new_or_tracked(project):
    before = identity(project)
    (project / "report [1]").mkdir()
    (project / "report [1]" / "index.html").write_text("x", encoding="utf8")
    (project / "tools.json").write_text("[]", encoding="utf8")
    outside = [
        project / "report [1]",
        project / "tools.json",
        project.parents[2] / "not-in-the-repository",
        project.parent,
    ]
    assert identity(project, exclude=outside) == before
    (project / "new.txt").write_text("x", encoding="utf8")
    assert identity(project, exclude=outside) != before


def test_the_environment_of_a_git_hook_does_not_lead_elsewhere(project, monkeypatch):
    before = identity(project)
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert identity(project) == before


def test_a_stated_version_stands_and_an_override_stands_above_it(project):
    settings = AgentSettings(name="support", version="2.1")
    assert asyncio.run(identify(settings, project)).version == "2.1"
    assert asyncio.run(identify(settings, project, version_override="canary")).version == "canary"
    assert identity(project, version_override="canary").version == "canary"


def test_outside_of_a_repository_nothing_is_known_but_the_fingerprint(tmp_path):
    assert identity(tmp_path) == AgentIdentity(agent="support", version="unknown")
    assert not identity(tmp_path).known
    (tmp_path / "a.txt").write_text("a", encoding="utf8")
    assert identity(tmp_path, "a.txt").known


def test_before_the_first_commit_and_without_git_nothing_is_known(tmp_path, project, monkeypatch):
    git(tmp_path, "init")
    assert not identity(tmp_path).known
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not identity(project).known


def test_a_git_that_does_not_answer_in_time_gives_no_half_answer(project, tmp_path, monkeypatch):
    slow = tmp_path / "git"
    slow.write_text("#!/bin/sh\nexec sleep 30\n", encoding="utf8")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr("tasks._git._TIME_LIMIT_S", 0.2)
    started = time.perf_counter()
    assert identity(project) == AgentIdentity(agent="support", version="unknown")
    assert time.perf_counter() - started < 5


def test_a_new_file_too_large_to_read_is_told_apart_by_size_and_time(project, monkeypatch):
    monkeypatch.setattr("tasks._git._READ_BYTES", 10)
    (project / "weights.bin").write_bytes(b"x" * 11)
    first = identity(project)
    assert identity(project) == first
    (project / "weights.bin").write_bytes(b"x" * 12)
    assert identity(project) != first


def test_a_link_that_leads_nowhere_is_no_fault(project):
    (project / "link").symlink_to("nowhere")
    assert identity(project).dirty is not None


def test_the_fingerprint_covers_content_names_and_hidden_files(project):
    seen = {fingerprint_of(["prompts/**", "tools.json"], project)}
    (project / "prompts" / "system.txt").write_text("Be strict.", encoding="utf8")
    seen.add(fingerprint_of(["prompts/**", "tools.json"], project))
    (project / "prompts" / "deep" / "er").mkdir(parents=True)
    (project / "prompts" / "deep" / "er" / ".hidden").write_text("x", encoding="utf8")
    seen.add(fingerprint_of(["prompts/**", "tools.json"], project))
    (project / "prompts" / "deep" / "er" / ".hidden").rename(project / "prompts" / "deep" / "er" / ".other")
    seen.add(fingerprint_of(["prompts/**", "tools.json"], project))
    assert len(seen) == 4


def test_the_fingerprint_does_not_depend_on_the_order_or_overlap_of_patterns_nor_on_by_products(project):
    before = fingerprint_of(["prompts/**", "tools.json"], project)
    (project / "prompts" / "__pycache__").mkdir()
    (project / "prompts" / "__pycache__" / "x.pyc").write_text("x", encoding="utf8")
    assert fingerprint_of(["tools.json", "prompts/*.txt", "prompts/**"], project) == before
    assert fingerprint_of([], project) is None


@pytest.mark.parametrize("pattern", ["prompt/**", "prompts", "absent.json", "**/__pycache__/*"])
def test_a_pattern_that_matches_no_file_is_refused_by_name(project, pattern):
    with pytest.raises(UsageError, match="matches no file") as caught:
        fingerprint_of(["tools.json", pattern], project)
    assert repr(pattern) in str(caught.value)


def test_identity_is_found_quickly(project):
    fastest = min(_seconds(project) for _ in range(3))
    assert fastest < 0.5  # about 0.02 s here; a loaded machine is given room


def _seconds(project: Path) -> float:
    started = time.perf_counter()
    identity(project, "prompts/**")
    return time.perf_counter() - started

import json
from pathlib import Path

import pytest

from sluice.errors import UsageError
from tasks.gate.loading import load_project, load_questions, storage_url
from tasks.gate.request import GateRequest


def project(folder: Path, **sections):
    settings = {"agent": {"name": "a", "recorded": {"file": "runs.jsonl"}}, "golden": {"path": "golden.jsonl"}}
    for name, section in sections.items():
        settings[name] = {**settings.get(name, {}), **section}
    (folder / "golden.jsonl").write_text(json.dumps({"id": "c", "input": "hi"}) + "\n", encoding="utf8")
    (folder / "sluice.yaml").write_text(json.dumps(settings), encoding="utf8")
    return load_project(str(folder / "sluice.yaml"), env={})


def test_what_this_version_cannot_do_is_refused_rather_than_ignored(tmp_path):
    asked = project(tmp_path, agent={"calls_from": "spans"})
    with pytest.raises(UsageError, match="calls_from: spans cannot be carried out"):
        load_questions(asked, GateRequest())
    assert len(load_questions(project(tmp_path), GateRequest()).strata) == 1


def test_a_relative_database_lies_in_the_project_wherever_the_command_is_given(tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    assert storage_url(project(tmp_path)) == f"sqlite:///{tmp_path}/.sluice/sluice.db"


@pytest.mark.parametrize("url", ["sqlite:////var/lib/a.db", "postgresql://host/db"])
def test_any_other_database_is_taken_as_it_is(tmp_path, url):
    assert storage_url(project(tmp_path, storage={"url": url})) == url


def test_a_selection_that_leaves_nothing_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no case is left by --case x"):
        load_questions(project(tmp_path), GateRequest(cases=("x",)))

import csv
import json
import sys
from pathlib import Path

import pytest
from pyarrow import parquet

from tests.interfaces.conftest import Sluice
from tests.interfaces.scripted import BAD, GOOD, Project, ScriptedAgent, http_agent

INLINE = ("gate", "--engine", "inline", "--trials", "2")


@pytest.fixture
def run(project: Project, agent: ScriptedAgent, sluice: Sluice) -> str:
    """A run in which one of six cases fails."""
    agent.answer = lambda body, _number: BAD if body["key"].startswith("case-03") else GOOD
    assert sluice(*INLINE, "--json", "gate.json").exit_code == 3
    return str(project.json("gate.json")["run_id"])


def test_runs_are_listed_newest_first_as_lines_that_a_script_can_cut(project: Project, run: str, sluice: Sluice):
    sluice(*INLINE)
    result = sluice("runs", "list")
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert rows[0][:4] == ["run", "verdict", "state", "agent"]
    assert rows[2][:4] == [run, "INCONCLUSIVE", "finished", "scripted"]
    assert len(rows) == 3
    assert len(sluice("runs", "list", "--limit", "1").stdout.splitlines()) == 2
    listed = json.loads(sluice("runs", "list", "--json").stdout)
    assert [row["run"] for row in listed] == [rows[1][0], run]


def test_a_terminal_gets_a_table_with_whole_run_ids(
    run: str, sluice: Sluice, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    from interfaces.cli.runs import runs

    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    runs(["list"], standalone_mode=False)
    out = capsys.readouterr().out
    assert run in out
    assert "INCONCLUSIVE" in out
    assert "\t" not in out


def test_no_run_yet_is_no_error(project: Project, sluice: Sluice):
    result = sluice("runs", "list")
    assert (result.exit_code, result.stdout) == (0, "No run yet. `sluice gate` makes one.\n")
    assert json.loads(sluice("runs", "list", "--json").stdout) == []
    assert sluice("runs", "show").exit_code == 2


def test_a_verdict_is_shown_as_it_was_given(project: Project, run: str, sluice: Sluice):
    result = sluice("runs", "show", run[:-1], "--report", "report")
    assert result.exit_code == 0
    assert result.stdout.strip().startswith("INCONCLUSIVE: ")
    assert "expected issue_refund" in result.stdout
    assert "report/report.html" in result.stdout
    given, shown = project.json("gate.json"), json.loads(sluice("runs", "show", "--json").stdout)
    assert shown == given
    assert json.loads(Path("report/gate.json").read_text(encoding="utf8")) == given


def test_a_run_is_shown_without_expectations_that_have_changed_since(
    project: Project, run: str, agent: ScriptedAgent, sluice: Sluice
):
    project.cases([{"id": "case-03", "input": "other", "expect": {"answer": {"contains": ["other words"]}}}])
    result = sluice("runs", "show", run)
    assert result.exit_code == 0
    assert "case-03" in result.stdout
    assert "other words" not in result.stdout
    (project.root / "golden" / "cases.jsonl").unlink()
    assert sluice("runs", "show", run).exit_code == 0


def test_a_run_without_a_verdict_says_how_to_go_on(project: Project, agent: ScriptedAgent, sluice: Sluice):
    from storage.runs import create_run
    from storage.store import Store

    sluice("db", "upgrade")
    with Store.open(f"sqlite:///{project.root}/.sluice/sluice.db") as store:
        values = {"kind": "golden", "identity_digest": "", "dataset_version": "", "engine": "inline", "plan": None}
        store.write_now(
            lambda session: create_run(session, run_id="r-1", agent="scripted", created_at=store.now(), **values)
        )
    for command in (("show",), ("export", "--to", "x.csv")):
        result = sluice("runs", *command)
        assert result.exit_code == 2
        assert "sluice gate --resume r-1" in result.stderr
    assert "-\tcreated" in sluice("runs", "list").stdout
    refused = sluice("baseline", "pin", "--to", "b.jsonl")
    assert "run r-1 is created, not finished" in refused.stderr


def test_a_run_is_exported_as_csv_and_parquet_with_one_row_a_trial(project: Project, run: str, sluice: Sluice):
    assert "12 trials to trials.csv" in sluice("runs", "export", run, "--to", "trials.csv").stdout
    with Path("trials.csv").open(newline="", encoding="utf8") as file:
        rows = list(csv.DictReader(file))
    assert [row["case_id"] for row in rows].count("case-03") == 2
    assert {row["passed"] for row in rows if row["case_id"] == "case-03"} == {"False"}
    assert "12 trials to t.parquet" in sluice("runs", "export", "--to", "t.parquet").stdout
    table = parquet.read_table("t.parquet")
    assert (table.num_rows, sum(table["passed"].to_pylist())) == (12, 10)
    assert sluice("runs", "export").exit_code == 0
    assert Path(f"{run}.csv").read_bytes() == Path("trials.csv").read_bytes()


def test_exported_runs_are_scored_and_compared_as_the_gate_did(project: Project, run: str, sluice: Sluice):
    assert "recorded runs to runs.jsonl" in sluice("runs", "export", "--to", "runs.jsonl").stdout
    result = sluice("score", "--golden", "golden", "--runs", "runs.jsonl", "--json", "scores.jsonl")
    assert "12 trials: 10 passed" in result.stdout
    scores = [json.loads(line) for line in Path("scores.jsonl").read_text(encoding="utf8").splitlines()]
    assert {score["case_id"] for score in scores if not score["passed"]} == {"case-03"}
    files = ("--baseline", "runs.jsonl", "--candidate", "runs.jsonl")
    sluice("compare", "--golden", "golden", *files, "--json", "compare.json")
    passed = [(case["case_id"], case["passed_trials"]) for case in project.json("compare.json")["cases"]]
    assert passed == [(case["case_id"], case["passed_trials"]) for case in project.json("gate.json")["cases"]]


def test_exported_runs_are_an_agent_that_gives_the_same_verdict(project: Project, run: str, sluice: Sluice):
    sluice("runs", "export", "--to", "runs.jsonl")
    project.settings(agent={"name": "again", "recorded": {"file": "runs.jsonl"}}, policy={"guards": {}})
    assert sluice(*INLINE, "--json", "again.json").exit_code == 3
    again = project.json("again.json")
    assert (again["trials"]["evaluated"], again["tiers"]) == (12, project.json("gate.json")["tiers"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--to", "trials.xlsx"), "cannot tell the format of trials.xlsx by its ending"),
        (("--to", "golden/cases.jsonl/x.csv"), "cannot write"),
        (("nope",), "'nope' fits no run"),
    ],
)
def test_an_export_that_cannot_be_made_exits_2(
    project: Project, run: str, sluice: Sluice, options: tuple[str, ...], words: str
):
    result = sluice("runs", "export", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_the_ending_gives_way_to_the_format_asked_for(project: Project, run: str, sluice: Sluice):
    assert sluice("runs", "export", "--to", "trials.dat", "--format", "csv").exit_code == 0
    assert Path("trials.dat").read_text(encoding="utf8").startswith("run_id,")


def test_config_shows_what_is_in_force_without_secrets(
    project: Project, sluice: Sluice, monkeypatch: pytest.MonkeyPatch
):
    project.settings(agent=http_agent("http://127.0.0.1:9/") | {"name": "scripted"}, judges={"main": {"api_key": "k1"}})
    monkeypatch.setenv("SLUICE_AGENT__TIMEOUT_S", "7.5")
    shown = sluice("config").stdout
    assert "timeout_s: 7.5" in shown
    assert "k1" not in shown
    policy = sluice("config", "policy").stdout
    assert policy.startswith("policy:\n")
    assert "timeout_s" not in policy
    unknown = sluice("config", "polcy")
    assert unknown.exit_code == 2
    assert "there is no section polcy" in unknown.stderr


def test_config_in_another_encoding_is_escaped(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
):
    from interfaces.cli.commands import app

    project.settings(agent={"name": "Jürgen"})
    sys.stdout.reconfigure(encoding="ascii")  # type: ignore[union-attr]
    app(["config", "agent"], standalone_mode=False)
    sys.stdout.reconfigure(encoding="utf8")  # type: ignore[union-attr]
    assert rb'name: "J\xFCrgen"' in capsysbinary.readouterr().out


def test_the_database_is_checked_created_and_found_up_to_date(project: Project, sluice: Sluice):
    missing = sluice("db", "check")
    assert missing.exit_code == 4
    assert "does not exist" in missing.stderr
    assert "sluice db upgrade" in missing.stderr
    made = sluice("db", "upgrade")
    assert (made.exit_code, made.stdout.strip().endswith("is up to date now")) == (0, True)
    assert sluice("db", "check").exit_code == 0
    assert sluice("db", "upgrade").stdout.strip().endswith("was up to date")

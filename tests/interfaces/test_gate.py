import json
import time
from pathlib import Path

import jsonschema
import pytest

from tests.interfaces.conftest import ROOT, Sluice
from tests.interfaces.scripted import BAD, GOOD, NO_GUARDS, Answer, Project, ScriptedAgent, a_case, http_agent

SCHEMA = json.loads((ROOT / "docs" / "reference" / "gate.schema.json").read_text(encoding="utf8"))
INLINE = ("gate", "--engine", "inline")
FLOOR = NO_GUARDS | {"tiers": {"standard": {"floor": 0.8, "trials": 2}}}


def told(stderr: str) -> list[str]:
    """The lines of standard error that are no progress."""
    return [line for line in stderr.splitlines() if " trials: " not in line and not line.startswith("running ")]


def test_a_good_agent_over_its_floor_passes(project: Project, agent: ScriptedAgent, sluice: Sluice):
    # 24 cases x 2 trials, all passed: far above a floor of 80 %
    project.settings(agent=http_agent(agent.url), policy=FLOOR).cases([a_case(number) for number in range(24)])
    result = sluice(*INLINE, "--json", "out/gate.json", "--report", "report")
    assert (result.exit_code, result.stdout.split(":")[0].strip()) == (0, "PASS")
    assert "48 of 48 trials: 48 passed, 0 failed" in result.stderr
    report = project.json("out/gate.json")
    jsonschema.validate(report, SCHEMA)
    assert report["verdict"] == "PASS"
    assert sorted(path.name for path in Path("report").iterdir()) == [
        "gate.json",
        "junit.xml",
        "report.html",
        "summary.md",
    ]
    assert len(agent.asked) == 48


def test_a_bad_agent_below_its_floor_fails_and_says_which_cases_and_why(
    project: Project, agent: ScriptedAgent, sluice: Sluice
):
    project.settings(agent=http_agent(agent.url), policy=FLOOR)
    agent.says(BAD)
    result = sluice(*INLINE)
    assert (result.exit_code, result.stdout.split(":")[0].strip()) == (1, "FAIL")
    assert "0 of 12 trials passed" in result.stdout
    assert "expected issue_refund" in result.stdout
    assert "case-00, case-01, case-02" in result.stdout


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"<html>not json", "JSON"),
        ({"wrong": "field"}, "no answer where one was agreed"),
        ({"reply": "The refund was issued.", "calls": "three"}, "call"),
        ((500, b"oops"), "500"),
    ],
    ids=["no JSON", "wrong fields", "calls of another form", "server error"],
)
def test_an_agent_that_answers_garbage_fails_and_the_report_says_why(
    project: Project, agent: ScriptedAgent, sluice: Sluice, answer: Answer, reason: str
):
    project.settings(agent=http_agent(agent.url), policy=FLOOR)
    agent.says(answer)
    result = sluice(*INLINE, "--json", "gate.json", "--report", "report")
    assert (result.exit_code, result.stdout.split(":")[0].strip()) == (1, "FAIL")
    reasons = [reason for case in project.json("gate.json")["cases"] for reason in case["reasons"]]
    assert any(reason in one for one in reasons), reasons
    assert reason in Path("report/summary.md").read_text(encoding="utf8")
    assert reason in result.stdout
    # an answer is never asked for twice, however bad it is
    assert len(agent.asked) == 12


def test_an_agent_that_always_times_out_fails_soon_and_says_so(project: Project, agent: ScriptedAgent, sluice: Sluice):
    project.settings(agent=http_agent(agent.url, timeout_s=0.3), policy=FLOOR)
    agent.answer = lambda _body, _number: time.sleep(1) or GOOD
    began = time.monotonic()
    result = sluice(*INLINE)
    assert (result.exit_code, result.stdout.split(":")[0].strip()) == (1, "FAIL")
    assert "timed out" in result.stdout
    # all 12 trials at once, each given 0.3 s; the rest is starting up on a busy machine
    assert time.monotonic() - began < 8


def test_an_agent_that_dies_half_way_never_passes_and_can_be_gone_on_with(
    project: Project, agent: ScriptedAgent, sluice: Sluice
):
    project.settings(agent=http_agent(agent.url, connect_tries=1, version="v1"), policy=FLOOR)
    agent.answer = lambda _body, number: GOOD if number < 7 else None
    result = sluice(*INLINE, "--json", "gate.json")
    # 7 of 12 passed for sure; with the 5 others counted as failed the floor of 80 % is not reached
    assert (result.exit_code, project.json("gate.json")["verdict"]) == (3, "INCONCLUSIVE")
    assert "5 of 12 trials could not be evaluated" in result.stdout
    run = project.json("gate.json")["run_id"]
    assert f"Warning: 5 trials brought no answer; to ask for no others: sluice gate --resume {run}" in result.stdout
    refused = sluice("baseline", "pin", "latest", "--to", "baseline.jsonl")
    assert refused.exit_code == 2
    assert f"run {run} is failed, not finished" in refused.stderr

    asked = set(agent.answered[:7])
    agent.asked.clear()
    agent.says(GOOD)
    # the same candidate, so that the run is found again without being named
    again = sluice(*INLINE, "--json", "gate.json")
    assert f"going on with run {run}, which has 7 answers" in again.stderr
    assert (len(agent.asked), asked & set(agent.asked)) == (5, set())
    assert project.json("gate.json")["run_id"] == run
    assert "brought no answer" not in again.stdout


def test_a_finished_run_is_not_gone_on_with(project: Project, agent: ScriptedAgent, sluice: Sluice):
    assert sluice(*INLINE, "--trials", "1").exit_code == 3
    result = sluice(*INLINE, "--trials", "1", "--resume", "latest")
    assert result.exit_code == 2
    assert " is finished" in result.stderr
    assert "without --resume a new run starts" in result.stderr
    assert len(agent.asked) == 6


def test_another_candidate_does_not_inherit_a_run(project: Project, agent: ScriptedAgent, sluice: Sluice):
    agent.answer = lambda _body, number: GOOD if number < 4 else None
    project.settings(agent=http_agent(agent.url, connect_tries=1), policy=NO_GUARDS)
    assert sluice(*INLINE, "--trials", "1", "--agent-version", "v1").exit_code == 3
    result = sluice(*INLINE, "--trials", "1", "--agent-version", "v2", "--resume", "latest")
    assert result.exit_code == 2
    assert "cannot go on: its candidate was" in result.stderr


@pytest.mark.parametrize("trials", [(), ("--trials", "2")])
def test_without_baseline_and_floor_nothing_is_decided_and_the_pin_command_is_told(
    project: Project, sluice: Sluice, trials: tuple[str, ...]
):
    result = sluice(*INLINE, *trials)
    assert (result.exit_code, result.stdout.split(":")[0].strip()) == (3, "INCONCLUSIVE")
    assert "sluice baseline pin" in result.stdout


def test_a_drop_against_a_pinned_baseline_fails(project: Project, agent: ScriptedAgent, sluice: Sluice):
    assert sluice(*INLINE, "--trials", "5").exit_code == 3
    assert sluice("baseline", "pin", "--to", "baseline.jsonl.gz", "--by", "ana").exit_code == 0
    agent.answer = lambda body, _number: BAD if body["key"].startswith(("case-00", "case-01", "case-02")) else GOOD
    result = sluice(*INLINE, "--trials", "5", "--baseline", "baseline.jsonl.gz", "--json", "gate.json")
    # 30 of 30 against 15 of 30 within cases
    assert (result.exit_code, project.json("gate.json")["verdict"]) == (1, "FAIL")
    assert project.json("gate.json")["change"]["drop"] == pytest.approx(0.5)
    assert "Pass rate fell by 50 points" in result.stdout


def test_a_run_of_the_store_is_a_baseline_by_its_id_a_beginning_of_it_or_latest(project: Project, sluice: Sluice):
    assert sluice(*INLINE, "--trials", "1", "--json", "first.json").exit_code == 3
    run = project.json("first.json")["run_id"]
    for name in (run, run[:-2], "latest"):
        result = sluice(*INLINE, "--trials", "1", "--baseline", name, "--json", "gate.json")
        assert result.exit_code == 3, result.stderr
        assert project.json("gate.json")["baseline"]["trials"] == 6


@pytest.mark.parametrize(
    ("baseline", "words"),
    [
        ("nope", "--baseline nope is neither a file nor a run"),
        ("", "is neither a file nor a run"),
        ("golden", "--baseline golden is neither a file nor a run"),
    ],
)
def test_a_baseline_that_is_not_there_is_told_before_any_call(
    project: Project, agent: ScriptedAgent, sluice: Sluice, baseline: str, words: str
):
    result = sluice(*INLINE, "--baseline", baseline)
    assert (result.exit_code, result.stdout, agent.asked) == (2, "", [])
    assert words in result.stderr
    assert len(told(result.stderr)) == 2


def test_a_configured_baseline_that_is_missing_is_an_error_unless_floors_decide(
    project: Project, agent: ScriptedAgent, sluice: Sluice
):
    settings = {"agent": http_agent(agent.url), "policy": FLOOR}
    project.settings(**settings, baseline={"file": "golden/baseline.jsonl"})
    result = sluice(*INLINE)
    assert (result.exit_code, agent.asked) == (2, [])
    assert "there is no baseline" in result.stderr
    assert "sluice baseline pin RUN --to" in result.stderr
    project.settings(**settings, baseline={"file": "golden/baseline.jsonl", "when_missing": "floors"})
    result = sluice(*INLINE)
    # 12 of 12 passed, the floor is 80 %
    assert result.exit_code == 0
    assert "Warning: there is no baseline" in result.stdout


def test_an_answer_to_a_changed_question_does_not_count_as_baseline(project: Project, sluice: Sluice):
    assert sluice(*INLINE, "--trials", "1").exit_code == 3
    assert sluice("baseline", "pin", "--to", "baseline.jsonl", "--by", "ana").exit_code == 0
    project.cases([a_case(0, input="asked in other words"), *[a_case(number) for number in range(1, 7)]])
    sluice(*INLINE, "--trials", "1", "--baseline", "baseline.jsonl", "--json", "gate.json")
    notes = {case["case_id"]: case["note"] for case in project.json("gate.json")["cases"]}
    assert {name: note for name, note in notes.items() if note} == {"case-00": "changed", "case-06": "new"}


@pytest.mark.parametrize(
    ("options", "n_asked"),
    [
        # a pattern that fits a case takes its variants along
        (("--case", "case-0[12]"), 3),
        (("--tag", "money"), 1),
        (("--case", "case-01/p1"), 1),
        (("--case", "case-01*"), 2),
    ],
)
def test_a_partial_run_says_so_and_cannot_be_pinned(
    project: Project, agent: ScriptedAgent, sluice: Sluice, options: tuple[str, ...], n_asked: int
):
    variant = {"id": "p1", "input": "in other words", "outcome": "same"}
    project.cases([a_case(0, tags=["money"]), a_case(1, variants=[variant]), a_case(2)])
    result = sluice(*INLINE, "--trials", "1", *options, "--json", "gate.json")
    assert len(agent.asked) == n_asked
    assert " ".join(options) in result.stdout
    assert project.json("gate.json")["partial"] == " ".join(options)
    refused = sluice("baseline", "pin", "latest", "--to", "baseline.jsonl")
    assert refused.exit_code == 2
    assert "is partial" in refused.stderr
    assert not Path("baseline.jsonl").exists()


@pytest.mark.parametrize("options", [("--case", "zzz"), ("--tag", "zzz"), ("--case", "")])
def test_a_selection_that_leaves_nothing_exits_2(project: Project, agent: ScriptedAgent, sluice: Sluice, options):
    result = sluice(*INLINE, *options)
    assert (result.exit_code, agent.asked) == (2, [])
    assert "no case is left by" in result.stderr


def test_an_empty_dataset_exits_2(project: Project, agent: ScriptedAgent, sluice: Sluice):
    project.cases([])
    result = sluice(*INLINE)
    assert (result.exit_code, result.stdout, agent.asked) == (2, "", [])
    assert "holds no golden case" in result.stderr


DOWN = {
    "port closed": ({}, "could not be reached"),
    "never healthy": (
        {"start": "sleep 60", "health": "http://127.0.0.1:9/health", "start_timeout_s": 0.5},
        "was not healthy within 0.5 s",
    ),
    "dies at start": (
        {"start": "sh -c 'echo no such prompt file; exit 3'", "health": "http://127.0.0.1:9/health"},
        "no such prompt file",
    ),
    "no such program": ({"start": "/nope/agent", "health": "http://127.0.0.1:9/health"}, "/nope/agent"),
}


@pytest.mark.parametrize("name", DOWN)
def test_an_agent_that_is_down_is_an_error_and_its_last_words_are_told(project: Project, sluice: Sluice, name: str):
    more, words = DOWN[name]
    # port 9 (discard) has no listener on a test machine
    project.settings(agent=http_agent("http://127.0.0.1:9/ask", connect_tries=1, **more), policy=FLOOR)
    result = sluice(*INLINE)
    assert (result.exit_code, result.stdout.split("ERROR: ")[0].split("Warning:")[0].strip()) == (4, "")
    assert words in result.stdout
    assert "0 passed, 0 failed" not in result.stdout
    assert "sluice gate" in result.stdout


def test_a_case_that_this_version_cannot_run_is_never_passed(project: Project, agent: ScriptedAgent, sluice: Sluice):
    project.settings(agent=http_agent(agent.url), policy=FLOOR)
    turns = [{"user": "Cancel it"}, {"user": "A-1"}]
    conversation = {"id": "talk", "turns": turns, "expect": {"answer": {"contains": ["refund"]}}}
    project.cases([a_case(0), conversation])
    result = sluice(*INLINE, "--json", "gate.json")
    # 2 of 4 trials passed, the others could not be run: neither the floor nor its opposite is proved
    assert result.exit_code in (3, 4)
    (talk,) = [case for case in project.json("gate.json")["cases"] if case["case_id"] == "talk"]
    assert "cannot run" in " ".join(talk["reasons"])
    # nothing is left that could be asked for
    assert "brought no answer" not in result.stdout
    assert len(agent.asked) == 2


def test_a_never_event_fails_whatever_else_passes(project: Project, agent: ScriptedAgent, sluice: Sluice):
    never = [{"tool": "issue_refund", "args": {"order_id": {"regex": "^A-"}}}]
    project.settings(agent=http_agent(agent.url), policy=FLOOR | {"never": never})
    result = sluice(*INLINE)
    assert (result.exit_code, result.stdout.split(":")[0].strip()) == (1, "FAIL")
    assert "Never-event" in result.stdout


def test_the_tools_file_decides_about_arguments(project: Project, agent: ScriptedAgent, sluice: Sluice):
    Path("tools.json").write_text(
        json.dumps([{"name": "issue_refund", "parameters": {"properties": {"order_id": {"type": "integer"}}}}]),
        encoding="utf8",
    )
    project.settings(agent=http_agent(agent.url), policy=FLOOR, tools={"file": "tools.json"})
    result = sluice(*INLINE)
    assert result.exit_code == 1
    assert "integer" in result.stdout


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"agent": {"nmae": "x"}}, 'unknown key "nmae", did you mean "name"?'),
        ({"agentt": {}}, 'unknown key "agentt", did you mean "agent"?'),
        ({"policy": {"alpha": 2}}, "policy.alpha: must be below 0.5, got 2"),
        ({"agent": {}}, "exactly one of the ways http, command, python, recorded; got none"),
        ({"agent": {"http": {"url": "ftp://x"}}}, "must begin with http://"),
        ({"agent": {"recorded": {"file": "nope.jsonl"}}}, "nope.jsonl"),
        ({"golden": {"path": "nope"}, "agent": {"recorded": {"file": "r.jsonl"}}}, "there is no file or folder"),
        ({"tools": {"file": "nope.json"}, "agent": {"recorded": {"file": "r.jsonl"}}}, "there is no tools file"),
    ],
)
def test_settings_that_cannot_be_used_exit_2_and_name_what_is_wrong(
    project: Project, sluice: Sluice, settings: dict[str, object], words: str
):
    project.lines("r.jsonl", [])
    project.settings(**settings)
    result = sluice(*INLINE)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert len(told(result.stderr)) <= 2


def test_a_tier_that_cannot_prove_its_floor_exits_2_before_any_call(
    project: Project, agent: ScriptedAgent, sluice: Sluice
):
    tier = {"floor": 0.99, "prove": True, "trials": "auto", "max_trials": 2}
    project.settings(agent=http_agent(agent.url), policy={"tiers": {"standard": tier}})
    result = sluice(*INLINE)
    assert (result.exit_code, agent.asked) == (2, [])
    # .99^299 = .0495 is the first power below alpha: 299 clean trials, at 2 a case 150 cases
    assert "299 clean trials" in result.stderr
    assert "at least 150 cases" in result.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--config", "nope.yaml"),
        ("--golden", "nope"),
        ("--report", "file/report"),
        ("--json", "file/gate.json"),
        ("--json", "golden"),
        ("--resume", "nope"),
        ("--resume", ""),
        ("--baseline", "file"),
    ],
    ids=" ".join,
)
def test_options_that_cannot_be_used_exit_2_before_any_call(
    project: Project, agent: ScriptedAgent, sluice: Sluice, options: tuple[str, ...]
):
    Path("file").write_text("x", encoding="utf8")
    result = sluice(*INLINE, *options)
    assert (result.exit_code, result.stdout, agent.asked) == (2, "", [])
    assert result.stderr.startswith("Error: ")
    assert len(told(result.stderr)) == 2


@pytest.mark.parametrize(
    "options", [("--trils", "1"), ("--trials", "0"), ("--trials", "x"), ("--engine", "foo"), ("x",)]
)
def test_unknown_options_and_values_exit_2(project: Project, agent: ScriptedAgent, sluice: Sluice, options):
    result = sluice(*INLINE, *options)
    assert (result.exit_code, result.stdout, agent.asked) == (2, "", [])
    assert "Usage: sluice gate" in result.stderr


def test_what_an_agent_says_reaches_the_terminal_without_control_characters(
    project: Project, agent: ScriptedAgent, sluice: Sluice
):
    project.settings(agent=http_agent(agent.url), policy=FLOOR)
    agent.says({"reply": "\x1b[2Jgone \x00 \ud800", "calls": [{"name": "\x1b]0;title\x07", "args": {}}]})
    result = sluice(*INLINE)
    assert result.exit_code == 1
    assert [letter for letter in result.stdout + result.stderr if ord(letter) < 32 and letter != "\n"] == []


def test_debug_lets_an_error_through_as_it_is(project: Project, sluice: Sluice):
    with pytest.raises(Exception, match="there is no settings file"):
        sluice("--debug", *INLINE, "--config", "nope.yaml")

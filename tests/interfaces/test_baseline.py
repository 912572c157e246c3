import gzip
import json
from pathlib import Path

import pytest

from tests.interfaces.conftest import Sluice
from tests.interfaces.scripted import BAD, GOOD, NO_GUARDS, Project, ScriptedAgent, http_agent

INLINE = ("gate", "--engine", "inline")
FLOOR = NO_GUARDS | {"tiers": {"standard": {"floor": 0.8, "trials": 2}}}


def header(path: str) -> dict[str, object]:
    text = gzip.decompress(Path(path).read_bytes()) if path.endswith(".gz") else Path(path).read_bytes()
    return json.loads(text.splitlines()[0])["sluice_baseline"]


def test_a_pinned_run_tells_where_it_comes_from_and_is_shown_again(project: Project, sluice: Sluice):
    assert sluice(*INLINE, "--trials", "2", "--agent-version", "v7", "--json", "gate.json").exit_code == 3
    pinned = sluice("baseline", "pin", "latest", "--to", "pins/baseline.jsonl.gz", "--by", "ana")
    assert pinned.exit_code == 0
    run = project.json("gate.json")["run_id"]
    assert f"Pinned run {run} to pins/baseline.jsonl.gz: 12 trials of 6 strata" in pinned.stdout
    assert f"sluice baseline pin {run} --to pins/baseline.jsonl.gz --trials 10 --by ana" in pinned.stdout
    pin = header("pins/baseline.jsonl.gz")
    assert (pin["agent"], pin["run_id"], pin["pinned_by"], len(pin["stimuli"])) == ("scripted", run, "ana", 6)
    assert pin["identity"]["version"] == "v7"
    shown = sluice("baseline", "show", "pins/baseline.jsonl.gz").stdout
    assert "pins/baseline.jsonl.gz: 12 trials of 6 strata" in shown
    for words in ("scripted", "v7", run, " by ana"):
        assert words in shown


def test_the_same_run_pinned_twice_gives_the_same_answers(project: Project, sluice: Sluice):
    sluice(*INLINE, "--trials", "1")
    for name in ("a.jsonl", "b.jsonl"):
        assert sluice("baseline", "pin", "--to", name, "--by", "ana").exit_code == 0
    first, second = (Path(name).read_text(encoding="utf8").splitlines()[1:] for name in ("a.jsonl", "b.jsonl"))
    assert first == second
    assert len(first) == 6


def test_without_a_file_the_settings_say_where_the_baseline_is(project: Project, agent: ScriptedAgent, sluice: Sluice):
    sluice(*INLINE, "--trials", "1")
    nowhere = sluice("baseline", "pin")
    assert (nowhere.exit_code, nowhere.stderr.splitlines()) == (
        2,
        ["Error: no baseline file is named", "use --to FILE, or set baseline.file in sluice.yaml"],
    )
    assert sluice("baseline", "show").exit_code == 2
    project.settings(agent=http_agent(agent.url), baseline={"file": "golden/baseline.jsonl"})
    assert sluice("baseline", "pin").exit_code == 0
    assert "6 trials of 6 strata" in sluice("baseline", "show").stdout
    # the baseline lies among the cases and is none
    assert sluice("golden", "check").exit_code == 0


def test_a_short_run_is_topped_up_with_trials_of_the_same_candidate(
    project: Project, agent: ScriptedAgent, sluice: Sluice
):
    sluice(*INLINE, "--trials", "1", "--agent-version", "v7")
    agent.asked.clear()
    options = ("--to", "baseline.jsonl", "--by", "ana", "--trials", "3")
    other = sluice("baseline", "pin", *options, "--agent-version", "v8")
    assert (other.exit_code, agent.asked) == (2, [])
    assert "its candidate was" in other.stderr
    result = sluice("baseline", "pin", *options, "--agent-version", "v7")
    assert result.exit_code == 0, result.stderr
    assert "18 trials of 6 strata" in result.stdout
    # two more of each of six
    assert len(agent.asked) == 12
    assert len(Path("baseline.jsonl").read_text(encoding="utf8").splitlines()) == 19
    assert "10, small drops are found" in result.stdout


def test_a_failed_run_is_no_baseline_unless_a_person_insists(project: Project, agent: ScriptedAgent, sluice: Sluice):
    project.settings(agent=http_agent(agent.url), policy=FLOOR)
    agent.says(BAD)
    assert sluice(*INLINE).exit_code == 1
    refused = sluice("baseline", "pin", "--to", "baseline.jsonl")
    assert refused.exit_code == 2
    assert "failed: " in refused.stderr
    assert "--even-failed pins it all the same" in refused.stderr
    assert not Path("baseline.jsonl").exists()
    assert sluice("baseline", "pin", "--to", "baseline.jsonl", "--even-failed").exit_code == 0


def test_a_run_without_an_answer_is_no_baseline(project: Project, sluice: Sluice):
    project.settings(agent=http_agent("http://127.0.0.1:9/ask", connect_tries=1))
    assert sluice(*INLINE, "--trials", "1").exit_code == 4
    refused = sluice("baseline", "pin", "--to", "baseline.jsonl")
    assert (refused.exit_code, Path("baseline.jsonl").exists()) == (2, False)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pin", "--to", "b.jsonl"), "there is no run yet"),
        (("pin", "nope", "--to", "b.jsonl"), "'nope' fits no run"),
        (("pin", "", "--to", "b.jsonl"), "'' fits no run"),
        (("show", "nope.jsonl"), "nope.jsonl"),
        (("show", "golden"), "golden"),
        (("show", "-c", "nope.yaml"), "there is no settings file"),
    ],
)
def test_what_is_not_there_is_told_in_two_lines(
    project: Project, sluice: Sluice, arguments: tuple[str, ...], words: str
):
    result = sluice("baseline", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 2


def test_a_beginning_that_fits_several_runs_is_refused(project: Project, sluice: Sluice):
    sluice(*INLINE, "--trials", "1")
    sluice(*INLINE, "--trials", "1")
    result = sluice("baseline", "pin", "2", "--to", "b.jsonl")
    assert result.exit_code == 2
    assert "'2' fits 2 runs" in result.stderr


def test_a_place_that_cannot_be_written_is_told(project: Project, sluice: Sluice):
    sluice(*INLINE, "--trials", "1")
    Path("file").write_text("x", encoding="utf8")
    result = sluice("baseline", "pin", "--to", "file/baseline.jsonl")
    assert result.exit_code == 2
    assert "cannot write" in result.stderr


def test_a_plain_file_of_runs_is_shown_as_what_it_is(project: Project, sluice: Sluice):
    project.lines("runs.jsonl", [{"case_id": "case-00", "output": "x"}])
    shown = sluice("baseline", "show", "runs.jsonl")
    assert (shown.exit_code, shown.stdout.splitlines()) == (
        0,
        ["runs.jsonl: 1 trials of 1 strata", "no pin: a plain file of recorded runs"],
    )


HEADERS = [
    '{"sluice_baseline": 3}',
    '{"sluice_baseline"',
    '["sluice_baseline"]',
    '{"sluice_baseline": {"stimuli": 3}}',
    '{"sluice_baseline": {"stimuli": {"a": 3}}}',
    '{"sluice_baseline": {"identity": "x"}}',
    '{"sluice_baseline": {"agent": ["x"]}}',
    '{"sluice_baseline": ' + "[" * 50_000,
]


@pytest.mark.parametrize("line", HEADERS, ids=range(len(HEADERS)))
def test_a_header_that_cannot_be_read_exits_2(project: Project, sluice: Sluice, line: str):
    Path("baseline.jsonl").write_text(line + "\n", encoding="utf8")
    result = sluice("baseline", "show", "baseline.jsonl")
    assert result.exit_code == 2
    assert "begins with a baseline header that cannot be read" in result.stderr


def test_a_problem_below_the_header_keeps_its_line_number(project: Project, sluice: Sluice):
    sluice(*INLINE, "--trials", "1")
    sluice("baseline", "pin", "--to", "baseline.jsonl")
    lines = Path("baseline.jsonl").read_text(encoding="utf8").splitlines()
    Path("baseline.jsonl").write_text("\n".join([*lines, lines[1]]), encoding="utf8")
    result = sluice("baseline", "show", "baseline.jsonl")
    # a header, six runs, and the first of them again
    assert result.exit_code == 2
    assert "baseline.jsonl:8:" in result.stderr


def test_the_answers_of_an_unfinished_run_are_not_pinned(project: Project, agent: ScriptedAgent, sluice: Sluice):
    project.settings(agent=http_agent(agent.url, connect_tries=1))
    agent.answer = lambda _body, number: GOOD if number < 5 else None
    sluice(*INLINE, "--trials", "1")
    result = sluice("baseline", "pin", "--to", "baseline.jsonl")
    assert result.exit_code == 2
    assert "end it first: sluice gate --resume" in result.stderr

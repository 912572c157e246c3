"""`sluice score` and `sluice compare` on files of recorded runs."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from interfaces.cli.commands import app
from tests.interfaces.conftest import ROOT, Sluice
from tests.interfaces.scripted import Project

SCHEMA = json.loads((ROOT / "docs" / "reference" / "gate.schema.json").read_text(encoding="utf8"))


def cases(number: int) -> list[dict[str, Any]]:
    return [
        {"id": f"case-{place:03}", "input": "x", "expect": {"answer": {"contains": ["good"]}}}
        for place in range(number)
    ]


def runs(n_passed: int, n_cases: int, *, trials: int = 1) -> list[dict[str, Any]]:
    """Recorded runs of which the first ``n_passed`` pass, case after case."""
    return [
        {
            "case_id": f"case-{place % n_cases:03}",
            "trial": place // n_cases,
            "output": "good" if place < n_passed else "bad",
        }
        for place in range(n_cases * trials)
    ]


def compared(
    sluice: Sluice, project: Project, old: Iterable[dict[str, Any]], new: Iterable[dict[str, Any]]
) -> tuple[int, dict[str, Any], str]:
    project.lines("old.jsonl", list(old))
    project.lines("new.jsonl", list(new))
    files = ("--baseline", "old.jsonl", "--candidate", "new.jsonl")
    result = sluice("compare", "--golden", "golden", *files, "--json", "gate.json")
    report = project.json("gate.json")
    jsonschema.validate(report, SCHEMA)
    assert report["exit_code"] == result.exit_code
    return result.exit_code, report, result.stdout


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A dataset and no settings: the policy is the default one."""
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path).cases(cases(40))


@pytest.mark.parametrize(
    ("n_passed", "n_cases"), [(1, 1), (0, 1), (5, 5), (0, 5), (13, 20), (34, 40), (0, 40), (40, 40)]
)
def test_a_file_compared_with_itself_never_fails(project: Project, sluice: Sluice, n_passed: int, n_cases: int):
    project.cases(cases(n_cases))
    same = runs(n_passed, n_cases)
    code, report, _ = compared(sluice, project, same, same)
    assert code in (0, 3)
    assert (report["change"]["drop"], report["change"]["failed"]) == (0, False)


def test_34_of_40_falling_to_20_of_40_fails(project: Project, sluice: Sluice):
    code, report, out = compared(sluice, project, runs(34, 40), runs(20, 40))
    assert (code, report["verdict"]) == (1, "FAIL")
    # 14 of 40 cases went from passed to failed and none the other way: .5^14 = .00006 by a sign test
    assert report["change"]["drop"] == pytest.approx(14 / 40)
    assert report["change"]["p_value"] < 0.001
    assert "Pass rate fell by 35 points" in out


def test_13_of_20_falling_to_10_of_20_is_open_and_says_what_would_settle_it(project: Project, sluice: Sluice):
    project.cases(cases(20))
    code, report, out = compared(sluice, project, runs(13, 20), runs(10, 20))
    assert (code, report["verdict"]) == (3, "INCONCLUSIVE")
    # three cases of three: .5^3 = .125 is more than alpha
    assert report["change"]["p_value"] > 0.05
    # a case; with the one that each case has, a drop of 15 points is open
    needed = report["change"]["trials_to_settle"]
    assert needed > 1
    assert f"{needed} trials per case" in out
    assert "would settle it" in out


def test_380_of_400_against_the_same_passes(project: Project, sluice: Sluice):
    project.cases(cases(400))
    code, report, _ = compared(sluice, project, runs(380, 400), runs(380, 400))
    assert (code, report["verdict"]) == (0, "PASS")
    assert report["change"]["upper"] < 0.05


@pytest.mark.parametrize("n_passed", [20, 12, 0])
def test_a_candidate_in_which_8_of_20_cases_are_missing_never_passes(project: Project, sluice: Sluice, n_passed: int):
    project.cases(cases(20))
    code, report, out = compared(sluice, project, runs(n_passed, 20), runs(n_passed, 20)[:12])
    assert code != 0
    assert (report["trials"]["total"], report["trials"]["unevaluated"]) == (20, 8)
    assert "no recorded run of this trial" in json.dumps(report)
    assert "8 of 20 trials could not be evaluated" in out


def test_most_cases_missing_is_an_error(project: Project, sluice: Sluice):
    code, report, _ = compared(sluice, project, runs(40, 40), runs(40, 40)[:15])
    # 25 of 40 are not there: more than half
    assert (code, report["verdict"]) == (4, "ERROR")


def test_missing_repeats_are_told_too(project: Project, sluice: Sluice):
    whole = runs(80, 40, trials=2)
    _, report, _ = compared(sluice, project, whole, whole[:-3])
    assert (report["trials"]["total"], report["trials"]["unevaluated"]) == (80, 3)


def test_cases_that_the_baseline_does_not_have_are_new_and_listed(project: Project, sluice: Sluice):
    _, report, _ = compared(sluice, project, runs(38, 38), runs(40, 40))
    assert [case["case_id"] for case in report["cases"] if case["note"] == "new"] == ["case-038", "case-039"]
    assert report["change"]["strata"] == 38


def test_variants_are_strata_of_their_own(project: Project, sluice: Sluice):
    two = cases(2)
    two[0]["variants"] = [{"id": "p1", "input": "y", "outcome": "same"}]
    project.cases(two)
    old = [*runs(2, 2), {"case_id": "case-000", "variant": "p1", "trial": 0, "output": "good"}]
    _, report, _ = compared(sluice, project, old, [*old[:2], old[2] | {"output": "bad"}])
    found = {(case["case_id"], case["variant"]): case["passed_trials"] for case in report["cases"]}
    assert found == {("case-000", ""): 1, ("case-001", ""): 1, ("case-000", "p1"): 0}


def test_gzip_is_read_like_plain_text(project: Project, sluice: Sluice):
    text = "".join(json.dumps(run) + "\n" for run in runs(40, 40)).encode()
    Path("old.jsonl.gz").write_bytes(gzip.compress(text))
    Path("new.jsonl.gz").write_bytes(gzip.compress(text))
    files = ("--baseline", "old.jsonl.gz", "--candidate", "new.jsonl.gz")
    assert sluice("compare", "--golden", "golden", *files).exit_code in (0, 3)
    Path("new.jsonl.gz").write_bytes(gzip.compress(text)[:-20])
    broken = sluice("compare", "--golden", "golden", *files)
    assert (broken.exit_code, broken.stdout) == (2, "")
    assert broken.stderr.startswith("Error: new.jsonl.gz")


BROKEN = {
    "the same key twice": (json.dumps(runs(1, 1)[0]) + "\n") * 2,
    "no JSON": "{",
    "NaN": '{"case_id": "case-000", "trial": 0, "output": "good", "latency_s": NaN}',
    "a list": "[1]",
    "an unknown status": '{"case_id": "case-000", "output": "x", "status": "done"}',
    "a NUL byte": "\x00",
    "invalid UTF-8": b'{"case_id": "case-000", "output": "\xff"}',
    "a line of 50 MB": '{"case_id": "case-000", "output": "' + "x" * 50_000_000 + '"}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_exits_2_and_names_file_and_line(project: Project, sluice: Sluice, name: str):
    content = BROKEN[name]
    Path("new.jsonl").write_bytes(content if isinstance(content, bytes) else content.encode())
    project.lines("old.jsonl", runs(40, 40))
    result = sluice("compare", "--golden", "golden", "--baseline", "old.jsonl", "--candidate", "new.jsonl")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "new.jsonl:" in result.stderr
    assert len(result.stderr) < 2_000


@pytest.mark.parametrize("missing", ["--golden", "--baseline", "--candidate", "--config"])
def test_a_file_that_is_not_there_exits_2(project: Project, sluice: Sluice, missing: str):
    project.lines("runs.jsonl", runs(40, 40))
    options = {"--golden": "golden", "--baseline": "runs.jsonl", "--candidate": "runs.jsonl"} | {missing: "nope"}
    result = sluice("compare", *[word for option in options.items() for word in option])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "nope" in result.stderr
    assert len(result.stderr.splitlines()) <= 2


@pytest.mark.parametrize("command", ["compare", "score"])
def test_an_output_that_cannot_be_written_exits_2_before_anything_is_shown(
    project: Project, sluice: Sluice, command: str
):
    project.lines("runs.jsonl", runs(40, 40))
    options = ["--runs", "runs.jsonl"]
    if command == "compare":
        options = ["--baseline", "runs.jsonl", "--candidate", "runs.jsonl"]
    result = sluice(command, "--golden", "golden", *options, "--json", "runs.jsonl/out.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: cannot write")


def test_compare_writes_the_same_reports_as_a_gate(project: Project, sluice: Sluice):
    project.lines("runs.jsonl", runs(34, 40))
    files = ("--baseline", "runs.jsonl", "--candidate", "runs.jsonl")
    result = sluice("compare", "--golden", "golden", *files, "--report", "report")
    assert "report/report.html" in result.stdout
    written = sorted(path.name for path in Path("report").iterdir())
    assert written == ["gate.json", "junit.xml", "report.html", "summary.md"]


def test_compare_takes_the_policy_of_the_settings(project: Project, sluice: Sluice):
    project.settings(policy={"tiers": {"standard": {"floor": 0.9}}})
    same = runs(10, 40)
    code, report, out = compared(sluice, project, same, same)
    # a quarter passed where nine of ten were demanded
    assert (code, report["verdict"]) == (1, "FAIL")
    assert "below the floor of 90 %" in out


FIELDS = [
    *("case_id", "variant", "trial", "precision", "recall", "order", "parameters", "efficiency", "trajectory"),
    *("trajectory_passed", "answer_passed", "state_passed", "passed", "reasons"),
]


def test_score_gives_one_line_a_run_with_the_documented_fields(project: Project, sluice: Sluice):
    project.cases(
        [
            {"id": "a", "input": "x", "expect": {"trajectory": {"steps": [{"tool": "t"}, {"tool": "u"}]}}},
            {"id": "b", "input": "x", "expect": {"answer": {"contains": ["good"]}}},
        ]
    )
    project.lines(
        "runs.jsonl",
        [
            {"case_id": "a", "output": "", "tool_calls": [{"name": "t"}]},
            {"case_id": "b", "trial": 2, "output": "good"},
            {"case_id": "gone", "output": "x"},
        ],
    )
    result = sluice("score", "--golden", "golden", "--runs", "runs.jsonl", "--json", "scores.jsonl")
    assert result.exit_code == 0
    assert "Warning: 1 runs of runs.jsonl belong to no case of the dataset and are left out: gone" in result.stdout
    first, second = map(json.loads, Path("scores.jsonl").read_text(encoding="utf8").splitlines())
    assert list(first) == list(second) == FIELDS
    # one of two steps was called: recall 1/2, nothing superfluous
    assert (first["precision"], first["recall"], first["passed"]) == (1, 0.5, False)
    assert {name: second[name] for name in FIELDS[:2]} == {"case_id": "b", "variant": ""}
    assert (second["trial"], second["trajectory"], second["passed"], second["reasons"]) == (2, None, True, [])
    piped = sluice("score", "--golden", "golden", "--runs", "runs.jsonl")
    assert [json.loads(line) for line in piped.stdout.splitlines()] == [first, second]
    assert "2 trials: 1 passed" in piped.stderr


@pytest.fixture(scope="module")
def airline(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real runs of tau-bench's airline tasks, imported on the command line."""
    out = tmp_path_factory.mktemp("airline")
    source = shared_data / "tau_bench" / "trajectories_gpt-4o_airline.jsonl"
    done = CliRunner().invoke(app, ["golden", "import", "--from", "tau-bench", str(source), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "50 cases in" in done.stdout
    assert "200 recorded runs in" in done.stdout
    assert f"Next: sluice score --golden {out}/golden --runs {out}/runs.jsonl" in done.stdout
    return out


def numbers(out: str) -> dict[str, float]:
    """The agreement as it is shown: label and number."""
    rows = [line.rsplit("  ", 1) for line in out.splitlines() if "  " in line.strip()]
    return {label.strip(): float(value) for label, value in rows if value.strip().replace(".", "").isdigit()}


def auc(scored: Iterable[tuple[float, bool]]) -> float:
    """Share of pairs of a rewarded and an unrewarded run in which the rewarded one scored higher; ties count half."""
    scored = list(scored)
    pairs = [(good, bad) for good, rewarded in scored if rewarded for bad, other in scored if not other]
    return sum((good > bad) + (good == bad) / 2 for good, bad in pairs) / len(pairs)


def test_imported_tau_bench_runs_give_the_published_pass_rates_and_a_telling_headline(
    airline: Path, sluice: Sluice, shared_data: Path
):
    result = sluice("score", "--golden", airline / "golden", "--runs", airline / "runs.jsonl", "--json", airline / "s")
    assert result.exit_code == 0
    shown = numbers(result.stdout)
    # tau-bench, arXiv 2406.12045, its own runs of gpt-4o on the airline domain
    assert [shown[f"pass^{k} of the reward"] for k in (1, 2, 3, 4)] == [0.42, 0.273, 0.22, 0.2]
    scores = [json.loads(line) for line in (airline / "s").read_text(encoding="utf8").splitlines()]
    of_run = {(line["case_id"], line["trial"]): line["trajectory"] for line in scores}
    source = shared_data / "tau_bench" / "trajectories_gpt-4o_airline.jsonl"
    runs = [json.loads(line) for line in source.read_text(encoding="utf8").splitlines()]
    referenced = [
        (of_run[f"airline-{run['task_id']}", run["trial"]], run["reward"] == 1)
        for run in runs
        if run["reference_actions"]
    ]
    assert (len(scores), len(referenced)) == (200, 172)
    # the best peer reaches .723
    assert auc(referenced) > 0.75
    everything = [(of_run[f"airline-{run['task_id']}", run["trial"]], run["reward"] == 1) for run in runs]
    assert shown["AUC of trajectory (200 runs)"] == pytest.approx(auc(everything), abs=0.0005)


def test_the_headline_tells_as_well_where_the_cases_are_written_plainly(
    airline: Path, tmp_path: Path, sluice: Sluice, shared_data: Path
):
    """As a person would write them: every action of the reference a step in its order, nothing optional."""
    source = shared_data / "tau_bench" / "trajectories_gpt-4o_airline.jsonl"
    plain: dict[str, dict[str, Any]] = {}
    for run in map(json.loads, source.read_text(encoding="utf8").splitlines()):
        steps = [{"tool": action["name"], "args": action["args"]} for action in run["reference_actions"]]
        expect: dict[str, Any] = {"trajectory": {"order": "in_order", "steps": steps, "extra": "allowed"}}
        # without a reference there is no trajectory to score
        expect = expect if steps else {"max_latency_s": 1000}
        plain[f"airline-{run['task_id']}"] = {"id": f"airline-{run['task_id']}", "input": "x", "expect": expect}
    golden = Project(tmp_path).lines("plain.jsonl", list(plain.values()))
    result = sluice("score", "--golden", golden, "--runs", airline / "runs.jsonl", "--json", tmp_path / "scores")
    assert result.exit_code == 0, result.stderr
    assert numbers(result.stdout)["AUC of trajectory (172 runs)"] > 0.75


@pytest.mark.parametrize("content", [None, "", "{", "[1]", '{"a": 1}\n{"b"'])
def test_an_import_of_something_else_exits_2(tmp_path: Path, sluice: Sluice, content: str | None):
    path = tmp_path / "results.json"
    if content is not None:
        path.write_text(content, encoding="utf8")
    result = sluice("golden", "import", "--from", "tau-bench", path, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert str(path) in result.stderr.replace("\n", "")
    assert not (tmp_path / "out").exists()


def test_an_import_into_a_place_that_cannot_be_written_exits_2(
    airline: Path, tmp_path: Path, sluice: Sluice, shared_data
):
    (tmp_path / "file").write_text("x", encoding="utf8")
    source = shared_data / "tau_bench" / "trajectories_gpt-4o_airline.jsonl"
    result = sluice("golden", "import", "--from", "tau-bench", source, "--out", tmp_path / "file" / "out")
    assert result.exit_code == 2
    assert "cannot write" in result.stderr
    assert airline.exists()

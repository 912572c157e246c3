import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from interfaces.cli.golden import golden

CASES = """
defaults: {tier: critical, capability: tool_use, expect: {max_cost_usd: 1}}
cases:
  - {id: refund, input: "hi [bold]x", tags: [money], variants: [{id: g, input: ho, outcome: same, generated: true}]}
  - {id: look, tier: standard, input: hi, setup: {fixture: x}}
  - {id: vague, input: hi, expect: {max_cost_usd: null, answer: {criteria: [polite]}}}
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "golden").mkdir()
    (tmp_path / "golden" / "cases.yaml").write_text(CASES, encoding="utf8")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(golden, list(arguments))


def test_check_tells_what_a_sound_dataset_holds():
    result = run("check", "golden")
    assert result.exit_code == 0
    first, header, *rows = result.stdout.splitlines()
    assert first.startswith("golden: 3 cases, 4 strata (3 counted), version ")
    assert header.split("\t") == ["tier", "cases", "strata", "counted"]
    assert [row.split("\t") for row in rows[:2]] == [["critical", "2", "3", "2"], ["standard", "1", "1", "1"]]
    assert rows[2:] == [
        "not evaluated by this version: 1 of 4 strata, which need a fixture of the world (setup)",
        "not evaluated by this version: 1 of 4 strata, which need judged criteria (answer.criteria)",
    ]
    assert result.stderr.startswith("warning: golden/cases.yaml:6: case vague: vague has no deciding check")


def test_check_as_json_tells_the_same():
    report = json.loads(run("check", "golden", "--json").stdout)
    assert (report["valid"], report["cases"], report["strata"], report["counted"]) == (True, 3, 4, 3)
    assert report["tiers"][0] == {"tier": "critical", "cases": 2, "strata": 3, "counted": 2}
    assert (len(report["warnings"]), report["problems"], len(report["version"])) == (1, [], 64)


def test_check_of_a_broken_dataset_tells_every_problem_on_stderr_and_exits_2(project: Path):
    (project / "golden" / "bad.yaml").write_text("id: refund\ninptu: hi", encoding="utf8")
    result = run("check", "golden")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "golden has 3 problems:" in result.stderr
    for words in (
        "case ids must be unique",
        'unknown key "inptu", did you mean "input"?',
        "exactly one of input and turns",
    ):
        assert words in result.stderr


def test_check_of_a_broken_dataset_as_json_lists_the_problems(project: Path):
    (project / "golden" / "bad.yaml").write_text("id: x\ninput: 3", encoding="utf8")
    result = run("check", "--json", "golden")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["problems"] == [
        {
            "file": "golden/bad.yaml",
            "line": 2,
            "case": "x",
            "field": "input",
            "message": "must be text, a list of chat messages or a mapping, got 3",
        }
    ]


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_an_empty_dataset_exits_2_and_says_what_to_do(project: Path, options: list[str]):
    (project / "golden" / "cases.yaml").unlink()
    result = run("check", "golden", *options)
    assert result.exit_code == 2
    assert "golden: holds no golden case, write one" in result.stderr


def test_a_dataset_that_is_not_there_exits_2():
    result = run("check", "nope", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["problems"][0]["message"] == "there is no file or folder nope"


def test_without_a_path_the_settings_say_where_the_dataset_is(project: Path):
    assert run("check").stdout.startswith("golden: 3 cases")
    (project / "sub").mkdir()
    (project / "sub" / "sluice.yaml").write_text("golden: {path: ../golden}", encoding="utf8")
    assert run("check", "--config", "sub").stdout.startswith("sub/../golden: 3 cases")


def test_broken_settings_exit_2(project: Path):
    (project / "sluice.yaml").write_text("gloden: {}", encoding="utf8")
    result = run("check")
    assert result.exit_code == 2
    assert 'unknown key "gloden", did you mean "golden"?' in result.stderr


def test_list_shows_every_case_with_its_place():
    lines = run("list", "golden").stdout.splitlines()
    assert lines[0].split("\t") == ["case", "tier", "capability", "tags", "variants", "where"]
    assert lines[1].split("\t") == ["refund", "critical", "tool_use", "money", "1", "golden/cases.yaml:4"]
    assert len(lines) == 4


@pytest.mark.parametrize(
    ("options", "cases"),
    [
        (["--tier", "standard"], ["look"]),
        (["--tag", "money"], ["refund"]),
        (["--tag", "x", "--tag", "money"], ["refund"]),
        (["--tier", "z"], []),
    ],
)
def test_list_keeps_to_the_tier_and_tags_asked_for(options: list[str], cases: list[str]):
    assert [row["case"] for row in json.loads(run("list", "golden", "--json", *options).stdout)] == cases


def test_show_prints_a_case_its_strata_and_digests():
    out = run("show", "refund", "--golden", "golden").stdout
    assert out.startswith("# golden/cases.yaml:4\nid: refund\n")
    assert "input: hi [bold]x\n" in out
    rows = [line.split("\t") for line in out.splitlines()[-2:]]
    assert [(row[0], row[1], len(row[2]), len(row[3])) for row in rows] == [
        ("refund", "yes", 12, 12),
        ("refund/g", "no", 12, 12),
    ]


def test_show_as_json_holds_the_whole_digests():
    shown = json.loads(run("show", "refund", "--json").stdout)
    assert (shown["where"], shown["case"]["id"]) == ("golden/cases.yaml:4", "refund")
    assert [len(one["stimulus"]) for one in shown["strata"]] == [64, 64]


def test_show_of_an_unknown_case_names_the_nearest():
    result = run("show", "refnd")
    assert result.exit_code == 2
    assert 'unknown case "refnd", did you mean "refund"?; list the cases with `sluice golden list`' in result.stderr


@pytest.mark.parametrize("command", ["check", "list", "show"])
def test_help_comes_with_an_example(command: str):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"Example: sluice golden {command}" in result.stdout


def test_a_terminal_gets_a_drawn_table_without_markup(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    golden(["list", "golden"], standalone_mode=False)
    out = capsys.readouterr().out
    assert "│ refund" in out
    assert "\t" not in out

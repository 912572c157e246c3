import json
import stat
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from sluice.errors import UsageError
from tasks.reports import check_report_folder, write_json, write_json_lines, write_reports
from tests.sluice.reports.made_up import bare, hostile, made_up


def write(folder, made):
    return write_reports(
        folder, report=made.report, facts=made.facts, strata=made.strata, scores=made.scores, runs=made.runs
    )


def test_four_files_are_written_each_readable_by_others(tmp_path):
    files = write(tmp_path / "reports" / "run", made_up())
    assert {kind: path.name for kind, path in files.items()} == {
        "html": "report.html",
        "json": "gate.json",
        "junit": "junit.xml",
        "markdown": "summary.md",
    }
    assert sorted(path.name for path in (tmp_path / "reports" / "run").iterdir()) == sorted(
        path.name for path in files.values()
    )
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o644}
    assert json.loads(files["json"].read_text(encoding="utf8"))["verdict"] == "FAIL"
    assert ET.parse(files["junit"]).getroot().get("failures") != "0"
    assert files["html"].read_text(encoding="utf8").count("<svg xmlns") == 3
    assert str(files["html"]) in files["markdown"].read_text(encoding="utf8")


def test_reports_of_an_earlier_run_are_replaced(tmp_path):
    write(tmp_path, made_up())
    files = write(tmp_path, bare())
    assert json.loads(files["json"].read_text(encoding="utf8"))["verdict"] == "INCONCLUSIVE"
    assert len(list(tmp_path.iterdir())) == 4


def test_text_of_any_kind_can_be_written(tmp_path):
    files = write(tmp_path, hostile("\ud800\x00\x1b[31m</script>|`"))
    for path in files.values():
        assert path.read_text(encoding="utf8")


def test_where_one_file_cannot_be_put_no_rest_is_left(tmp_path):
    (tmp_path / "junit.xml").mkdir()
    (tmp_path / "junit.xml" / "kept").write_text("kept")
    with pytest.raises(UsageError, match="cannot write to"):
        write(tmp_path, bare())
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_folder_that_is_a_file_is_refused_with_its_name(tmp_path):
    blocked = tmp_path / "reports"
    blocked.write_text("a file")
    with pytest.raises(UsageError, match=f"cannot write to {blocked}"):
        write(blocked, bare())
    with pytest.raises(UsageError, match="name a place that can be written to"):
        check_report_folder(blocked)


def test_a_folder_can_be_tried_before_a_run_is_paid_for(tmp_path):
    check_report_folder(tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


def test_json_holds_no_number_that_is_not_finite(tmp_path):
    write_json(tmp_path / "gate.json", {"upper": float("inf"), "drop": 0.1})
    assert (tmp_path / "gate.json").read_text(encoding="utf8") == '{\n  "upper": null,\n  "drop": 0.1\n}\n'


def test_scores_are_one_object_a_line(tmp_path):
    write_json_lines(tmp_path / "scores.jsonl", ({"trial": n, "text": "a\nb"} for n in range(3)))
    lines = (tmp_path / "scores.jsonl").read_text(encoding="utf8").splitlines()
    assert [json.loads(line)["trial"] for line in lines] == [0, 1, 2]


def test_a_relative_file_lands_in_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_json(Path("verdict.json"), {})
    assert (tmp_path / "verdict.json").exists()

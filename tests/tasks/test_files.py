import gzip
import json
import os
from pathlib import Path

import pytest

from sluice.documents.problems import Problem
from sluice.documents.reading import MAX_LINE_BYTES
from sluice.errors import DocumentError, UsageError
from tasks.files import case_paths, read_dataset, read_runs, read_settings

CASE = "input: hi\nexpect: {max_cost_usd: 1}\n"
RUN = {"case_id": "a", "output": "x"}


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.fixture
def golden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("golden")


def problems_of(path: Path) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        read_dataset(path)
    return [str(problem) for problem in caught.value.problems]


def test_a_folder_is_read_recursively_in_the_order_of_names(golden: Path):
    write(golden / "b.yaml", "id: b\n" + CASE)
    write(golden / "a" / "z.yml", "id: z\n" + CASE)
    write(golden / "a.JSON", json.dumps({"id": "j", "input": "x", "expect": {"max_cost_usd": 1}}))
    write(golden / "c.jsonl", json.dumps({"id": "l", "input": "x", "expect": {"max_cost_usd": 1}}))
    dataset = read_dataset(golden)
    assert dataset.sources == {
        "z": "golden/a/z.yml:1",
        "j": "golden/a.JSON:1",
        "b": "golden/b.yaml:1",
        "l": "golden/c.jsonl:1",
    }


@pytest.mark.parametrize(
    "name",
    [
        "baseline.jsonl",
        "baseline-2.yaml",
        "runs.jsonl",
        "runs/x.yaml",
        ".x.yaml",
        ".git/x.yaml",
        "_draft.yaml",
        "fixtures/x.yaml",
        "readme.md",
        "baseline.jsonl.gz",
    ],
)
def test_what_is_no_case_by_its_name_is_not_read(golden: Path, name: str):
    write(golden / "a.yaml", "id: a\n" + CASE)
    write(golden / name, b"\0 no case at all")
    assert list(read_dataset(golden).sources) == ["a"]


def test_a_single_file_is_read_whatever_its_name(golden: Path):
    assert list(read_dataset(write(golden / "_draft.yaml", "id: a\n" + CASE)).sources) == ["a"]


def test_a_dataset_that_is_not_there_says_what_to_do(golden: Path):
    with pytest.raises(
        UsageError, match=r"there is no file or folder golden; name the golden dataset, or set golden.path"
    ):
        read_dataset(golden)


@pytest.mark.parametrize("name", ["readme.md", "baseline.jsonl"])
def test_a_folder_without_cases_is_an_empty_dataset(golden: Path, name: str):
    write(golden / name, "x")
    (problem,) = problems_of(golden)
    assert problem.startswith("golden: holds no golden case, write one")


def test_a_file_that_vanishes_between_listing_and_reading_is_a_problem_beside_the_others(golden: Path):
    # A link that leads nowhere is listed and cannot be read, like a file that is deleted in between.
    golden.mkdir()
    (golden / "gone.yaml").symlink_to("nowhere.yaml")
    write(golden / "x.yaml", "id: x\ninput: 3")
    assert problems_of(golden) == [
        "golden/gone.yaml: is not there (it vanished, or is a link that leads nowhere)",
        "golden/x.yaml:2: case x: input: must be text, a list of chat messages or a mapping, got 3",
    ]
    (golden / "x.yaml").unlink()
    assert problems_of(golden) == ["golden/gone.yaml: is not there (it vanished, or is a link that leads nowhere)"]
    write(golden / "x.yaml", "id: x\n" + CASE)
    assert len(problems_of(golden)) == 1


def test_a_pipe_is_not_waited_for(golden: Path):
    golden.mkdir()
    os.mkfifo(golden / "pipe.yaml")
    assert problems_of(golden) == ["golden/pipe.yaml: cannot be read: is no regular file"]


def test_a_folder_that_cannot_be_listed_is_a_problem(tmp_path: Path):
    problems: list[Problem] = []
    assert list(case_paths(tmp_path / "nowhere", problems)) == []
    assert [problem.message for problem in problems] == ["is not there (it vanished, or is a link that leads nowhere)"]


def test_a_file_without_permission_is_a_problem(golden: Path):
    write(golden / "a.yaml", "id: a\n" + CASE).chmod(0)
    if os.access(golden / "a.yaml", os.R_OK):
        pytest.skip("this user may read every file")
    assert problems_of(golden) == ["golden/a.yaml: cannot be read: permission denied"]


def test_the_content_of_named_files_is_part_of_the_digests(golden: Path):
    write(golden / "a.yaml", "id: a\nfiles: [{path: docs/x.txt}]\ntools: {recorded: fixtures/t.jsonl}\n" + CASE)
    contract, recording = write(golden / "docs/x.txt", "one"), write(golden / "fixtures/t.jsonl", "{}")
    versions = {read_dataset(golden).version}
    contract.write_text("two", encoding="utf8")
    versions.add(read_dataset(golden).version)
    recording.write_text("[]", encoding="utf8")
    versions.add(read_dataset(golden).version)
    assert len(versions) == 3


def test_a_named_file_that_is_not_there_is_told_with_the_case(golden: Path):
    write(golden / "a.yaml", "id: a\nfiles: [{path: x.txt}]\n" + CASE)
    assert problems_of(golden) == [
        "golden/a.yaml:1: case a: files[0].path: names a file that cannot be used: golden/x.txt "
        "is not there (it vanished, or is a link that leads nowhere)"
    ]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_runs_are_read_plain_and_gzipped_whatever_the_name(tmp_path: Path, pack):
    text = f"{json.dumps(RUN)}\n\n{json.dumps(RUN | {'trial': 1})}".encode()
    assert [run.key.trial for run in read_runs(write(tmp_path / "r.txt", pack(text)))] == [0, 1]


def test_a_run_of_50_mb_is_refused_and_the_lines_after_it_keep_their_numbers(tmp_path: Path):
    long = b'{"case_id": "a", "output": "' + b"x" * 50_000_000 + b'"}'
    path = write(tmp_path / "r.jsonl", long + b"\n" + json.dumps(RUN).encode() + b"\n{")
    with pytest.raises(DocumentError) as caught:
        read_runs(path)
    assert [(problem.line, problem.message) for problem in caught.value.problems] == [
        (1, f"a line may have at most {MAX_LINE_BYTES // 1_000_000} MB, got more than that"),
        (3, "not JSON: expecting property name enclosed in double quotes at column 2"),
    ]


def test_a_long_last_line_is_refused_too(tmp_path: Path):
    with pytest.raises(DocumentError, match=r"r.jsonl:1: a line may have at most 10 MB"):
        read_runs(write(tmp_path / "r.jsonl", b"x" * (3 * MAX_LINE_BYTES)))


@pytest.mark.parametrize(
    "damage", [lambda packed: packed[:-9], lambda packed: packed[:12] + b"\xff" * 20, lambda packed: packed[:3]]
)
def test_a_damaged_archive_is_a_problem(tmp_path: Path, damage):
    packed = gzip.compress(json.dumps(RUN).encode() * 50)
    with pytest.raises(DocumentError, match="cannot be read: "):
        read_runs(write(tmp_path / "r.jsonl.gz", damage(packed)))


def test_runs_that_are_not_there_say_what_they_would_be(tmp_path: Path):
    with pytest.raises(UsageError, match=r"there is no file .*r.jsonl; recorded runs are a file of JSON lines"):
        read_runs(tmp_path / "r.jsonl")


def test_without_a_file_the_settings_are_the_defaults_of_the_working_directory(golden: Path):
    settings, root = read_settings(None, {"SLUICE_AGENT__NAME": "x"})
    assert (settings.agent.name, root) == ("x", Path.cwd())


def test_the_file_of_the_working_directory_is_found(golden: Path):
    write(Path("sluice.yaml"), "agent: {name: here}")
    settings, root = read_settings(None, {})
    assert (settings.agent.name, root) == ("here", Path.cwd())


@pytest.mark.parametrize("path", [Path("sub"), Path("sub/sluice.yaml")])
def test_a_named_file_or_its_folder_makes_the_project_root(golden: Path, path: Path):
    write(Path("sub/sluice.yaml"), "agent: {name: sub}")
    for settings, root in (read_settings(path, {}), read_settings(None, {"SLUICE_CONFIG": str(path)})):
        assert (settings.agent.name, root) == ("sub", Path.cwd() / "sub")


def test_a_settings_file_that_is_not_there_is_wrong_use(golden: Path):
    with pytest.raises(UsageError, match=r"there is no settings file x.yaml; write one"):
        read_settings(Path("x.yaml"), {})


def test_a_settings_file_that_cannot_be_read_is_a_problem(golden: Path):
    os.mkfifo("pipe.yaml")
    with pytest.raises(DocumentError, match=r"pipe.yaml: cannot be read: is no regular file"):
        read_settings(Path("pipe.yaml"), {})


def test_the_example_dataset_is_sound():
    dataset = read_dataset(Path(__file__).parents[2] / "examples" / "support_agent" / "golden")
    assert len(dataset.cases) >= 80
    assert dataset.warnings == ()

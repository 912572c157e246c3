import json

import pytest

from sluice.documents.reading import MAX_LINE_BYTES, MAX_LINES_BYTES, SourceFile
from sluice.errors import DocumentError
from sluice.golden.case import Dataset
from sluice.golden.parsing import parse_dataset

CASE = "id: a\ninput: hi\nexpect: {answer: {contains: x}}\n"


def parsed(*texts: str | bytes, suffix: str = ".yaml") -> Dataset:
    contents = (text.encode() if isinstance(text, str) else text for text in texts)
    return parse_dataset([SourceFile(f"g/{n}{suffix}", content) for n, content in enumerate(contents)], root="g")


def problems_of(*texts: str | bytes, suffix: str = ".yaml") -> list[str]:
    with pytest.raises(DocumentError) as caught:
        parsed(*texts, suffix=suffix)
    assert caught.value.exit_code == 2
    return [str(problem) for problem in caught.value.problems]


def warnings_of(text: str) -> list[str]:
    return list(parsed(text).warnings)


def test_a_case_is_read_with_its_line():
    dataset = parsed(CASE)
    (case,) = dataset.cases
    assert (case.id, case.input, case.tier) == ("a", "hi", "standard")
    assert case.expect.answer is not None
    assert case.expect.answer.contains == ("x",)
    assert dataset.sources == {"a": "g/0.yaml:1"}


def test_defaults_lie_under_every_case_and_lists_are_replaced():
    dataset = parsed(
        "defaults: {tier: critical, tags: [x, y], expect: {answer: {contains: a}, max_cost_usd: 1}}\n"
        "cases:\n"
        "  - {id: a, input: hi}\n"
        "  - {id: b, input: hi, tags: [z], expect: {answer: {excludes: b}}}\n"
    )
    first, second = dataset.cases
    assert (first.tier, first.tags, first.expect.max_cost_usd) == ("critical", ("x", "y"), 1)
    assert (second.tags, second.expect.max_cost_usd) == (("z",), 1)
    assert second.expect.answer is not None
    assert (second.expect.answer.contains, second.expect.answer.excludes) == (("a",), ("b",))
    assert dataset.sources == {"a": "g/0.yaml:3", "b": "g/0.yaml:4"}


def test_lines_of_json_are_one_case_each_and_blank_lines_none():
    lines = [json.dumps({"id": name, "input": "hi", "expect": {"max_cost_usd": 1}}) for name in "ab"]
    dataset = parsed(f"{lines[0]}\n\n{lines[1]}\n", suffix=".jsonl")
    assert dataset.sources == {"a": "g/0.jsonl:1", "b": "g/0.jsonl:3"}


def test_a_json_file_is_read_by_json_s_rules_with_the_lines_of_its_keys():
    text = '{"id": "a",\n\t"input": "\\ud83d\\ude00 hi", "tier": 3}'
    assert problems_of(text, suffix=".json") == ["g/0.json:1: case a: tier: must be text, got 3, put it in quotes"]
    assert problems_of('{"id": "a",\n"input": "hi",\n"tier": 3}', suffix=".json") == [
        "g/0.json:3: case a: tier: must be text, got 3, put it in quotes"
    ]
    assert problems_of('{"id": "a", "input": NaN}', suffix=".json") == ["g/0.json:1: numbers must be finite, got NaN"]


@pytest.mark.parametrize(
    ("text", "got"),
    [("", "nothing"), ("# only a comment", "nothing"), ("- a", "a list"), ("hello", '"hello"'), ("3", "3")],
)
def test_yaml_that_is_no_mapping_is_refused(text: str, got: str):
    assert problems_of(text) == [
        f"g/0.yaml:1: a case must be a mapping of keys such as id, input and expect, got {got}"
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"id: \xff", "g/0.yaml:1: must be UTF-8, got byte 0xff at byte 4 of the file"),
        (b"id: a\ninput: \0", "g/0.yaml:2: must be text, got a NUL byte at byte 13 of the file"),
        (b"id: [", "g/0.yaml:2: not YAML: "),
        (b"id: a\ninput: .nan", "g/0.yaml:2: numbers must be finite, got .nan"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem_and_no_traceback(content: bytes, problem: str):
    assert problems_of(content)[0].startswith(problem)


def test_a_line_of_50_mb_is_refused_and_the_lines_after_it_are_read():
    long = b'{"id": "a", "input": "' + b"x" * 50_000_000 + b'"}'
    first, second = problems_of(long + b'\n{"id": "b"}', suffix=".jsonl")
    assert first == f"g/0.jsonl:1: a line may have at most {MAX_LINE_BYTES // 1_000_000} MB, got more than that"
    assert second.startswith("g/0.jsonl:2: case b: ")


def test_a_file_of_lines_has_a_limit_too():
    (problem,) = problems_of(b"\n" * (MAX_LINES_BYTES + 1), suffix=".jsonl")
    assert problem == "g/0.jsonl: a file of lines may have at most 200 MB, split it"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "not JSON: expecting property name enclosed in double quotes at column 2"),
        ('{"id": "a", "id": "b"}', 'key "id" stands twice in one mapping'),
        ('{"id": "a", "input": "\\ud800"}', "text must not hold half of a surrogate pair"),
        ("3", "a case must be a mapping of keys such as id, input and expect, got 3"),
    ],
)
def test_a_broken_line_is_told_with_its_number(line: str, problem: str):
    assert problems_of(f"\n{line}", suffix=".jsonl") == [f"g/0.jsonl:2: {problem}"]


def test_every_problem_of_every_file_is_told_at_once():
    problems = problems_of(b"id: \xff", "id: a\ninpt: hi\nexpect: {max_cost_usd: -1}", "id: a\ninput: 3")
    assert problems == [
        "g/0.yaml:1: must be UTF-8, got byte 0xff at byte 4 of the file",
        "g/1.yaml:3: case a: expect.max_cost_usd: must be at least 0, got -1",
        'g/1.yaml:2: case a: inpt: unknown key "inpt", did you mean "input"?',
        "g/1.yaml:1: case a: a case needs exactly one of input and turns, got neither",
        'g/2.yaml:1: case a: id: case ids must be unique, got "a" here and at g/1.yaml:1',
        "g/2.yaml:2: case a: input: must be text, a list of chat messages or a mapping, got 3",
    ]


def test_what_is_wrong_in_defaults_is_told_once():
    cases = "cases: [{id: a, input: x}, {id: b, input: x}]"
    assert problems_of(f"defaults: {{teir: x}}\n{cases}") == [
        'g/0.yaml:1: case a: teir: unknown key "teir", did you mean "tier"?'
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("cases: {}", "g/0.yaml:1: cases: must be a list of cases, got a mapping"),
        ("defaults: {}", "g/0.yaml:1: cases: must be a list of cases, got nothing"),
        ("cases: []\ndefaults: 3", "g/0.yaml:2: defaults: must be a mapping, got 3"),
        (
            "cases: []\ndefaults: {id: a}",
            "g/0.yaml:2: defaults.id: defaults must not set an id, every case needs its own",
        ),
        (
            "cases: []\ndefault: 3",
            'g/0.yaml:2: default: unknown key "default", did you mean "defaults"? '
            "(a file of cases holds only these two)",
        ),
        (
            "cases: [3]",
            "g/0.yaml:1: a case must be a mapping of keys such as id, input and expect, got 3",
        ),
    ],
)
def test_a_file_of_cases_holds_defaults_and_cases_only(text: str, problem: str):
    assert problems_of(text) == [problem]


@pytest.mark.parametrize("texts", [[], ["cases: []"], ["cases:\n"]])
def test_an_empty_dataset_is_a_problem(texts: list[str]):
    problems = problems_of(*texts)
    assert len(problems) == 1


def test_an_empty_dataset_says_what_to_do():
    (problem,) = problems_of("cases: []")
    assert problem.startswith("g: holds no golden case, write one to a .yaml file")


@pytest.mark.parametrize("name", ["", "-a", "a b", "a/b", "é", "a" * 129, "a\\n"])
def test_a_case_id_has_a_form(name: str):
    (problem,) = problems_of(f'id: "{name}"\ninput: hi\nexpect: {{max_cost_usd: 1}}')
    assert "id: must be 1 to 128 letters, digits, dots, underscores and hyphens" in problem


def test_a_missing_id_is_told():
    assert "g/0.yaml:1: id: is missing" in problems_of("input: hi")


def test_a_file_that_a_case_names_is_no_case():
    case = CASE + "files: [{path: fix/doc.json}]\ntools: {recorded: ./fix/../fix/t.jsonl}"
    dataset = parse_dataset(
        [
            SourceFile("g/a.yaml", case.encode()),
            SourceFile("g/fix/doc.json", b'{"total": 3}'),
            SourceFile("g/fix/t.jsonl", b"not json"),
        ]
    )
    assert [one.id for one in dataset.cases] == ["a"]
    assert dataset.warnings == ()


def test_a_named_file_that_looks_like_a_case_is_left_out_with_a_warning():
    case = "id: a\ninput: x\nexpect: {max_cost_usd: 1}\nfiles: [{path: 1.yaml}]"
    dataset = parsed(case, "id: b\ninput: x")
    assert [one.id for one in dataset.cases] == ["a"]
    assert dataset.warnings == (
        "g/0.yaml:4: case a: files[0].path: g/1.yaml looks like a golden case and is not read as one, "
        "because it is named here",
    )


def test_a_case_that_names_its_own_file_is_still_read():
    case = "id: a\ninput: x\nexpect: {max_cost_usd: 1}\nfiles: [{path: 0.yaml}]"
    assert [one.id for one in parsed(case).cases] == ["a"]


def test_a_case_that_decides_nothing_is_warned_about_and_so_is_its_variant():
    text = (
        "id: a\ninput: x\nexpect: {answer: {criteria: [polite]}}\n"
        "variants: [{id: v, input: y, expect: {max_cost_usd: 1}}, {id: w, input: z, outcome: same}]"
    )
    assert warnings_of(text) == [
        "g/0.yaml:1: case a: a has no deciding check, so it is reported and counted in no test",
        "g/0.yaml:1: case a: a/w has no deciding check, so it is reported and counted in no test",
    ]


def test_a_conversation_whose_turns_decide_needs_no_check_of_its_own():
    assert warnings_of("id: a\nturns: [{user: x, expect: {max_cost_usd: 1}}, {user: y}]") == []


def test_a_mixture_of_matcher_keys_and_others_is_a_literal_with_a_warning():
    text = "id: a\ninput: x\nexpect: {trajectory: {steps: [{tool: t, args: {x: {regex: a, other: 1}}}]}}"
    (warning,) = warnings_of(text)
    assert warning.startswith("g/0.yaml:3: case a: expect.trajectory.steps[0].args.x: ")
    assert "literal" in warning

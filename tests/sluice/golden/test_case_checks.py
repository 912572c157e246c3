import pytest

from sluice.documents.reading import SourceFile
from sluice.errors import DocumentError
from sluice.golden.case import Dataset
from sluice.golden.parsing import parse_dataset


def parsed(text: str) -> Dataset:
    return parse_dataset([SourceFile("f.yaml", f"id: a\n{text}".encode())])


def problems_of(text: str) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        parsed(text)
    return [f"{problem.field}: {problem.message}".removeprefix(": ") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("turns: [{user: x}]\ninput: y", "a case needs exactly one of input and turns, got both"),
        ("input: null", "a case needs exactly one of input and turns, got neither"),
        ('input: ""', 'input: must not be empty, got ""'),
        ("input: {}", "input: must not be empty, got a mapping"),
        ("input: []", "input: must be text, a list of chat messages or a mapping, got an empty list"),
        ("input: true", "input: must be text, a list of chat messages or a mapping, got true"),
        ("input: [hello]", 'input[0]: a chat message is a mapping with a role and its content, got "hello"'),
        ("input: [{content: x}]", "input[0]: a chat message is a mapping with a role and its content, got a mapping"),
        ("turns: [{user: ''}]", 'turns[0].user: must not be empty, got ""'),
        ("turns: [{}]", "turns[0].user: is missing"),
        (
            "turns: [{user: x, expect: {answer: {contains: ''}}}]",
            "turns[0].expect.answer.contains: an empty text occurs in every answer, write what must or must not occur",
        ),
        ("input: x\nnow: tomorrow", 'now: must be a time such as 2026-05-01T09:00:00Z, got "tomorrow"'),
        (
            "input: x\nfiles: [{path: /etc/passwd}]",
            'files[0].path: must be a path relative to this file, with forward slashes, got "/etc/passwd"',
        ),
        (
            "input: x\ntools: {recorded: 'a\\b'}",
            'tools.recorded: must be a path relative to this file, with forward slashes, got "a\\\\b"',
        ),
        (
            "input: x\nvariants: [{id: v, input: y}]",
            "variants[0]: a variant needs either outcome: same or an expect of its own, got neither",
        ),
        (
            "input: x\nvariants: [{id: v, input: y, outcome: same, expect: {}}]",
            "variants[0]: a variant needs either outcome: same or an expect of its own, got both",
        ),
        (
            "input: x\nvariants: [{id: v, input: y, outcome: same}, {id: v, input: z, outcome: same}]",
            'variants[1].id: variant ids must be unique within their case, got "v" twice',
        ),
        ("input: x\nvariants: [{input: y, outcome: same}]", "variants[0].id: is missing"),
        ("input: x\nvariants: [{id: v, outcome: same}]", "variants[0].input: is missing"),
        (
            "input: x\nvariants: [{id: v, input: 3, outcome: same}]",
            "variants[0].input: must be text, a list of chat messages or a mapping, got 3",
        ),
        (
            "input: x\nvariants: [{id: v, input: y, expect: {answer: {at_least: 1}}}]",
            "variants[0].expect.answer.at_least: at_least is the share of fields that must hold, got no fields",
        ),
        ("input: x\nrisks: [tool_missuse]", None),
    ],
)
def test_a_slip_in_a_case_is_told_at_its_place(text: str, problem: str | None):
    (got,) = problems_of(text)
    assert got == problem or (problem is None and got.startswith("risks[0]: must be one of 'silent_degradation'"))


def test_turns_need_at_least_one():
    assert "turns: turns must hold at least one turn, got an empty list" in problems_of("turns: []")


@pytest.mark.parametrize(
    "text",
    [
        "input: x\nnow: 2026-05-01T09:00:00Z",
        "input: x\nnow: 2026-05-01",
        "input: [{role: user, content: hi}]",
        "input: {question: hi}",
        "input: x\nvariants: [{id: v, input: y, outcome: same}, {id: w, input: y, expect: {}}]",
        "turns: [{user: hi}, {user: {text: ho}}]",
    ],
)
def test_sound_cases_are_read(text: str):
    assert [case.id for case in parsed(text).cases] == ["a"]

from sluice.documents.problems import Problem
from sluice.documents.reading import MAX_DOCUMENT_BYTES, MAX_LINE_BYTES, decoded, lines_of


def told(content: bytes, **options) -> tuple[str | None, list[str]]:
    problems: list[Problem] = []
    text = decoded(content, file="f.yaml", problems=problems, **options)
    return text, [str(problem) for problem in problems]


def test_text_comes_back_without_a_byte_order_mark():
    assert told(b"\xef\xbb\xbfid: \xc3\xa9") == ("id: é", [])


def test_an_invalid_byte_is_named_with_its_offset_and_line():
    # "a: 1\nb: " is 8 bytes, so the bad one is byte 8, in line 2.
    assert told(b"a: 1\nb: \xff") == (None, ["f.yaml:2: must be UTF-8, got byte 0xff at byte 8 of the file"])


def test_an_invalid_byte_behind_a_byte_order_mark_keeps_its_offset_in_the_file():
    assert told(b"\xef\xbb\xbfa\xff") == (None, ["f.yaml:1: must be UTF-8, got byte 0xff at byte 4 of the file"])


def test_a_nul_byte_is_named_with_its_offset():
    text, (problem,) = told(b"a: 1\nb: \0")
    assert text is None
    assert problem.startswith("f.yaml:2: must be text, got a NUL byte at byte 8 of the file")


def test_a_file_beyond_the_limit_is_refused_before_it_is_decoded():
    text, (problem,) = told(b"\xff" * (MAX_DOCUMENT_BYTES + 1))
    assert (text, problem) == (None, "f.yaml: a file may have at most 10 MB, got more than that")


def test_a_line_has_its_own_limit_and_its_own_number():
    text, (problem,) = told(b"x" * (MAX_LINE_BYTES + 1), line=7, what="line")
    assert (text, problem) == (None, "f.yaml:7: a line may have at most 10 MB, got more than that")


def test_lines_are_split_at_line_feeds_only_and_an_open_last_line_counts():
    assert list(lines_of(b"a\n\xe2\x80\xa8b\n\nc")) == [b"a", b"\xe2\x80\xa8b", b"", b"c"]
    assert list(lines_of(b"")) == []

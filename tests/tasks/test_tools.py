import json
from pathlib import Path

import pytest

from sluice.errors import UsageError
from tasks.tools import read_tools

SCHEMA = {"type": "object", "properties": {"order_id": {"type": "string"}}}


@pytest.mark.parametrize(
    "document",
    [
        {"refund": SCHEMA},
        [{"name": "refund", "parameters": SCHEMA}],
        [{"name": "refund", "input_schema": SCHEMA}],
        [{"name": "refund", "inputSchema": SCHEMA}],
        [{"type": "function", "function": {"name": "refund", "parameters": SCHEMA}}],
        {"tools": [{"name": "refund", "parameters": SCHEMA}]},
        [{"name": "refund", "parameters": SCHEMA}, {"name": "ping"}],
    ],
    ids=["mapping", "parameters", "input_schema", "inputSchema", "function", "tools", "one without a schema"],
)
def test_tools_are_read_in_every_form_that_frameworks_write(tmp_path: Path, document: object):
    path = tmp_path / "tools.json"
    path.write_text(json.dumps(document), encoding="utf8")
    assert read_tools(path) == {"refund": SCHEMA}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "cannot be read"),
        (b"\xff", "cannot be read"),
        (b"[3]", "entry 0 has no name and parameters"),
        (b'[{"name": "a", "parameters": {}}, {"parameters": {}}]', "entry 1 has no name and parameters"),
        (b'[{"name": "a", "parameters": 3}]', "entry 0 has no name and parameters"),
        (b'"x"', "entry 0 has no name and parameters"),
        (b'[{"function": 3}]', "entry 0 has no name and parameters"),
        (b"[" * 50_000, "cannot be read: values may nest at most 100 deep"),
        (b'{"refund": 3}', "tool refund: a schema must be a mapping, got 3"),
        (b'{"refund": {"type": "nope"}}', "tool refund: not a JSON Schema"),
        (b'{"refund": {"properties": {"a": {"pattern": "("}}}}', "tool refund: "),
    ],
)
def test_a_file_of_another_form_is_told_with_its_place(tmp_path: Path, content: bytes, words: str):
    path = tmp_path / "tools.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=words) as caught:
        read_tools(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path):
    with pytest.raises(UsageError, match="there is no tools file"):
        read_tools(tmp_path / "tools.json")
    with pytest.raises(UsageError, match="cannot be read"):
        read_tools(tmp_path)

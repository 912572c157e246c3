from pathlib import Path

import pytest

from sluice.errors import UsageError
from tasks.writing import write_whole


def test_a_file_is_replaced_whole_and_everybody_may_read_it(tmp_path: Path):
    path = tmp_path / "new" / "a.txt"
    write_whole(path, b"first")
    write_whole(path, b"second")
    assert path.read_bytes() == b"second"
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(path.parent.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_told_and_nothing_is_left_there(tmp_path: Path):
    (tmp_path / "file").write_text("x", encoding="utf8")
    with pytest.raises(UsageError, match="cannot write"):
        write_whole(tmp_path / "file" / "a.txt", b"x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match="cannot write"):
        write_whole(tmp_path / "folder", b"x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]

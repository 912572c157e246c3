import os
import subprocess
import sys

import pytest

from tasks.gate.owner import is_gone, this_owner


def test_a_process_that_lives_is_not_gone():
    assert not is_gone(this_owner("inline"))


def test_no_name_is_used_twice():
    assert this_owner("inline") != this_owner("inline")


def test_a_process_that_has_ended_is_gone():
    program = "from tasks.gate.owner import this_owner; print(this_owner('inline'))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert is_gone(done.stdout.strip())


@pytest.mark.parametrize("owner", ["", "inline-3f9a", "inline:elsewhere:1:ab", "inline::1:ab", "a:b:c:d:e"])
def test_of_a_process_elsewhere_nothing_is_known(owner):
    assert not is_gone(owner)


def test_a_name_without_a_process_id_tells_nothing():
    engine, system, _, _ = this_owner("inline").split(":")
    assert not is_gone(f"{engine}:{system}:x:ab")


def test_a_process_of_somebody_else_counts_as_alive():
    engine, system, _, _ = this_owner("inline").split(":")
    assert not is_gone(f"{engine}:{system}:1:ab")
    assert os.getpid() != 1


def test_where_the_system_cannot_be_told_nothing_is_known(monkeypatch, tmp_path):
    monkeypatch.setattr("tasks.gate.owner._BOOT_ID", tmp_path / "none")
    assert this_owner("inline").split(":")[1] == ""
    assert not is_gone(this_owner("inline"))

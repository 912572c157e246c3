"""The entry point: what goes wrong outside every command."""

import sys
import types

import pytest

from interfaces.cli import main as entry


def ends(monkeypatch: pytest.MonkeyPatch, error: BaseException, *arguments: str) -> int:
    """Run the entry point over an application in which an error happens; its exit code."""

    def app(*, prog_name: str) -> None:
        assert prog_name == "sluice"
        raise error

    monkeypatch.setattr(sys, "argv", ["sluice", *arguments])
    monkeypatch.setitem(sys.modules, "interfaces.cli.commands", types.SimpleNamespace(app=app))  # type: ignore[arg-type]
    with pytest.raises(SystemExit) as ended:
        entry.main()
    return int(str(ended.value.code))


def test_an_error_that_should_not_happen_is_no_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert ends(monkeypatch, ValueError("two\nlines " + "x" * 9_000)) == 4
    err = capsys.readouterr().err
    assert err.startswith("Error: this should not happen: ValueError: two lines xxx")
    assert err.endswith("`sluice --debug ...` shows where; please report it\n")
    assert len(err) < 700


def test_debug_shows_where_it_happened(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ValueError, match="here"):
        ends(monkeypatch, ValueError("here"), "--debug", "gate")


def test_an_interruption_outside_every_command_exits_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert ends(monkeypatch, KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == "Error: interrupted\n"


@pytest.mark.parametrize(("columns", "kept"), [("0", None), ("", None), ("120", "120")])
def test_a_width_of_nothing_is_not_believed(monkeypatch: pytest.MonkeyPatch, columns: str, kept: str | None):
    monkeypatch.setenv("COLUMNS", columns)
    assert ends(monkeypatch, SystemExit(3)) == 3
    assert entry.os.environ.get("COLUMNS") == kept

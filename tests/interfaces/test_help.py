import re
from collections.abc import Iterator

import pytest
import typer.main

from interfaces.cli.commands import app
from tests.interfaces.conftest import Sluice


def commands(group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Every command and group, with whether it is a command."""
    for name, command in group.commands.items():
        yield (*path, name), not hasattr(command, "commands")
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))


ALL = sorted(commands(typer.main.get_command(app)))


@pytest.mark.parametrize(("path", "is_command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_help_says_what_a_command_does_with_an_example(path: tuple[str, ...], is_command: bool, sluice: Sluice):
    result = sluice(*path, "--help")
    assert result.exit_code == 0
    plain = " ".join(re.sub(r"[│╭╮╰╯─]", " ", result.stdout).split())
    assert f"Usage: sluice {' '.join(path)}" in plain
    if is_command:
        assert f"Example: sluice {' '.join(path)}" in plain
    assert sluice(*path, "-h").stdout == result.stdout


def test_a_mistyped_command_names_the_nearest(sluice: Sluice):
    result = sluice("gaet")
    assert result.exit_code == 2
    assert "Did you mean 'gate'?" in result.stderr


def test_without_a_command_the_help_is_shown(sluice: Sluice):
    assert "gate" in sluice().output


def test_the_version_is_told(sluice: Sluice):
    result = sluice("--version")
    assert result.exit_code == 0
    assert re.fullmatch(r"sluice \d+\.\d+\S*\n", result.stdout)

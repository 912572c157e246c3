"""``sluice config`` and ``sluice db``: the settings in force, and the database they name."""

import sys
from typing import Annotated

import typer
import yaml

from interfaces.cli.errors import told
from interfaces.cli.options import ConfigOption, absolute
from sluice.settings.effective import effective_settings, masked
from tasks.gate.loading import load_project, storage_url

db = typer.Typer(name="db", help="The database: its schema and its upgrades.", no_args_is_help=True)


def config_(
    config: ConfigOption = None,
    section: Annotated[str | None, typer.Argument(help="Only this section, for example policy.")] = None,
) -> None:
    """Show the effective settings: sluice.yaml, its defaults and SLUICE_ overrides, without secrets.

    Example: sluice config policy
    """
    with told():
        shown = effective_settings(load_project(absolute(config)).settings)
        if section is not None:
            if section not in shown:
                raise typer.BadParameter(f"there is no section {section}; there are {', '.join(shown)}")
            shown = {section: shown[section]}
        # Escapes are YAML too, and no terminal's encoding breaks on them.
        readable = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
        typer.echo(yaml.safe_dump(shown, sort_keys=False, allow_unicode=readable), nl=False)


@db.command()
def upgrade(config: ConfigOption = None) -> None:
    """Create the database, or bring it to the newest schema; a copy of an older one is kept.

    Example: sluice db upgrade
    """
    # alembic takes 0.3 s to import, and only these two commands need it.
    from storage import migrate

    with told():
        url = storage_url(load_project(absolute(config)))
        found = migrate.upgrade(url)
        typer.echo(f"{masked(url)}: {'was up to date' if found.state == 'current' else 'is up to date now'}")


@db.command()
def check(config: ConfigOption = None) -> None:
    """Say which schema the database has; changes nothing. Exit code 1 where an upgrade is due.

    Example: sluice db check
    """
    # As above.
    from storage import migrate

    with told():
        url = storage_url(load_project(absolute(config)))
        found = migrate.check(url)
        typer.echo(f"{masked(url)}: {found.state}")
        raise typer.Exit(0 if found.state == "current" else 1)

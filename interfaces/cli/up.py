"""``sluice up``: a Prefect server with our deployments and a worker, in one command."""

import os
import shlex
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

import flows
from interfaces.cli.children import Children, Interrupted
from interfaces.cli.console import make_console
from interfaces.cli.engines import use_server
from interfaces.cli.errors import told
from interfaces.cli.prefect_server import (
    PREFECT,
    api_url,
    prefect_home,
    require_free_port,
    require_safe_host,
    server_environment,
    serves_prefect,
    start_server,
    wait_until_ready,
)
from interfaces.cli.waiting import shown
from sluice.errors import SluiceError

FOLDER = Path(".sluice")
WORKER_STARTS_WITHIN_S = 60.0
# What a worker prints when it begins to take runs.
_STARTED = b"started!"
EXAMPLE = """

Example: sluice up --port 4200

Ctrl-C ends all of it; runs that go on then are stopped and marked as cancelled. What was committed is kept.
"""
EVENT = """prefect event emit sluice.agent.changed --resource-id sluice.agent.NAME \\
    --payload '{"config": "/absolute/path/sluice.yaml", "agent_version": "VERSION"}'"""
GUIDE = """
Prefect is at {ui}

  Start a gate    Deployments > golden_evaluation > Run > Custom run: config, agent_version
  or by an event  {event}
  Read it         Runs > the run > Artifacts: the verdict with its numbers, and where the report lies
  Cancel it       Runs > the run > Cancel; what was committed is kept
  From a shell    PREFECT_API_URL={api} sluice gate --engine prefect

Data in {home}, logs in {logs}. Ctrl-C ends all of it."""


def up(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where Prefect is served.")] = 4200,
    host: Annotated[str, typer.Option(help="Address to listen on; beyond this machine only with a password.")] = (
        "127.0.0.1"
    ),
) -> None:
    """Start a Prefect server, its deployments and a worker; Ctrl-C ends all of it."""
    with told():
        try:
            _serve(host, port)
        except Interrupted:
            make_console().print("ended")


up.__doc__ = f"{up.__doc__}{EXAMPLE}"


def _serve(host: str, port: int) -> None:
    require_safe_host(host, os.environ)
    url, logs, home = api_url(host, port), FOLDER.absolute() / "logs", prefect_home(FOLDER)
    console = make_console()
    with Children(logs) as children:
        if serves_prefect(url):
            console.print(f"A Prefect server answers at {url} already; it is used, and left running at the end.")
        else:
            require_free_port(host, port)
            start_server(children, host=host, port=port, home=home)
            with shown(console, "starting the Prefect server"):
                wait_until_ready(children, url)
        with shown(console, "installing deployments and automations"):
            deployments = install_deployments(url, log_folder=logs)
        with shown(console, "starting the worker"):
            for pool in dict.fromkeys(deployment["work_pool"]["name"] for deployment in deployments):
                start_worker(children, pool, home=home, url=url)
        ui = url.removesuffix("/api")
        console.print(GUIDE.format(ui=ui, api=url, event=EVENT, home=home, logs=logs), soft_wrap=True)
        children.watch()


def install_deployments(url: str, *, log_folder: Path) -> list[dict[str, Any]]:
    """Install what ``prefect.yaml`` and ``automations/`` say on a server.

    Returns:
        The deployments, as ``prefect.yaml`` has them.

    Raises:
        SluiceError: The files are not there, or the server refuses.
    """
    folder = _deployment_files()
    deployments = _read(folder / "prefect.yaml")["deployments"]
    automations = [
        _read(path)
        for place in (folder / "automations", folder / "deployments" / "automations")
        for path in sorted(place.glob("*.yaml"))
    ]
    for deployment in deployments:
        # The interpreter that Sluice is installed in, whatever `python` means where the worker runs.
        deployment["work_pool"]["job_variables"]["command"] = f"{shlex.quote(sys.executable)} -m prefect.engine"
    use_server(url, log_folder=log_folder)
    # prefect takes 2 s to import, and the server starts meanwhile.
    from flows.installing import install

    install(deployments, automations)
    return list(deployments)


def start_worker(children: Children, pool: str, *, home: Path, url: str) -> None:
    """Start a worker that takes the runs of a work pool, and wait until it does.

    Raises:
        SluiceError: It ended, or did not start in time.
    """
    home.mkdir(parents=True, exist_ok=True)
    command = [*PREFECT, "worker", "start", "--pool", pool, "--type", "process", "--name", f"{pool}-{os.getpid()}"]
    worker = children.start("Prefect worker", command, env=server_environment(home, url), cwd=home)
    until = time.monotonic() + WORKER_STARTS_WITHIN_S
    while _STARTED not in worker.log.read_bytes():
        children.watch(seconds=0.2)
        if time.monotonic() > until:
            raise SluiceError("the Prefect worker did not start in time", hint=f"its log: {worker.log}")


def _deployment_files() -> Path:
    """Folder of ``prefect.yaml``: inside the installed package, or beside it in a checkout."""
    package = Path(str(flows.__file__)).parent
    for folder in (package, package.parent):
        if (folder / "prefect.yaml").is_file():
            return folder
    raise SluiceError(f"prefect.yaml is not where it was installed ({package})", hint="install Sluice again")


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf8"))
    return document

"""``sluice demo``: the whole story on the bundled agent, without keys."""

import os
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from interfaces.cli.children import Children, Interrupted
from interfaces.cli.console import make_console
from interfaces.cli.engines import use_server
from interfaces.cli.errors import INTERRUPTED, tell, told
from interfaces.cli.gate import run_gate, show_outcome
from interfaces.cli.prefect_server import api_url, prefect_home, start_server, wait_until_ready
from interfaces.cli.up import FOLDER
from interfaces.cli.waiting import shown
from sluice.errors import UsageError
from sluice.gates.verdict import Verdict
from tasks._agents.service import free_port
from tasks.gate.outcome import GateOutcome
from tasks.gate.request import GateRequest

HOST = "127.0.0.1"
REPORTS = Path("sluice-report")
STABLE, REGRESSED = "stable", "tool_misuse"
EXAMPLE = """

Example: sluice demo

It takes a minute or two, ends by itself and leaves nothing running. Exit codes: 0 the good version passed and the
regressed one was held back, 1 otherwise, 130 interrupted.
"""
INTRODUCTION = """\
The bundled support agent answers customers of a small shop; it runs as a service of its own and needs no key.
Its golden dataset says, case by case, what a right answer and a right path are. The gate runs every case several
times, scores the calls as well as the words, compares with a pinned baseline, and answers with a verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One gate of the demo.

    Args:
        version: Of the example agent.
        expected: The verdict that the story needs.
        title: What is about to be seen.
    """

    version: str
    expected: Verdict
    title: str


ACTS = (
    Act(version=STABLE, expected=Verdict.PASS, title="1  The version that is in production: it should pass"),
    Act(
        version=REGRESSED,
        expected=Verdict.FAIL,
        title=f"2  A change that reads well and is wrong ({REGRESSED}): it should be held back",
    ),
)


def demo() -> None:
    """Show the whole story on the bundled agent: a good version passes, a regressed one is held back. No keys."""
    with told():
        try:
            raise typer.Exit(0 if _play(_example()) else 1)
        except Interrupted:
            tell("interrupted; nothing is left running")
            raise typer.Exit(INTERRUPTED) from None


demo.__doc__ = f"{demo.__doc__}{EXAMPLE}"


def _example() -> Path:
    """Folder of the example agent: in a checkout it lies beside the code, in an installed package it does not."""
    found = find_spec("examples")
    for place in found.submodule_search_locations or () if found is not None else ():
        folder = Path(place) / "support_agent"
        if (folder / "sluice.yaml").is_file():
            return folder
    raise UsageError(
        "the demo needs the example agent, which comes with a checkout of Sluice and not with the installed package",
        hint="run `make demo` in a checkout",
    )


def _play(example: Path) -> bool:
    """Run both acts as flows on a Prefect server of our own; whether both ended as they should."""
    console, folder = make_console(), FOLDER.absolute()
    home, port = prefect_home(folder), free_port()
    url = api_url(HOST, port)
    _tell_title(console, "Sluice: let good changes flow, hold regressions back")
    console.print(INTRODUCTION, soft_wrap=True)
    with Children(folder / "logs") as children:
        start_server(children, host=HOST, port=port, home=home)
        os.environ["SLUICE_STORAGE__URL"] = f"sqlite:///{folder / 'demo.db'}"
        os.environ["PREFECT_HOME"] = str(home)
        use_server(url, log_folder=folder / "logs")
        with shown(console, "starting a Prefect server, which will show every trial"):
            wait_until_ready(children, url)
        outcomes = []
        for act in ACTS:
            outcomes.append(_gate(console, act, example))
            # Prefect and the event loop took the signals for the time of the run.
            children.listen()
            children.watch(seconds=0)
        with shown(console, "ending the Prefect server"):
            children.end()
    return _tell_end(console, outcomes, example=example)


def _gate(console: Console, act: Act, example: Path) -> GateOutcome:
    _tell_title(console, act.title)
    request = GateRequest(
        config=str(example / "sluice.yaml"),
        agent_version=act.version,
        report_dir=str((REPORTS / f"demo-{act.version}").absolute()),
    )
    outcome = run_gate(request, engine="prefect")
    show_outcome(outcome)
    return outcome


def _tell_title(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, style="bold cyan"), soft_wrap=True)


def _tell_end(console: Console, outcomes: list[GateOutcome], *, example: Path) -> bool:
    """Say what has been seen and what to do next; whether it is what should have been seen."""
    _tell_title(console, "What you have seen")
    right = True
    for act, outcome in zip(ACTS, outcomes, strict=True):
        verdict = outcome.report.verdict
        as_expected = verdict is act.expected
        right = right and as_expected
        told_so = "" if as_expected else f", though {act.expected.value} was expected"
        console.print(f"  {act.version}: {verdict.value}{told_so}", soft_wrap=True)
        console.print(f"    report: {_short(outcome.files['html'])}", soft_wrap=True)
    ours = _command()
    next_steps = [
        ("read a report", f"open {_short(outcomes[-1].files['html'])} in a browser"),
        ("see both runs in the Prefect UI", f"{ours} up (here), then http://127.0.0.1:4200/runs"),
        ("list the runs", f"SLUICE_STORAGE__URL=sqlite:///{FOLDER.absolute() / 'demo.db'} {ours} runs list"),
        ("gate another version", f"{ours} gate --config {_short(example / 'sluice.yaml')} --agent-version VERSION"),
        ("read a golden case", f"{_short(example / 'golden')}/"),
    ]
    _tell_title(console, "Next")
    for what, how in next_steps:
        console.print(f"  {what}: {how}", soft_wrap=True)
    return right


def _command() -> str:
    """Our command as one would type it here; it is seldom on the path of somebody who has just installed it."""
    return "sluice" if shutil.which("sluice") else _short(Path(sys.executable).parent / "sluice")


def _short(path: Path) -> str:
    """A path as one would type it here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)

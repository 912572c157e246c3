"""A process of ours as a user starts it, whose every look-up and connection is written down, its children's too."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Python loads a module of this name before anything else.
SITE = """
import os, sys

def _note(event, arguments):
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    with open(os.environ["REACHED"], "a") as file:
        file.write(str(host.decode() if isinstance(host, bytes) else host) + "\\n")

sys.addaudithook(_note)
"""


def noted_environment(folder: Path) -> dict[str, str]:
    """An environment that knows no Prefect server, and notes in ``reached.txt`` whom a process looks up."""
    site = folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(SITE, encoding="utf8")
    given = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "SLUICE_"))}
    # What the test session switches off must be switched off by ourselves too.
    for name in ("DO_NOT_TRACK", "GX_ANALYTICS_ENABLED", "LITELLM_LOCAL_MODEL_COST_MAP"):
        given.pop(name, None)
    return given | {"PYTHONPATH": f"{site}{os.pathsep}{ROOT}", "REACHED": str(folder / "reached.txt")}


def reached(folder: Path) -> set[str]:
    """The hosts that were looked up or connected to."""
    path = folder / "reached.txt"
    return set(path.read_text(encoding="utf8").split()) if path.exists() else set()

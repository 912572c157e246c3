"""Which engine runs a gate."""

import os
import socket
import tomllib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import yaml

from tasks.writing import write_whole

EngineName = Literal["auto", "prefect", "inline"]
DEFAULT_SERVER = "http://127.0.0.1:4200/api"
ANSWERS_WITHIN_S = 0.25


def chosen_engine(wanted: EngineName, env: Mapping[str, str]) -> tuple[Literal["prefect", "inline"], str]:
    """The engine, and the Prefect API it uses.

    ``auto`` uses a Prefect server where one is configured (``PREFECT_API_URL``, or Prefect's active profile) or runs at
    Prefect's own address, and the inline engine where none is. Prefect is not imported to find out: that takes 2 s.

    Returns:
        The engine, and the address of the server; an empty address where Prefect is to start one of its own.
    """
    if wanted == "inline":
        return "inline", ""
    configured = env.get("PREFECT_API_URL") or _from_profile(env)
    if configured:
        return "prefect", configured
    if _answers(DEFAULT_SERVER):
        return "prefect", DEFAULT_SERVER
    return ("prefect", "") if wanted == "prefect" else ("inline", "")


def _from_profile(env: Mapping[str, str]) -> str:
    home = Path(env.get("PREFECT_HOME") or Path.home() / ".prefect")
    try:
        document = tomllib.loads((home / "profiles.toml").read_text(encoding="utf8"))
    except (OSError, ValueError):
        return ""
    profile = document.get("profiles", {}).get(env.get("PREFECT_PROFILE") or document.get("active"), {})
    return str(profile.get("PREFECT_API_URL", ""))


def _answers(url: str) -> bool:
    place = urlsplit(url)
    try:
        with socket.create_connection((place.hostname or "", place.port or 80), timeout=ANSWERS_WITHIN_S):
            return True
    except OSError:
        return False


def use_server(url: str, *, log_folder: Path) -> None:
    """Point Prefect, which is imported later, at a server; it logs to a file, and nothing of it calls home.

    Args:
        url: Its API; empty to let Prefect start a server of its own for the time of the run.
        log_folder: Where ``prefect.log`` is written: on the terminal it would bury the verdict.
    """
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    if url:
        os.environ["PREFECT_API_URL"] = url
    if "PREFECT_LOGGING_SETTINGS_PATH" not in os.environ:
        os.environ["PREFECT_LOGGING_SETTINGS_PATH"] = str(_logging_settings(log_folder))


def _logging_settings(folder: Path) -> Path:
    """Prefect's own logging settings with its console turned into a file."""
    found = find_spec("prefect")
    assert found is not None, "prefect is a dependency"
    assert found.origin is not None, "prefect is an ordinary package"
    settings = yaml.safe_load((Path(found.origin).parent / "logging" / "logging.yml").read_text(encoding="utf8"))
    folder.mkdir(parents=True, exist_ok=True)
    settings["handlers"]["console"] = {
        "class": "logging.FileHandler",
        "filename": str(folder / "prefect.log"),
        "encoding": "utf8",
        "formatter": "standard",
        "delay": True,
    }
    path = folder / "prefect-logging.yml"
    write_whole(path, yaml.safe_dump(settings).encode())
    return path

"""Which engine runs a gate."""

import json
import os
import socket
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from tasks.writing import write_whole

EngineName = Literal["auto", "prefect", "inline"]
DEFAULT_SERVER = "http://127.0.0.1:4200/api"
ANSWERS_WITHIN_S = 0.25
# Nothing calls home, and a run that is killed is noticed: a heartbeat every 30 s (see deployments/automations).
QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    # A run has hundreds of trials, and its log is read for what went wrong.
    "PREFECT_LOGGING_LOGGERS_PREFECT_TASK_RUNS_LEVEL": "WARNING",
}


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

    Raises:
        UsageError: The folder cannot be written.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    if url:
        os.environ["PREFECT_API_URL"] = url
    if "PREFECT_LOGGING_SETTINGS_PATH" not in os.environ:
        os.environ["PREFECT_LOGGING_SETTINGS_PATH"] = str(_logging_settings(log_folder))


def _logging_settings(folder: Path) -> Path:
    """Prefect's logging as it is by default, but with a file in the place of the terminal."""
    log, level = str(folder / "prefect.log"), os.environ.get("PREFECT_LOGGING_LEVEL", "INFO")
    to_file = {"class": "logging.FileHandler", "filename": log, "encoding": "utf8", "formatter": "line", "delay": True}
    settings = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": "prefect.logging.formatters.PrefectFormatter",
                "format": "%(asctime)s | %(levelname)-7s | %(name)s - %(message)s",
                "flow_run_fmt": "%(asctime)s | %(levelname)-7s | Flow run %(flow_run_name)r - %(message)s",
                "task_run_fmt": "%(asctime)s | %(levelname)-7s | Task run %(task_run_name)r - %(message)s",
            }
        },
        # Prefect adds to each of these what the environment says of it (PREFECT_LOGGING_..).
        "handlers": {"console": to_file, "api": {"class": "prefect.logging.handlers.APILogHandler"}},
        "loggers": {
            "prefect": {"level": level},
            "prefect.extra": {"level": level, "handlers": ["api"], "propagate": False},
            "prefect.flow_runs": {"level": level, "handlers": ["api"]},
            "prefect.task_runs": {"level": level, "handlers": ["api"]},
        },
        "root": {"level": "WARNING", "handlers": ["console"]},
    }
    path = folder / "prefect-logging.json"
    write_whole(path, json.dumps(settings, indent=1).encode())
    return path

"""Which engine runs a gate."""

import os
import socket
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

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


def use_server(url: str) -> None:
    """Point Prefect, which is imported later, at a server; nothing of it calls home."""
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    if url:
        os.environ["PREFECT_API_URL"] = url

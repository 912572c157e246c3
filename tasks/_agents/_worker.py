"""Runs in the agent's own interpreter: imports ``pkg.mod:function`` and answers one JSON object a line.

Standard library only, Python 3.8 or later, and no import of Sluice: this file is given to an interpreter by path.
"""

from __future__ import annotations

import os
import sys

# The folder of this file would otherwise stand first and shadow modules of the standard library and of the agent.
sys.path[0] = os.getcwd()

import asyncio  # noqa: E402
import importlib  # noqa: E402
import inspect  # noqa: E402
import json  # noqa: E402
import traceback  # noqa: E402
from typing import Any  # noqa: E402


def load(target: str) -> Any:
    """The function named by ``pkg.mod:function``."""
    module_name, _, path = target.partition(":")
    found = importlib.import_module(module_name)
    for name in path.split("."):
        found = getattr(found, name)
    if not callable(found):
        raise TypeError(f"{target} is not callable")
    return found


def as_reply(value: Any) -> Any:
    """A recorded run without its keys: what the function returned, or a mapping with its answer."""
    if isinstance(value, dict) and ("output" in value or "status" in value or "error" in value):
        return value
    return {"output": value}


def answer(function: Any, loop: asyncio.AbstractEventLoop, line: bytes) -> str:
    """One reply, whatever the function does."""
    try:
        request = json.loads(line)
        os.environ["TRACEPARENT"] = request["traceparent"]
        value = function(request)
        if inspect.isawaitable(value):
            value = loop.run_until_complete(value)
        return json.dumps(as_reply(value), allow_nan=False)
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        return json.dumps({"status": "aborted", "error": f"{type(error).__name__}: {error}"})


def main() -> int:
    """Serve until the input ends."""
    # What the agent prints, also from its own C code or child processes, must not mix with our replies.
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        function = load(sys.argv[1])
    except BaseException as error:
        traceback.print_exc()
        replies.write(json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode() + b"\n")
        return 1
    replies.write(b'{"ready": true}\n')
    for line in requests:
        replies.write(answer(function, loop, line).encode() + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

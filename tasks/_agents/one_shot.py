"""One process from its start to its end, and what it said."""

import asyncio
import contextlib
from asyncio.subprocess import Process

from sluice.trials.answers import UnreadableAnswerError
from tasks._agents.logs import LastLines
from tasks._agents.processes import ending, kill_group, opened, until_ended

_LAST_PIECES_S = 1.0


async def output_of(process: Process, *, stdin: bytes | None, max_bytes: int, last: LastLines) -> bytes:
    """What a program prints until it ends.

    Args:
        process: The program, just started.
        stdin: What it reads; None where it was started without an input.
        max_bytes: Most it may print.
        last: Follows what it prints beside its output.

    Raises:
        UnreadableAnswerError: It prints too much, or ends with another exit status than 0.
    """
    reading = asyncio.create_task(_read(opened(process.stdout), max_bytes))
    errors = asyncio.create_task(last.follow(opened(process.stderr)))
    ended = asyncio.create_task(until_ended(process))
    tasks = {reading, errors, ended}
    if stdin is not None:
        tasks.add(asyncio.create_task(_write(opened(process.stdin), stdin)))
    try:
        await asyncio.wait({reading, ended}, return_when=asyncio.FIRST_COMPLETED)
        if reading.done():
            # Too long an output is known before the program ends.
            reading.result()
        await ended
        # What it left running would keep our pipes open.
        kill_group(process)
        await asyncio.wait({reading, errors}, timeout=_LAST_PIECES_S)
        if process.returncode != 0:
            raise UnreadableAnswerError(f"the agent's process {ending(process)}; {last.quoted()}")
        if not reading.done():
            raise UnreadableAnswerError("the agent's process ended, but its output did not")
        return reading.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read(stream: asyncio.StreamReader, max_bytes: int) -> bytes:
    said = bytearray()
    while piece := await stream.read(65_536):
        said += piece
        if len(said) > max_bytes:
            raise UnreadableAnswerError(f"the answer is longer than max_answer_bytes ({max_bytes})")
    return bytes(said)


async def _write(stream: asyncio.StreamWriter, text: bytes) -> None:
    # A program need not read all of its input.
    with contextlib.suppress(ConnectionError):
        stream.write(text)
        await stream.drain()
        stream.close()

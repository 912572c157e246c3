"""agentevals scores trajectories as fast as it can; reads them from a file, prints how many a second."""

import json
import sys
import time
from pathlib import Path

from agentevals.trajectory.match import create_trajectory_match_evaluator


def as_messages(calls: list[dict]) -> list[dict]:
    """One assistant message with all calls, as its OpenAI-style input wants them."""
    tool_calls = [{"function": {"name": call["name"], "arguments": json.dumps(call["args"])}} for call in calls]
    return [{"role": "assistant", "content": "", "tool_calls": tool_calls}]


runs = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf8").splitlines()]
pairs = [(as_messages(run["calls"]), as_messages(run["expected"])) for run in runs]
rates = {}
for mode in ("strict", "superset"):
    matches = create_trajectory_match_evaluator(trajectory_match_mode=mode)
    n_scored, started = 0, time.perf_counter()
    while time.perf_counter() - started < float(sys.argv[2]):
        for outputs, reference in pairs:
            matches(outputs=outputs, reference_outputs=reference)
        n_scored += len(pairs)
    rates[mode] = n_scored / (time.perf_counter() - started)
print(json.dumps(rates))

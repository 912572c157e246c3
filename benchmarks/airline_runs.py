"""Made-up runs of an airline agent: four calls expected, nine made, with look-ups, slips and retries among them."""

import random
from dataclasses import dataclass
from typing import Any

READS = (
    "get_user_details",
    "get_reservation_details",
    "search_direct_flight",
    "search_onestop_flight",
    "list_airports",
)
WRITES = ("book_reservation", "update_reservation_flights", "update_reservation_baggages", "cancel_reservation")
N_EXPECTED, N_CALLS = 4, 9


@dataclass(frozen=True, slots=True)
class MadeUpRun:
    """What should have been called, and what was."""

    expected: list[dict[str, Any]]
    calls: list[dict[str, Any]]


def _arguments(rng: random.Random, tool: str) -> dict[str, Any]:
    """Arguments as an airline's tools take them: texts, numbers, lists of mappings."""
    arguments: dict[str, Any] = {"user_id": f"user_{rng.randrange(9999)}"}
    if tool in READS:
        return arguments | {"date": f"2024-05-{rng.randrange(1, 29):02d}", "origin": rng.choice(["JFK", "SEA", "LAX"])}
    flights = [{"flight_number": f"HAT{rng.randrange(300):03d}", "date": "2024-05-20"} for _ in range(2)]
    payment = [{"payment_id": f"card_{rng.randrange(9999)}", "amount": rng.randrange(50, 900)}]
    return arguments | {"cabin": rng.choice(["economy", "business"]), "flights": flights, "payment_methods": payment}


def _slip(rng: random.Random, call: dict[str, Any]) -> dict[str, Any]:
    """The same call with one argument gone wrong."""
    name = rng.choice(sorted(call["args"]))
    return call | {"args": call["args"] | {name: "something else"}}


def make_runs(*, seed: int, n_runs: int) -> list[MadeUpRun]:
    """Make runs; a third does everything expected, a third slips in an argument, a third leaves a step out."""
    rng = random.Random(seed)
    runs = []
    for index in range(n_runs):
        tools = [*rng.sample(READS, 2), *rng.sample(WRITES, 2)]
        expected = [{"name": tool, "args": _arguments(rng, tool)} for tool in tools]
        made = list(expected)
        if index % 3 == 1:
            made[3] = _slip(rng, made[3])
        elif index % 3 == 2:
            made.pop(2)
        while len(made) < N_CALLS:
            tool = rng.choice(READS)
            detour = {"name": tool, "args": _arguments(rng, tool)}
            made.insert(rng.randrange(len(made) + 1), rng.choice([detour, detour, rng.choice(made)]))
        runs.append(MadeUpRun(expected, made))
    return runs

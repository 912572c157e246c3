"""Inspect does the job: a solver calls the agent, a scorer looks for the word."""

import os
from typing import Any

import httpx
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import includes, model_graded_qa
from inspect_ai.solver import solver

SERVICES, CASES = os.environ["BENCH_SERVICES"], int(os.environ["BENCH_CASES"])
JUDGED = os.environ["BENCH_JUDGED"] == "1"


@solver
def ask_agent() -> Any:
    """Call the agent once."""
    client = httpx.AsyncClient(timeout=60)

    async def solve(state: Any, generate: Any) -> Any:
        answer = (await client.post(f"{SERVICES}/agent", json={"input": state.input_text})).json()
        state.output = ModelOutput.from_content("agent", answer["output"])
        return state

    return solve


@task
def refunds() -> Task:
    """The same cases as everybody's."""
    samples = [Sample(id=order, input=f"Please refund order {order}", target="refund") for order in range(1, CASES + 1)]
    return Task(dataset=samples, solver=ask_agent(), scorer=model_graded_qa() if JUDGED else includes())

"""pydantic_evals does the job: the task calls the agent, an evaluator looks for the word."""

import asyncio
import os

import httpx
from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import Contains, LLMJudge

SERVICES, CASES = os.environ["BENCH_SERVICES"], int(os.environ["BENCH_CASES"])
JUDGED = os.environ["BENCH_JUDGED"] == "1"
client = httpx.AsyncClient(timeout=60)


async def ask_agent(question: str) -> str:
    """Call the agent once."""
    return (await client.post(f"{SERVICES}/agent", json={"input": question})).json()["output"]


judge = LLMJudge(rubric="The answer confirms the refund", model="openai-chat:gpt-4o-mini")
dataset = Dataset(
    name="refunds",
    cases=[Case(name=str(order), inputs=f"Please refund order {order}") for order in range(CASES)],
    evaluators=[judge if JUDGED else Contains(value="refund")],
)
report = asyncio.run(dataset.evaluate(ask_agent, max_concurrency=20, progress=False))
print("PASSED", sum(all(check.value for check in case.assertions.values()) for case in report.cases))

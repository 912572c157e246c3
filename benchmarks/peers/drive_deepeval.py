"""DeepEval does the job: it has no agent runner, so the driver calls the agent and hands it the test cases."""

import asyncio
import os

import httpx
from deepeval import evaluate
from deepeval.evaluate import AsyncConfig, CacheConfig, DisplayConfig
from deepeval.metrics import GEval, ToolCorrectnessMetric
from deepeval.models import GPTModel
from deepeval.test_case import LLMTestCase, SingleTurnParams, ToolCall

SERVICES, CASES, AT_ONCE = os.environ["BENCH_SERVICES"], int(os.environ["BENCH_CASES"]), 20
EXPECTED = [ToolCall(name="lookup_order"), ToolCall(name="issue_refund")]


async def ask_agent(client: httpx.AsyncClient, slots: asyncio.Semaphore, order: int) -> LLMTestCase:
    """Call the agent once."""
    question = f"Please refund order {order}"
    async with slots:
        answer = (await client.post(f"{SERVICES}/agent", json={"input": question})).json()
    called = [ToolCall(name=call["name"], input_parameters=call["args"]) for call in answer["tool_calls"]]
    return LLMTestCase(
        input=question,
        actual_output=answer["output"],
        expected_output="The refund was issued",
        tools_called=called,
        expected_tools=EXPECTED,
    )


async def ask_all() -> list[LLMTestCase]:
    """Call the agent for every case, some at once."""
    slots = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(timeout=60) as client:
        return list(await asyncio.gather(*(ask_agent(client, slots, order) for order in range(CASES))))


# ToolCorrectness asks for a model when it is made, though it calls none without `available_tools`.
model = GPTModel(model="gpt-4o-mini")
if os.environ["BENCH_JUDGED"] == "1":
    steps = ["Check that the answer confirms the refund"]
    asked = [SingleTurnParams.INPUT, SingleTurnParams.ACTUAL_OUTPUT]
    metric = GEval(name="refund", evaluation_steps=steps, evaluation_params=asked, model=model)
else:
    metric = ToolCorrectnessMetric(model=model, include_reason=False)
result = evaluate(
    test_cases=asyncio.run(ask_all()),
    metrics=[metric],
    async_config=AsyncConfig(max_concurrent=AT_ONCE, throttle_value=0),
    cache_config=CacheConfig(write_cache=False),
    display_config=DisplayConfig(show_indicator=False, print_results=False, inspect_after_run=False),
)
print("PASSED", sum(test.success for test in result.test_results))

"""Recorded runs in an agent's place, and what the door refuses or imports."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sluice.errors import DocumentError, UsageError
from tests.tasks.agents.misbehaving import KEY, a_request, an_agent


async def test_a_trial_gets_the_run_that_was_recorded_for_it(tmp_path):
    runs = [
        {"case_id": KEY.case_id, "variant": KEY.variant, "trial": trial, "output": f"answer {trial}", "tool_calls": []}
        for trial in range(4)
    ]
    (tmp_path / "runs.jsonl").write_text("\n".join(json.dumps(run) for run in runs), encoding="utf8")
    async with an_agent(tmp_path, recorded={"file": "runs.jsonl"}) as agent:
        run = await agent.ask(a_request())
    assert (run.key, run.output, run.tool_calls) == (KEY, "answer 2", ())


async def test_a_trial_that_was_not_recorded_is_not_evaluated(tmp_path):
    (tmp_path / "runs.jsonl").write_text('{"case_id": "other", "trial": 0, "output": "x"}\n', encoding="utf8")
    async with an_agent(tmp_path, recorded={"file": "runs.jsonl"}) as agent:
        run = await agent.ask(a_request())
    assert (run.status, run.error) == ("not_evaluated", "runs.jsonl has no run for refund/p1#2")


async def test_a_file_that_is_missing_or_broken_is_known_before_the_first_trial(tmp_path):
    with pytest.raises(UsageError, match=r"runs\.jsonl"):
        async with an_agent(tmp_path, recorded={"file": "runs.jsonl"}):
            pass
    (tmp_path / "runs.jsonl").write_text("{", encoding="utf8")
    with pytest.raises(DocumentError):
        async with an_agent(tmp_path, recorded={"file": "runs.jsonl"}):
            pass


@pytest.mark.parametrize(
    ("ways", "got"),
    [({}, "got none"), ({"recorded": {"file": "a"}, "http": {"url": "http://127.0.0.1/"}}, "got http and recorded")],
)
async def test_an_agent_is_reached_in_exactly_one_way(tmp_path, ways, got):
    with pytest.raises(UsageError, match=f"exactly one of the ways .* {got}"):
        async with an_agent(tmp_path, **ways):
            pass


async def test_a_health_address_that_is_none_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"agent\.health must begin with http"):
        async with an_agent(tmp_path, health="127.0.0.1:80", http={"url": "http://127.0.0.1/"}):
            pass


def test_the_door_imports_nothing_heavy():
    heavy = ["prefect", "pandas", "litellm", "jsonpath", "scipy.stats", "great_expectations", "alembic"]
    code = f"import sys, tasks._agents, tasks.identity, tasks.policy; print([m for m in {heavy} if m in sys.modules])"
    root = Path(__file__).parents[3]
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True, timeout=60
    )
    assert said.stdout.strip() == "[]"

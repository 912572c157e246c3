import json

import pytest

from sluice.errors import InvalidInputError
from sluice.golden.importing.tau_bench import import_tau_bench


def record(**fields):
    return {
        "domain": "shop",
        "task_id": 1,
        "trial": 0,
        "reward": 1.0,
        "instruction": "Return the hat",
        "reference_actions": [{"name": "get_order", "args": {"id": "1"}}, {"name": "return_item", "args": {"id": "1"}}],
        "agent_calls": [{"msg_idx": 2, "name": "return_item", "args": {"id": "1"}, "result": "ok"}],
        "messages": [{"role": "assistant", "content": "Done."}],
        **fields,
    }


def test_only_calls_that_change_the_world_are_required():
    imported = import_tau_bench([record()])
    trajectory = imported.cases[0]["expect"]["trajectory"]
    assert trajectory["steps"] == [{"tool": "return_item", "args": {"id": "1"}}]
    assert trajectory["optional"] == [{"tool": ["get_order"]}, {"tool": "*", "status": "error"}]
    assert (trajectory["extra"], trajectory["order"]) == ("forbidden", "any_order")


def test_a_run_keeps_calls_answer_and_reward():
    run = import_tau_bench([record()]).runs[0]
    assert run["case_id"] == "shop-1"
    assert run["tool_calls"] == [{"name": "return_item", "args": {"id": "1"}, "result": "ok", "batch": 2}]
    assert (run["output"], run["reward"], run["status"]) == ("Done.", 1.0, "completed")


def test_a_result_that_begins_with_error_is_a_failed_call():
    calls = [{"msg_idx": 2, "name": "return_item", "args": {}, "result": "Error: no such item"}]
    assert import_tau_bench([record(agent_calls=calls)]).runs[0]["tool_calls"][0]["error"] == "Error: no such item"


def test_prose_arguments_are_not_compared_and_mappings_are_taken_literally():
    args = {"note": "one two three four five six seven eight nine ten eleven twelve thirteen", "where": {"any": True}}
    trajectory = import_tau_bench([record(reference_actions=[{"name": "post", "args": args}])]).cases[0]["expect"][
        "trajectory"
    ]
    assert trajectory["steps"][0]["args"] == {"note": {"any": True}, "where": {"literal": {"any": True}}}


def test_required_texts_become_an_answer_check():
    assert import_tau_bench([record(reference_outputs=["54"])]).cases[0]["expect"]["answer"] == {"contains": ["54"]}


def test_the_benchmarks_own_file_is_read():
    call = {"id": "c1", "function": {"name": "return_item", "arguments": '{"id": "1"}'}}
    own = {
        "task_id": 4,
        "trial": 2,
        "reward": 0.0,
        "info": {
            "task": {
                "instruction": "Return it",
                "actions": [{"name": "return_item", "kwargs": {"id": "1"}}],
                "outputs": [],
            }
        },
        "traj": [
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "ok"},
            {"role": "assistant", "content": "Returned."},
        ],
    }
    imported = import_tau_bench([own])
    assert imported.cases[0]["id"] == "task-4"
    assert imported.cases[0]["expect"]["trajectory"]["steps"] == [{"tool": "return_item", "args": {"id": "1"}}]
    assert imported.runs[0]["trial"] == 2
    assert imported.runs[0]["tool_calls"] == [{"name": "return_item", "args": {"id": "1"}, "result": "ok", "batch": 0}]


def test_the_second_generations_file_is_read():
    document = {
        "tasks": [
            {
                "id": "7",
                "user_scenario": {"instructions": "Cancel"},
                "evaluation_criteria": {
                    "actions": [
                        {"name": "cancel_order", "arguments": {"id": 1}},
                        {"name": "toggle", "arguments": {}, "requestor": "user"},
                    ],
                    "communicate_info": ["12"],
                },
            }
        ],
        "simulations": [
            {
                "task_id": "7",
                "trial": 1,
                "reward_info": {"reward": 1.0},
                "messages": [
                    {
                        "role": "assistant",
                        "content": None,
                        "tool_calls": [{"id": "x", "name": "cancel_order", "arguments": {"id": 1}}],
                    },
                    {"role": "tool", "id": "x", "content": "boom", "error": True},
                    {"role": "assistant", "content": "12"},
                ],
            }
        ],
    }
    imported = import_tau_bench(document)
    assert imported.cases[0]["expect"]["trajectory"]["steps"] == [{"tool": "cancel_order", "args": {"id": 1}}]
    assert imported.runs[0]["tool_calls"][0]["error"] == "boom"
    assert imported.runs[0]["reward"] == 1.0


def test_a_trial_that_occurs_twice_is_told_and_kept_once():
    imported = import_tau_bench([record(), record(reward=0.0)])
    assert [run["reward"] for run in imported.runs] == [1.0]
    assert imported.notes == ("shop-1: trial 0 occurs twice, the first one stands",)


@pytest.mark.parametrize("document", [{}, {"a": 1}, [1], [{"no": "task"}], "text"])
def test_other_documents_are_refused(document):
    with pytest.raises(InvalidInputError, match="expected tau-bench results"):
        import_tau_bench(document)


def test_an_empty_file_is_refused():
    with pytest.raises(InvalidInputError, match="the file holds no trial"):
        import_tau_bench([])


def test_the_recorded_airline_runs_become_50_cases_and_200_runs(shared_data):
    path = shared_data / "tau_bench" / "trajectories_gpt-4o_airline.jsonl"
    imported = import_tau_bench([json.loads(line) for line in path.read_text(encoding="utf8").splitlines()])
    assert (len(imported.cases), len(imported.runs), imported.notes) == (50, 200, ())

"""tau-bench results made into golden cases and recorded runs.

tau-bench pays its reward for the state of the database after the run and for texts the agent had to say, so that is
what the cases ask for: the reference's calls that change the world, with their arguments, and no other such call.
Look-ups, reckoning, thinking and hand-over are optional, and a failed attempt changed nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sluice.documents.values import Json
from sluice.errors import InvalidInputError
from sluice.trajectory.consequence import LOOKING_WEIGHT, call_weight
from sluice.trials.messages import calls_from_messages, error_text

# A text argument of more words than this is prose that no two runs word alike.
MOST_WORDS_COMPARED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import gives: documents as they are written to disk.

    Args:
        cases: Golden cases, one a task.
        runs: Recorded runs, one a trial.
        notes: What was left out, in words.
    """

    cases: tuple[dict[str, Json], ...]
    runs: tuple[dict[str, Json], ...]
    notes: tuple[str, ...]


def import_tau_bench(document: Json) -> Imported:
    """Read tau-bench results.

    Args:
        document: The parsed file: a list of trials (``task_id, trial, reward, info, traj`` as tau-bench writes them, or
            the flat records ``task_id, trial, reward, reference_actions, agent_calls``), or tau2-bench's
            ``{tasks, simulations}``.

    Raises:
        InvalidInputError: It is none of these.
    """
    trials = [_trial(record) for record in _records(document)]
    if not trials:
        raise InvalidInputError("the file holds no trial")
    cases: dict[str, dict[str, Json]] = {}
    used_tools = sorted({call["name"] for trial in trials for call in trial.calls + list(trial.reference)})
    for trial in trials:
        cases.setdefault(trial.case_id, _case(trial, used_tools))
    notes = []
    runs: dict[tuple[str, int], dict[str, Json]] = {}
    for trial in trials:
        key = (trial.case_id, trial.number)
        if key in runs:
            notes.append(f"{trial.case_id}: trial {trial.number} occurs twice, the first one stands")
            continue
        runs[key] = _run(trial)
    return Imported(cases=tuple(cases.values()), runs=tuple(runs.values()), notes=tuple(notes))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    case_id: str
    number: int
    reward: float | None
    instruction: str
    domain: str
    reference: Sequence[Mapping[str, Json]]
    outputs: Sequence[str]
    calls: list[dict[str, Json]]
    said: Sequence[str]
    model: str | None


def _records(document: Json) -> Iterable[Mapping[str, Json]]:
    if isinstance(document, Mapping) and "simulations" in document:
        tasks = {str(task["id"]): task for task in document.get("tasks", [])}
        return [_from_tau2(simulation, tasks) for simulation in document["simulations"]]
    if isinstance(document, list) and all(isinstance(record, Mapping) and "task_id" in record for record in document):
        return document
    raise InvalidInputError("expected tau-bench results: a list of trials with task_id, or {tasks, simulations}")


def _from_tau2(simulation: Mapping[str, Json], tasks: Mapping[str, Json]) -> Mapping[str, Json]:
    task = tasks.get(str(simulation["task_id"]), {})
    wanted = task.get("evaluation_criteria") or {}
    actions = [
        {"name": action["name"], "args": action.get("arguments", {})}
        for action in wanted.get("actions") or []
        if action.get("requestor", "assistant") == "assistant"
    ]
    own = [message for message in simulation.get("messages") or [] if message.get("requestor", "assistant") != "user"]
    spoken = [message for message in own if message.get("role") != "user" or not message.get("tool_calls")]
    scenario = task.get("user_scenario") or {}
    return {
        "task_id": simulation["task_id"],
        "trial": simulation.get("trial", 0),
        "reward": (simulation.get("reward_info") or {}).get("reward"),
        "instruction": str(scenario.get("instructions", "")),
        "reference_actions": actions,
        "reference_outputs": wanted.get("communicate_info") or [],
        "messages": spoken,
    }


def _trial(record: Mapping[str, Json]) -> _Trial:
    task = (record.get("info") or {}).get("task") or {}
    messages = record.get("messages") or record.get("traj") or []
    reference = record.get("reference_actions") or task.get("actions") or []
    domain = str(record.get("domain") or "task")
    return _Trial(
        case_id=f"{domain}-{record['task_id']}",
        number=int(record.get("trial") or 0),
        reward=record.get("reward"),
        instruction=str(record.get("instruction") or task.get("instruction") or f"task {record['task_id']}"),
        domain=domain,
        reference=[{"name": action["name"], "args": _args(action)} for action in reference],
        outputs=record.get("reference_outputs") or task.get("outputs") or [],
        calls=_calls(record, messages),
        said=[
            str(message["content"])
            for message in messages
            if message.get("role") == "assistant" and isinstance(message.get("content"), str) and message["content"]
        ],
        model=record.get("model"),
    )


def _args(action: Mapping[str, Json]) -> Json:
    return next((action[key] for key in ("args", "kwargs", "arguments") if action.get(key) is not None), {})


def _calls(record: Mapping[str, Json], messages: Sequence[Mapping[str, Json]]) -> list[dict[str, Json]]:
    if record.get("agent_calls") is None:
        found = calls_from_messages(messages)
        raw = [
            {"name": call.name, "args": dict(call.args), "args_text": call.args_text, "result": call.result,
             "error": call.error, "batch": call.batch}
            for call in found
        ]  # fmt: skip
    else:
        raw = [
            {"name": call["name"], "args": _args(call), "result": call.get("result"),
             "error": error_text(call.get("result")), "batch": call.get("msg_idx")}
            for call in record["agent_calls"]
        ]  # fmt: skip
    return [{key: value for key, value in call.items() if value is not None} for call in raw]


def _case(trial: _Trial, used_tools: Sequence[str]) -> dict[str, Json]:
    steps = [action for action in trial.reference if _changes_the_world(action["name"])]
    optional: list[Json] = [{"tool": [name for name in used_tools if not _changes_the_world(name)]}]
    trajectory: dict[str, Json] = {
        "order": "any_order",
        "steps": [{"tool": step["name"], "args": {k: _expected(v) for k, v in step["args"].items()}} for step in steps],
        "optional": [entry for entry in optional if entry["tool"]] + [{"tool": "*", "status": "error"}],
        "extra": "forbidden",
    }
    expect: dict[str, Json] = {"trajectory": trajectory}
    if trial.outputs:
        expect["answer"] = {"contains": [str(text) for text in trial.outputs]}
    return {
        "id": trial.case_id,
        "input": trial.instruction,
        "capability": "tool_use",
        "tags": ["tau-bench", trial.domain],
        "expect": expect,
        "provenance": {"source": "tau-bench"},
    }


def _changes_the_world(name: str) -> bool:
    return call_weight(name, None) != LOOKING_WEIGHT


def _expected(value: Json) -> Json:
    if isinstance(value, str) and len(value.split()) > MOST_WORDS_COMPARED:
        return {"any": True}
    return {"literal": value} if isinstance(value, Mapping | list) else value


def _run(trial: _Trial) -> dict[str, Any]:
    run = {
        "case_id": trial.case_id,
        "trial": trial.number,
        "status": "completed",
        # The required texts may be said at any point of the talk, so the answer is all that the agent said.
        "output": "\n\n".join(trial.said),
        "tool_calls": trial.calls,
        "reward": trial.reward,
        "agent_version": trial.model,
    }
    return {key: value for key, value in run.items() if value is not None}

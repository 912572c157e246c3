"""What is said about a run beside its verdict."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sluice.gates.decide import Evidence
from sluice.gates.policy import Policy
from sluice.gates.verdict import RunFacts
from sluice.golden.case import Stratum
from sluice.identity import AgentIdentity
from sluice.trials.recorded import RecordedRun, TrialKey
from tasks.baselines import BaselineFile
from tasks.gate.loading import Questions


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What a finished run knows of itself."""

    run_id: str
    engine: str
    identity: AgentIdentity
    questions: Questions
    baseline: BaselineFile | None
    trials: Mapping[str, int]
    runs: Mapping[TrialKey, RecordedRun]
    started_at: datetime
    ended_at: datetime


def run_facts(happened: Happened) -> RunFacts:
    """The facts of a run, for its reports."""
    dataset = happened.questions.dataset
    return RunFacts(
        run_id=happened.run_id,
        agent=happened.identity.agent,
        identity=happened.identity.as_record(),
        baseline=baseline_facts(happened.baseline),
        dataset=dataset_facts(str(happened.questions.path), dataset.version, happened.questions.strata),
        cost=cost_facts(happened.runs.values()),
        trials_per_stratum=trials_in_words(happened.trials),
        started_at=happened.started_at.isoformat(timespec="seconds"),
        duration_s=(happened.ended_at - happened.started_at).total_seconds(),
        engine=happened.engine,
    )


def dataset_facts(path: str, version: str, strata: Sequence[Stratum]) -> dict[str, object]:
    """What was asked, as reports tell it."""
    return {"path": path, "version": version, "cases": len({one.case.id for one in strata}), "strata": len(strata)}


def cost_facts(runs: Iterable[RecordedRun]) -> dict[str, object]:
    """What the agent cost, as far as it is known."""
    costs = [run.cost_usd for run in runs if run.cost_usd is not None]
    return {"agent_usd": math.fsum(costs) if costs else None, "known_trials": len(costs)}


def trials_in_words(trials: Mapping[str, int]) -> str:
    """``3``, or ``3 to 10`` where strata differ."""
    counts = sorted(set(trials.values()))
    return str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}" if counts else "0"


def baseline_facts(baseline: BaselineFile | None) -> dict[str, object] | None:
    """Where a baseline comes from, as reports tell it."""
    if baseline is None:
        return None
    pin = baseline.pin
    return {
        "source": baseline.source,
        "identity": dict(pin.identity) if pin else None,
        "pinned_by": pin.pinned_by if pin else None,
        "pinned_at": pin.pinned_at if pin else None,
        "trials": len(baseline.runs),
    }


def evidence_digest(evidence: Sequence[Evidence], policy: Policy) -> str:
    """Hex SHA-256 of everything a verdict rests on: the same evidence under the same policy has the same digest."""
    rows = [
        [
            piece.stratum.name,
            piece.stratum.stimulus_digest,
            piece.stratum.expectation_digest,
            piece.planned,
            piece.note,
            [asdict(score) for score in piece.candidate],
            [[str(score.key), score.passed] for score in piece.baseline],
        ]
        for piece in evidence
    ]
    document = json.dumps([rows, policy.model_dump(mode="json")], sort_keys=True, default=str)
    return hashlib.sha256(document.encode()).hexdigest()

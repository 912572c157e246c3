"""Recorded runs scored and compared, without an agent and without a store."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sluice.gates.decide import decide
from sluice.gates.verdict import GateReport, RunFacts
from sluice.golden.case import Stratum
from sluice.trials.agreement import RewardAgreement, agreement_with_reward
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.scores import TrialScore
from sluice.trials.scoring import TrialScorer
from tasks.baselines import BaselineFile, read_baseline
from tasks.files import read_dataset
from tasks.gate.evidence import gather_evidence, not_evaluated_score, score_baseline, trials_in_file
from tasks.gate.facts import baseline_facts, cost_facts, dataset_facts, trials_in_words
from tasks.gate.loading import load_project, trial_scorer


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredFile:
    """The scores of a file of recorded runs.

    Args:
        agreement: How well they agree with the recorded rewards; None where no run has one.
        unknown: Runs of cases that the dataset does not have; they are left out.
    """

    scores: tuple[TrialScore, ...]
    runs: tuple[RecordedRun, ...]
    agreement: RewardAgreement | None
    unknown: tuple[TrialKey, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The gate on two files of recorded runs, and all that it rests on."""

    report: GateReport
    facts: RunFacts
    strata: tuple[Stratum, ...]
    scores: dict[TrialKey, TrialScore]
    runs: dict[TrialKey, RecordedRun]
    warnings: tuple[str, ...]


def score_file(golden: Path, runs: Path, *, config: str | None = None) -> ScoredFile:
    """Score every recorded run of a file.

    Args:
        golden: Dataset.
        runs: Recorded runs, or a pinned baseline.
        config: ``sluice.yaml``, for the tools file and the policy's never-events; None: the one in the working
            directory, if there is one.

    Raises:
        DocumentError: Dataset or runs are broken; every problem is listed.
        UsageError: A file is missing.
    """
    dataset = read_dataset(golden)
    found = read_baseline(runs)
    scorer = trial_scorer(load_project(config), dataset.strata)
    known, unknown = _known(dataset.strata, found)
    scores = tuple(scorer.score(run) for run in known)
    return ScoredFile(
        scores=scores,
        runs=known,
        agreement=agreement_with_reward(scores, known),
        unknown=unknown,
        warnings=(*dataset.warnings, *found.warnings, *_left_out(unknown, runs)),
    )


def compare_files(golden: Path, baseline: Path, candidate: Path, *, config: str | None = None) -> Comparison:
    """The gate on two files of recorded runs.

    Raises:
        DocumentError: Dataset or runs are broken; every problem is listed.
        UsageError: A file is missing.
    """
    started = datetime.now(UTC)
    project = load_project(config)
    dataset = read_dataset(golden)
    old, new = read_baseline(baseline), read_baseline(candidate)
    scorer = trial_scorer(project, dataset.strata)
    runs, unknown = _known(dataset.strata, new)
    planned = trials_in_file(dataset.strata, runs)
    scores = _complete(dataset.strata, planned, scorer, runs)
    evidence = gather_evidence(
        dataset.strata,
        planned=planned,
        candidate=scores.values(),
        baseline=score_baseline(old, dataset.strata, scorer),
        has_baseline=True,
    )
    report = decide(evidence, policy=project.settings.policy)
    versions = sorted({run.agent_version for run in runs if run.agent_version})
    facts = RunFacts(
        run_id="",
        agent=project.settings.agent.name,
        identity={"version": ", ".join(versions) or None, "source": str(candidate)},
        baseline=baseline_facts(old),
        dataset=dataset_facts(str(golden), dataset.version, dataset.strata),
        cost=cost_facts(runs),
        trials_per_stratum=trials_in_words(planned),
        started_at=started.isoformat(timespec="seconds"),
        duration_s=(datetime.now(UTC) - started).total_seconds(),
        engine="recorded",
    )
    return Comparison(
        report=report,
        facts=facts,
        strata=dataset.strata,
        scores=scores,
        runs={run.key: run for run in runs},
        warnings=(*dataset.warnings, *old.warnings, *new.warnings, *_left_out(unknown, candidate)),
    )


def _complete(
    strata: tuple[Stratum, ...], planned: dict[str, int], scorer: TrialScorer, runs: tuple[RecordedRun, ...]
) -> dict[TrialKey, TrialScore]:
    """A score for every recorded run, and one that says so for every run that is missing."""
    scores = {run.key: scorer.score(run) for run in runs}
    for stratum in strata:
        have = sum(key.case_id == stratum.case.id and key.variant == stratum.variant for key in scores)
        for trial in range(planned[stratum.name]):
            key = TrialKey(case_id=stratum.case.id, variant=stratum.variant, trial=trial)
            if have < planned[stratum.name] and key not in scores:
                scores[key] = not_evaluated_score(key, "no recorded run of this trial")
    return scores


def _known(strata: tuple[Stratum, ...], found: BaselineFile) -> tuple[tuple[RecordedRun, ...], tuple[TrialKey, ...]]:
    names = {stratum.name for stratum in strata}
    known = tuple(run for run in found.runs if run.key.stratum in names)
    return known, tuple(run.key for run in found.runs if run.key.stratum not in names)


def _left_out(unknown: tuple[TrialKey, ...], path: Path) -> tuple[str, ...]:
    if not unknown:
        return ()
    names = sorted({key.stratum for key in unknown})
    shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    return (f"{len(unknown)} runs of {path} belong to no case of the dataset and are left out: {shown}",)

"""The trials of candidate and baseline, brought together by stratum for the decision."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sluice.gates.decide import Evidence
from sluice.golden.case import Stratum
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.scores import TrialScore
from sluice.trials.scoring import TrialScorer, unscored
from tasks.baselines import BaselineFile


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredBaseline:
    """A baseline's trials, scored by today's rules.

    Args:
        scores: Stratum name to scores, only where the stimulus is still the same.
        changed: Strata whose stimulus has changed since: their answers no longer count.
    """

    scores: Mapping[str, tuple[TrialScore, ...]]
    changed: frozenset[str]


NO_BASELINE = ScoredBaseline(scores={}, changed=frozenset())


def score_baseline(baseline: BaselineFile, strata: Sequence[Stratum], scorer: TrialScorer) -> ScoredBaseline:
    """Score a baseline's answers by today's rules, leaving out those to a stimulus that has changed."""
    by_name = {stratum.name: stratum for stratum in strata}
    stimuli = baseline.pin.stimuli if baseline.pin else {}
    scores: dict[str, list[TrialScore]] = {}
    changed = set()
    for run in baseline.runs:
        name = run.key.stratum
        if name not in by_name:
            continue
        if stimuli.get(name, by_name[name].stimulus_digest) != by_name[name].stimulus_digest:
            changed.add(name)
            continue
        scores.setdefault(name, []).append(scorer.score(run))
    return ScoredBaseline(scores={name: tuple(found) for name, found in scores.items()}, changed=frozenset(changed))


def gather_evidence(
    strata: Sequence[Stratum],
    *,
    planned: Mapping[str, int],
    candidate: Iterable[TrialScore],
    baseline: ScoredBaseline,
    has_baseline: bool,
) -> tuple[Evidence, ...]:
    """One piece of evidence a stratum.

    Args:
        strata: What was asked for.
        planned: Stratum name to trials that should exist.
        candidate: Every score of the candidate.
        baseline: The scored baseline.
        has_baseline: Whether there is a baseline at all; without one no case is new to it.
    """
    by_name: dict[str, list[TrialScore]] = {}
    for score in candidate:
        by_name.setdefault(score.key.stratum, []).append(score)
    return tuple(
        Evidence(
            stratum=stratum,
            candidate=tuple(sorted(by_name.get(stratum.name, ()), key=lambda score: score.key)),
            planned=planned[stratum.name],
            baseline=baseline.scores.get(stratum.name, ()),
            note=_note(stratum.name, baseline) if has_baseline else "",
        )
        for stratum in strata
    )


def not_evaluated_score(key: TrialKey, reason: str) -> TrialScore:
    """The score of a trial that brought no answer: neither a pass nor a fail."""
    return unscored(RecordedRun(key=key, status="not_evaluated"), (reason,))


def trials_in_file(strata: Sequence[Stratum], runs: Iterable[RecordedRun]) -> dict[str, int]:
    """How many trials of each stratum a complete file would hold: as many as its tier's fullest stratum has.

    A file in which cases or repeats are missing must not look complete.
    """
    tier_of = {stratum.name: stratum.case.tier for stratum in strata}
    fullest: dict[str, int] = {}
    for run in runs:
        tier = tier_of.get(run.key.stratum)
        if tier is not None:
            fullest[tier] = max(fullest.get(tier, 0), run.key.trial + 1)
    most = max(fullest.values(), default=1)
    return {name: fullest.get(tier, most) for name, tier in tier_of.items()}


def _note(name: str, baseline: ScoredBaseline) -> str:
    if name in baseline.changed:
        return "changed"
    return "" if name in baseline.scores else "new"

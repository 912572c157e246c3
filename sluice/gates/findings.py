"""What was found, and what of it speaks for failing, against deciding, and against passing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sluice.gates.change import POOLED
from sluice.gates.evidence import Tally
from sluice.gates.verdict import ChangeResult, GuardResult, NeverEventResult, TierResult
from sluice.gates.wording import counted, p_value_text, points
from sluice.statistics.power import pairs_to_exclude

# How many never-events a verdict spells out; the report lists all.
NEVER_EVENTS_TOLD = 3


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Every test's result, and the sentences that follow from them; all in the order they are told."""

    tallies: tuple[Tally, ...]
    never: tuple[NeverEventResult, ...]
    changes: tuple[ChangeResult, ...]
    guards: tuple[GuardResult, ...]
    tiers: tuple[TierResult, ...]
    alpha: float
    partial: str
    health_error: str

    @property
    def pooled(self) -> ChangeResult | None:
        """The change over all deciding strata; None without a baseline."""
        return next((change for change in self.changes if change.name == POOLED), None)

    @property
    def deciding(self) -> list[Tally]:
        """Strata whose trials can change the verdict."""
        return [one for one in self.tallies if one.decides]

    @cached_property
    def failures(self) -> tuple[str, ...]:
        """Why the candidate fails; empty where nothing proves it."""
        told = self._never_events()
        told += [self.change_sentence(change) for change in self.changes if change.failed]
        told += [tier.reason for tier in self.tiers if tier.failed]
        told += [guard.reason for guard in self.guards if guard.failed]
        return tuple(told)

    def _never_events(self) -> list[str]:
        """One sentence for each rule that a stratum broke, with the first time it did; the first few of them."""
        events: dict[tuple[str, str, str], list[NeverEventResult]] = {}
        for event in self.never:
            events.setdefault((event.key.case_id, event.key.variant, event.rule), []).append(event)
        told = []
        for found in list(events.values())[:NEVER_EVENTS_TOLD]:
            first = found[0]
            trials = {event.key.trial for event in found}
            also = f", and in {counted(len(trials) - 1, 'more trial')}" if len(trials) > 1 else ""
            told.append(f"never-event in {first.key}{also}: {first.rule}; found: {first.found}")
        hidden = sum(len(found) for found in list(events.values())[NEVER_EVENTS_TOLD:])
        if hidden:
            told.append(f"{counted(hidden, 'more never-event')} occurred")
        return told

    @cached_property
    def errors(self) -> tuple[str, ...]:
        """Why nothing can be decided at all; empty where it can."""
        told = [f"the agent was not healthy: {self.health_error}"] if self.health_error else []
        members = self.deciding or self.tallies
        planned, evaluated = sum(one.planned for one in members), sum(one.evaluated for one in members)
        if not evaluated:
            told.append(f"none of {counted(planned, 'trial')} could be evaluated{self._why_unevaluated(members)}")
        elif 2 * evaluated < planned:
            told.append(
                f"{planned - evaluated} of {counted(planned, 'trial')}, over half, could not be evaluated"
                f"{self._why_unevaluated(members)}"
            )
        return tuple(told)

    @cached_property
    def doubts(self) -> tuple[str, ...]:
        """Why the candidate does not pass though nothing proves it worse; empty where it passes."""
        told = list(self._uncovered())
        told += [self.change_sentence(change) for change in self.changes if not change.passed]
        told += [tier.reason for tier in self.tiers if tier.n_strata and not tier.passed]
        told += [guard.reason for guard in self.guards if not guard.passed]
        unevaluated = sum(one.unevaluated for one in self.deciding)
        if told and unevaluated:
            planned = sum(one.planned for one in self.deciding)
            told.append(
                f"{unevaluated} of {counted(planned, 'trial')} could not be evaluated and count as failed here"
                f"{self._why_unevaluated(self.deciding)}"
            )
        return tuple(told)

    @property
    def nothing_to_compare_with(self) -> bool:
        """Whether there is neither a baseline nor any floor."""
        return not self.changes and not any(tier.floor is not None and not tier.report_only for tier in self.tiers)

    def strata_words(self, members: Sequence[Tally]) -> str:
        """``100 cases``, or ``100 cases with 20 variants``."""
        variants = sum(bool(one.evidence.stratum.variant) for one in members)
        cases = counted(len({one.evidence.stratum.case.id for one in members}), "case")
        return f"{cases} with {counted(variants, 'variant')}" if variants else cases

    def change_sentence(self, change: ChangeResult) -> str:
        """One change test in words, whatever its outcome."""
        members = [one for one in self.deciding if one.baseline_trials and change.name in (POOLED, one.tier)]
        whose = "pass rate" if change.name == POOLED else f"pass rate of tier {change.name}"
        moved = (
            f"fell by {points(change.drop)}"
            if change.drop > 0
            else (f"rose by {points(-change.drop)}" if change.drop < 0 else "did not change")
        )
        facts = (
            f"{whose} {moved} ({p_value_text(change.p_value)}, {self.strata_words(members)}, "
            f"{counted(change.n_candidate_trials, 'trial')})"
        )
        margin = points(change.margin)
        if change.failed:
            return f"{facts}; margin {margin}"
        if change.passed:
            return f"{facts}; a drop of more than {points(change.upper)} is excluded, the margin is {margin}"
        pairs = pairs_to_exclude(change.margin, alpha=self.alpha)
        few = (
            f"; {pairs} trials without any change would exclude that much" if change.n_candidate_trials < pairs else ""
        )
        return (
            f"{facts}; no drop is proved, but up to {points(change.upper)} is possible and the margin is {margin}{few}"
        )

    def _uncovered(self) -> list[str]:
        """Tiers about which nothing decides."""
        if not any(one.decides for one in self.tallies):
            return ["no case decides: every one is generated, report only or without a deciding check"]
        if self.nothing_to_compare_with:
            return ["there is neither a baseline to compare with nor a floor to reach, so nothing can be decided"]
        compared = {one.tier for one in self.deciding if one.baseline_trials}
        told = []
        for tier in self.tiers:
            if tier.report_only:
                continue
            if not tier.n_strata:
                told.append(tier.reason)
            elif tier.floor is None and tier.tier not in compared:
                told.append(f"tier {tier.tier} has neither a baseline nor a floor, so nothing decides about it")
        return told

    @staticmethod
    def _why_unevaluated(members: Sequence[Tally]) -> str:
        """The most frequent reason, told once."""
        told: Counter[str] = Counter()
        for one in members:
            needs = one.evidence.stratum.needs
            scores = [score for score in one.evidence.candidate if not score.evaluated]
            told.update(
                [f"needs {needs[0]}"] * one.unevaluated
                if needs
                else [score.reasons[0] for score in scores if score.reasons]
            )
            told["missing"] += 0 if needs else max(0, one.unevaluated - len(scores))
        reason, times = told.most_common(1)[0] if told else ("", 0)
        return f": {reason}" if times else ""

"""What a gate is going to run: the trials, in rounds over shuffled strata."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sluice.golden.case import Stratum
from sluice.trials.recorded import TrialKey


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePlan:
    """The trials of one run.

    Args:
        run_id: The run they belong to.
        trials: Stratum name to number of trials.
        keys: Trials to run, in the order they are to be started; those already answered are left out.
        n_answered: Trials that a former attempt of this run already answered.
    """

    run_id: str
    trials: Mapping[str, int]
    keys: tuple[TrialKey, ...]
    n_answered: int


def trial_order(strata: Sequence[Stratum], trials: Mapping[str, int], *, seed: int) -> tuple[TrialKey, ...]:
    """Rounds over shuffled strata: every stratum's first trial before any second one.

    Whatever stops a run half-way then leaves an even share of every case, and no case always comes first.

    Args:
        strata: What can be run.
        trials: Stratum name to number of trials.
        seed: Of the shuffle.
    """
    order = random.Random(seed)
    keys: list[TrialKey] = []
    for trial in range(max((trials[stratum.name] for stratum in strata), default=0)):
        asked = [stratum for stratum in strata if trial < trials[stratum.name]]
        order.shuffle(asked)
        keys.extend(TrialKey(case_id=stratum.case.id, variant=stratum.variant, trial=trial) for stratum in asked)
    return tuple(keys)

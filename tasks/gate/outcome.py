"""What a gate comes to: the verdict and all that it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sluice.gates.verdict import GateReport, RunFacts
from sluice.golden.case import Stratum
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.scores import TrialScore


class Stopped(Exception):  # noqa: N818
    """The run was asked to stop; what is committed stays, and the run can be resumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOutcome:
    """A verdict and all that it rests on.

    Args:
        files: Report files by kind (``html``, ``json``, ``junit``, ``markdown``); empty where none were asked for.
        warnings: What a person should know beside the verdict.
    """

    report: GateReport
    facts: RunFacts
    strata: tuple[Stratum, ...]
    scores: Mapping[TrialKey, TrialScore]
    runs: Mapping[TrialKey, RecordedRun]
    files: Mapping[str, Path]
    warnings: tuple[str, ...]

"""What a person or a flow asks of a golden gate."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRequest:
    """One gate as it was asked for; everything else comes from ``sluice.yaml``.

    Args:
        config: Path of ``sluice.yaml``; None looks in the working directory.
        golden: Dataset instead of the configured one.
        agent_version: Candidate version; fills ``{{version}}``.
        trials: Trials per stratum, for every tier; None lets the policy say.
        baseline: A file of recorded runs, a run id, ``none``; None takes the configured one.
        cases: Only strata whose ``case`` or ``case/variant`` matches one of these patterns.
        tags: Only cases with one of these tags.
        resume: Run to go on with.
        report_dir: Where report files are written; None writes none.
        seed: Of the order in which trials are run.
        kind: ``golden``, or ``baseline`` when trials are run only to be pinned.
    """

    config: str | None = None
    golden: str | None = None
    agent_version: str | None = None
    trials: int | None = None
    baseline: str | None = None
    cases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    resume: str | None = None
    report_dir: str | None = None
    seed: int = 0
    kind: Literal["golden", "baseline"] = "golden"

    @property
    def partial(self) -> str:
        """What was left out, in words; empty for the whole dataset."""
        parts = [*(f"--case {pattern}" for pattern in self.cases), *(f"--tag {tag}" for tag in self.tags)]
        return " ".join(parts)

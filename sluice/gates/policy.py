"""What a team demands of a change: margins, floors, guards and never-events."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sluice.documents.model import DocumentModel
from sluice.golden.expectation import NeverEvent


class TierPolicy(DocumentModel):
    """What one tier of cases must reach.

    Args:
        floor: Pass rate that must be reached; None sets no floor.
        prove: PASS needs the 95 % lower bound, not only the estimate, to reach the floor.
        margin: Own non-inferiority margin of this tier, tested apart.
        trials: Trials per stratum, or ``auto``: the smallest number that can prove the floor.
        max_trials: Upper limit of ``auto``.
        report_only: The tier is shown and decides nothing.
    """

    floor: float | None = Field(default=None, ge=0, lt=1)
    prove: bool = False
    margin: float | None = Field(default=None, gt=0, lt=1)
    trials: Annotated[int, Field(ge=1, le=1000)] | Literal["auto"] | None = None
    max_trials: int = Field(default=10, ge=1, le=1000)
    report_only: bool = False

    @model_validator(mode="after")
    def _proof_needs_a_floor(self) -> Self:
        if self.floor is None and (self.prove or self.trials == "auto"):
            raise ValueError("prove and trials: auto need a floor to prove, got none")
        if self.floor == 0 and self.trials == "auto":
            raise ValueError("trials: auto needs a floor above 0, got 0")
        return self


class Guard(DocumentModel):
    """How much one number may worsen, paired within case: a ratio (calls, cost, latency) or a drop (efficiency).

    Args:
        max_ratio: Largest candidate / baseline that passes.
        max_drop: Largest baseline - candidate that passes.
        min_change: A worsening of the mean below this, in the number's own unit, is never held against the candidate;
            None: 0.1 s for latency (nobody notices less, and a busier machine is no regression), 0 for everything else.
        required: Where the number is missing in the run or the baseline, the verdict is at best INCONCLUSIVE.
    """

    max_ratio: float | None = Field(default=None, gt=1)
    max_drop: float | None = Field(default=None, gt=0, lt=1)
    min_change: float | None = Field(default=None, ge=0)
    required: bool = False


GuardName = Literal["tool_calls", "cost_usd", "latency_s", "efficiency"]


def default_guards() -> dict[GuardName, Guard]:
    """The guards of a team that set none."""
    return {
        "tool_calls": Guard(max_ratio=1.2),
        "cost_usd": Guard(max_ratio=1.25),
        "latency_s": Guard(max_ratio=1.5),
        "efficiency": Guard(max_drop=0.05),
    }


class Policy(DocumentModel):
    """The rules a verdict is made by; every rate in [0, 1]."""

    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    margin: float = Field(default=0.05, gt=0, lt=1)
    trials: int = Field(default=3, ge=1, le=1000)
    never: tuple[NeverEvent, ...] = ()
    guards: dict[GuardName, Guard] = Field(default_factory=default_guards)
    tiers: dict[str, TierPolicy] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _guards_have_the_limit_of_their_kind(self) -> Self:
        for name, guard in self.guards.items():
            wanted, other = ("max_drop", "max_ratio") if name == "efficiency" else ("max_ratio", "max_drop")
            if getattr(guard, wanted) is None or getattr(guard, other) is not None:
                raise ValueError(f"guard {name} takes {wanted} and not {other}")
        return self

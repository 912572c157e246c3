"""Which strata of a dataset a gate runs."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from sluice.errors import UsageError
from sluice.golden.case import Dataset, Stratum
from tasks.gate.request import GateRequest


def selected_strata(dataset: Dataset, request: GateRequest) -> tuple[Stratum, ...]:
    """The strata that ``--case`` and ``--tag`` leave, in dataset order.

    Raises:
        UsageError: None is left.
    """
    chosen = tuple(
        stratum
        for stratum in dataset.strata
        if _matches(stratum, request.cases) and (not request.tags or set(request.tags) & set(stratum.case.tags))
    )
    if not chosen:
        raise UsageError(
            f"no case is left by {request.partial}" if request.partial else "the dataset holds no case",
            hint="`sluice golden list` shows ids and tags",
        )
    return chosen


def _matches(stratum: Stratum, patterns: Sequence[str]) -> bool:
    names = (stratum.name, stratum.case.id)
    return not patterns or any(fnmatchcase(name, pattern) for name in names for pattern in patterns)

"""Named reads and writes of golden datasets."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from sluice.golden.case import Dataset
from storage.tables import DatasetRow, GoldenCaseRow
from storage.upsert import insert_new


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDataset:
    """One version of an agent's dataset, as it was registered.

    Args:
        version: Digest over all cases.
        path: Where it lay.
        registered_at: UTC.
    """

    agent: str
    version: str
    path: str
    n_cases: int
    n_strata: int
    registered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumDigests:
    """What one stratum of a dataset version sent and expected.

    Args:
        variant: Empty for the case itself.
    """

    case_id: str
    variant: str
    tier: str
    stimulus_digest: str
    expectation_digest: str


def add_dataset(session: Session, dataset: Dataset, *, agent: str, path: str, registered_at: datetime) -> bool:
    """Register a dataset version with the digests of its strata; the first of a version stands.

    Returns:
        Whether it is new.
    """
    row = DatasetRow(
        agent=agent,
        version=dataset.version,
        path=path,
        n_cases=len(dataset.cases),
        n_strata=len(dataset.strata),
        registered_at=registered_at,
    )
    new = insert_new(session, [row]) == 1
    if new:
        insert_new(
            session,
            [
                GoldenCaseRow(
                    agent=agent,
                    dataset_version=dataset.version,
                    case_id=stratum.case.id,
                    variant=stratum.variant,
                    tier=stratum.case.tier,
                    stimulus_digest=stratum.stimulus_digest,
                    expectation_digest=stratum.expectation_digest,
                )
                for stratum in dataset.strata
            ],
        )
    return new


def find_dataset(session: Session, agent: str, version: str) -> StoredDataset | None:
    """The dataset of this agent and version, or None."""
    row = session.get(DatasetRow, (agent, version))
    if row is None:
        return None
    return StoredDataset(
        agent=row.agent,
        version=row.version,
        path=row.path,
        n_cases=row.n_cases,
        n_strata=row.n_strata,
        registered_at=row.registered_at,
    )


def strata_of_dataset(session: Session, agent: str, version: str) -> tuple[StratumDigests, ...]:
    """The digests of a dataset version, ordered by case and variant."""
    query = (
        select(GoldenCaseRow)
        .where(GoldenCaseRow.agent == agent, GoldenCaseRow.dataset_version == version)
        .order_by(col(GoldenCaseRow.case_id), col(GoldenCaseRow.variant))
    )
    return tuple(
        StratumDigests(
            case_id=row.case_id,
            variant=row.variant,
            tier=row.tier,
            stimulus_digest=row.stimulus_digest,
            expectation_digest=row.expectation_digest,
        )
        for row in session.exec(query)
    )

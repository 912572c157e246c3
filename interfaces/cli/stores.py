"""The project's store, opened for one command."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from interfaces.cli.options import absolute
from storage.store import Store
from tasks.gate.loading import Project, load_project, storage_url


@contextmanager
def project_store(config: Path | None) -> Iterator[tuple[Project, Store]]:
    """The project and its open store.

    Raises:
        SluiceError: The settings or the store cannot be used.
    """
    project = load_project(absolute(config))
    with Store.open(storage_url(project)) as store:
        yield project, store

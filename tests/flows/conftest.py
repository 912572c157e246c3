"""A Prefect server for the session, and a project with a scripted agent for every test."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.flows.runs import Place
from tests.interfaces.scripted import Project, a_case, serving

# A busy machine needs its time to migrate a new database.
SERVER_STARTS_WITHIN_S = 180
# Prefect leaves connections of its client to the end of the process, where Python closes them and says so.
PREFECT_S_OWN = (
    r"ignore:Exception ignored in. <socket\.socket:pytest.PytestUnraisableExceptionWarning",
    r"ignore:unclosed <socket\.socket:ResourceWarning",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for warning in PREFECT_S_OWN:
                item.add_marker(pytest.mark.filterwarnings(warning))


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[str]:
    """The API of a server with a database of its own, which this process is pointed at."""
    from prefect.settings import PREFECT_API_URL, PREFECT_LOGGING_TO_API_ENABLED, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    with (
        temporary_settings({PREFECT_LOGGING_TO_API_ENABLED: False}),
        prefect_test_harness(server_startup_timeout=SERVER_STARTS_WITHIN_S),
    ):
        yield str(PREFECT_API_URL.value())


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Callable[[str], Place]]:
    """Makes a project of six cases with an agent of its own; a request for a name twice gives the same one."""
    places: dict[str, Place] = {}
    with ExitStack() as stack:

        def make(name: str = "project") -> Place:
            if name not in places:
                agent = stack.enter_context(serving())
                root = tmp_path / name
                root.mkdir()
                project = Project(root).cases([a_case(number) for number in range(6)])
                places[name] = Place(project=project, agent=agent)
                places[name].settings()
            return places[name]

        yield make


@pytest.fixture
def quiet_environment() -> dict[str, str]:
    """Environment of a process of the command line that knows no server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_API")}

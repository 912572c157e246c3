"""Every deployment of prefect.yaml loads, by a dotted name, from any folder, and calls nobody."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PREFECT = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf8"))
DEPLOYMENTS: list[dict[str, Any]] = PREFECT["deployments"]
FLOWS = sorted(path.stem for path in (ROOT / "flows").glob("[a-z]*.py") if "@flow(" in path.read_text(encoding="utf8"))
QUIET = {"DO_NOT_TRACK", "LITELLM_LOCAL_MODEL_COST_MAP", "PREFECT_SERVER_ANALYTICS_ENABLED"}
LOAD = """
import inspect, json, sys
from prefect.flows import load_flow_from_entrypoint
flow = load_flow_from_entrypoint(sys.argv[1], use_placeholder_flow=False)
parameters = {name: about.get("description") for name, about in flow.parameters.properties.items()}
print(json.dumps({"name": flow.name, "is_async": inspect.iscoroutinefunction(flow.fn), "parameters": parameters}))
"""


def named(deployment: dict[str, Any]) -> str:
    return str(deployment["name"])


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Each entrypoint, loaded in a process of its own whose folder is not the project's."""
    folder = tmp_path_factory.mktemp("elsewhere")
    flows = {}
    for deployment in DEPLOYMENTS:
        command = [sys.executable, "-c", LOAD, deployment["entrypoint"]]
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
        assert result.returncode == 0, result.stderr
        flows[deployment["name"]] = json.loads(result.stdout.splitlines()[-1])
    return flows


def test_every_flow_has_a_deployment():
    assert FLOWS != []
    assert set(FLOWS) <= {deployment["entrypoint"].split(".")[1] for deployment in DEPLOYMENTS}


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=named)
def test_a_deployment_loads_the_flow_it_is_named_after(deployment: dict[str, Any], loaded: dict[str, dict[str, Any]]):
    assert loaded[deployment["name"]]["name"] == deployment["name"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=named)
def test_an_entrypoint_is_a_dotted_name_and_no_file(deployment: dict[str, Any]):
    floor, _, flow = deployment["entrypoint"].partition(".")
    assert (floor, "/" in flow, ":" in flow) == ("flows", False, False)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=named)
def test_every_parameter_is_described_for_the_page_that_asks_for_it(
    deployment: dict[str, Any], loaded: dict[str, dict[str, Any]]
):
    parameters = loaded[deployment["name"]]["parameters"]
    assert parameters != {}
    assert {name for name, description in parameters.items() if not description} == set()


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=named)
def test_a_deployment_switches_off_what_would_call_home(deployment: dict[str, Any]):
    job_variables = deployment.get("work_pool", {}).get("job_variables", {})
    assert set(job_variables.get("env", {})) >= QUIET

"""What a gate over HTTP, with settings, tools, a baseline and a verdict file, loads from its start to its end."""

import json
import os
import subprocess
import sys

from tests.interfaces.conftest import ROOT, Sluice
from tests.interfaces.scripted import NO_GUARDS, Project, ScriptedAgent, a_case, http_agent

HEAVY = {"prefect", "litellm", "great_expectations", "pandas", "scipy.stats", "alembic", "matplotlib", "pyarrow"}
WATCHED = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))
from interfaces.cli.main import main
main()
"""


def test_a_whole_gate_over_http_loads_nothing_heavy(project: Project, agent: ScriptedAgent, sluice: Sluice):
    (project.root / "tools.json").write_text('[{"name": "issue_refund", "parameters": {}}]', encoding="utf8")
    policy = NO_GUARDS | {"tiers": {"standard": {"floor": 0.5}}}
    project.settings(agent=http_agent(agent.url), policy=policy, tools={"file": "tools.json"})
    # 40 of 40 and 40 of 40 again: a drop of 5 points could hide in it, so the floor alone passes and the change is open
    project.cases([a_case(number) for number in range(40)])
    assert sluice("gate", "--engine", "inline", "--trials", "1").exit_code == 0
    assert sluice("baseline", "pin", "--to", "baseline.jsonl.gz").exit_code == 0
    options = ["--engine", "inline", "--trials", "1", "--baseline", "baseline.jsonl.gz", "--json", "gate.json"]
    ended = subprocess.run(
        [sys.executable, "-c", WATCHED, "gate", *options],
        cwd=project.root,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert project.json("gate.json")["trials"]["evaluated"] == 40, ended.stderr
    loaded = set(json.loads(ended.stderr.splitlines()[-1]))
    assert {"httpx", "sqlmodel", "tasks.gate.work"} <= loaded
    assert HEAVY & loaded == set()

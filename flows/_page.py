"""What Prefect's page of a flow run shows of a gate: its name, its tags, and the verdict as artifacts."""

import re

from prefect.artifacts import acreate_link_artifact, acreate_markdown_artifact, acreate_table_artifact
from prefect.client.orchestration import get_client
from prefect.logging import get_run_logger
from prefect.runtime import flow_run

from sluice.reports.findings import STATE_WORDS, tier_line
from sluice.reports.markdown import gate_markdown
from sluice.reports.view import report_view
from tasks.gate.outcome import GateOutcome

# Every run of ours has it: the automations of deployments/ watch the runs that have it, and no others.
TAG = "sluice"
_OURS = ("agent:", "version:", "verdict:")


async def name_run(agent: str, version: str) -> None:
    """Name this flow run after the candidate, and tag it with agent and version."""
    await _label(agent=agent, version=version)


async def show_outcome(outcome: GateOutcome) -> None:
    """Publish the verdict, the tiers and the place of the report as artifacts, and tag the run with the verdict."""
    agent, report = outcome.facts.agent, outcome.report
    for reason in report.reasons:
        get_run_logger().info("%s: %s", report.verdict.value, reason)
    await _label(agent=agent, version=str(outcome.facts.identity["version"]), verdict=report.verdict.value)
    key = artifact_key(agent)
    view = report_view(report, outcome.facts, outcome.strata, outcome.scores, outcome.runs)
    await acreate_markdown_artifact(
        key=key, markdown=gate_markdown(view), description=f"{report.verdict.value}: {report.reasons[0]}"
    )
    rows = [
        {
            "tier": line.tier,
            "holds": STATE_WORDS[line.state],
            "pass rate": line.rate,
            "95 % interval": line.interval,
            "floor": line.floor,
            "trials": line.trials,
            "all trials pass": line.pass_all,
        }
        for line in map(tier_line, report.tiers)
    ]
    await acreate_table_artifact(key=f"{key}-tiers", table=rows, description="Pass rates against their floors")
    if "html" in outcome.files:
        path = outcome.files["html"].absolute()
        # A browser opens no file for a page of the network, so the path can be read and copied too.
        await acreate_link_artifact(
            key=f"{key}-report", link=path.as_uri(), link_text=str(path), description="The whole report, as a file"
        )


def artifact_key(agent: str) -> str:
    """Key of an agent's artifacts: Prefect keeps all versions of one key together, so each agent has its own.

    Example:
        >>> artifact_key("Support Agent")
        'golden-evaluation-support-agent'
    """
    return "-".join(["golden-evaluation", *re.findall("[a-z0-9]+", agent.lower())])


async def _label(**labels: str) -> None:
    kept = [tag for tag in flow_run.get_tags() if not tag.startswith(_OURS)]
    tags = list(dict.fromkeys([*kept, TAG, *(f"{name}:{value}" for name, value in labels.items())]))
    name = f"golden {labels['agent']} {labels['version']}"
    async with get_client() as client:
        await client.update_flow_run(flow_run.get_id(), name=name, tags=tags)  # type: ignore[arg-type]

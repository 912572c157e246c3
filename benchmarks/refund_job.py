"""The job of `gate_overhead` as a Sluice project: its golden cases, its settings, and the gate's command."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def write_project(folder: Path, *, services: str, n_cases: int, at_once: int) -> None:
    """Write `sluice.yaml` and the cases; every case expects the look-up, then the refund, and a sentence about it."""
    settings = {
        "agent": {
            "name": "refunds",
            "version": "1",
            "http": {
                "url": f"{services}/agent",
                "body": {"input": "{{input}}"},
                "answer": "$.output",
                "calls": "$.tool_calls",
            },
            "calls_from": "response",
            "concurrency": at_once,
        },
        "golden": {"path": "golden.jsonl"},
        "storage": {"url": f"sqlite:///{folder / 'sluice.db'}"},
        "policy": {"tiers": {"standard": {"floor": 0.9}}},
    }
    # JSON is YAML
    (folder / "sluice.yaml").write_text(json.dumps(settings, indent=2), encoding="utf8")
    lines = [json.dumps(_case(order)) for order in range(n_cases)]
    (folder / "golden.jsonl").write_text("\n".join(lines) + "\n", encoding="utf8")


def _case(order: int) -> dict[str, object]:
    arguments = {"order_id": str(order)}
    steps = [{"tool": "lookup_order", "args": arguments}, {"tool": "issue_refund", "args": arguments}]
    return {
        "id": f"refund-{order}",
        "input": f"Please refund order {order}",
        "capability": "tool_use",
        "expect": {"answer": {"contains": ["refund", str(order)]}, "trajectory": {"steps": steps, "max_calls": 2}},
    }


def gate_command(*, engine: str, sluice: Path | None = None) -> list[str]:
    """The command under measurement, to be run in the project's folder."""
    executable = sluice or Path(sys.executable).with_name("sluice")
    options = ["--trials", "1", "--baseline", "none", "--engine", engine, "--json", "gate.json"]
    return [str(executable), "gate", "--config", "sluice.yaml", *options]

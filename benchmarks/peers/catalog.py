"""Which peers are installed, and the command by which each does the 200-case job."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / ".bench"
DRIVERS = Path(__file__).parent
# No peer calls home, and none finds keys or a configuration of the user's.
QUIET = {
    "CONFIDENT_TRACE_FLUSH": "NO",
    "DEEPEVAL_TELEMETRY_OPT_OUT": "YES",
    "DO_NOT_TRACK": "1",
    "ERROR_REPORTING": "NO",
    "OPENAI_API_KEY": "none-needed",
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The work that all do: call the agent once a case, check each answer.

    Args:
        services: Address of the mock services.
        n_cases: How many cases.
        judged: Whether a judge is asked once a case too; else each peer's own check without a model.
        folder: An empty folder that the run may fill.
    """

    services: str
    n_cases: int
    judged: bool
    folder: Path

    def environment(self) -> dict[str, str]:
        """The environment of a peer's process."""
        job = {
            "BENCH_CASES": str(self.n_cases),
            "BENCH_JUDGED": str(int(self.judged)),
            "BENCH_SERVICES": self.services,
            "HOME": str(self.folder),
            "OPENAI_BASE_URL": f"{self.services}/v1",
            "PROMPTFOO_CONFIG_DIR": str(self.folder),
        }
        return {"PATH": os.environ["PATH"], **QUIET, **job}


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One peer, and what it checks where no judge is asked."""

    name: str
    check: str
    executable: Path
    command: Callable[[Job, Path], list[str]]

    @property
    def installed(self) -> bool:
        """Whether `make bench-peers` has been here."""
        return self.executable.exists()

    def prepare(self, job: Job) -> list[str]:
        """Put what the run needs into the job's folder; return the command."""
        return self.command(job, self.executable)


def _python_driver(name: str) -> Callable[[Job, Path], list[str]]:
    def command(job: Job, executable: Path) -> list[str]:
        shutil.copy(DRIVERS / name, job.folder)
        return [str(executable), name]

    return command


def _inspect(job: Job, executable: Path) -> list[str]:
    shutil.copy(DRIVERS / "drive_inspect.py", job.folder)
    limits = ["--max-samples", "20", "--max-connections", "20"]
    return [str(executable), "eval", "drive_inspect.py", "--model", "openai/gpt-4o-mini", *limits, "--display", "none"]


def _promptfoo(job: Job, executable: Path) -> list[str]:
    http = {
        "url": f"{job.services}/agent",
        "method": "POST",
        "headers": {"Content-Type": "application/json"},
        "body": {"input": "{{prompt}}"},
        "transformResponse": "json.output",
    }
    judge = {"id": "openai:chat:gpt-4o-mini", "config": {"apiBaseUrl": f"{job.services}/v1", "apiKey": "none-needed"}}
    rubric = {"type": "llm-rubric", "value": "The answer confirms the refund", "provider": judge}
    config = {
        "providers": [{"id": "http", "config": http}],
        "prompts": ["{{question}}"],
        "defaultTest": {"assert": [rubric if job.judged else {"type": "contains", "value": "refund"}]},
        "tests": [{"vars": {"question": f"Please refund order {order}"}} for order in range(job.n_cases)],
    }
    (job.folder / "promptfooconfig.json").write_text(json.dumps(config), encoding="utf8")
    quiet = ["--no-cache", "--no-progress-bar", "--no-table", "--no-write"]
    return [str(executable), "eval", "-c", "promptfooconfig.json", "-j", "20", *quiet]


PEERS = (
    Peer(
        name="deepeval 4.3.1",
        check="ToolCorrectness",
        executable=INSTALLED / "deepeval/bin/python",
        command=_python_driver("drive_deepeval.py"),
    ),
    Peer(name="inspect_ai 0.3.285", check="includes", executable=INSTALLED / "inspect/bin/inspect", command=_inspect),
    Peer(
        name="promptfoo 0.121.20",
        check="contains",
        executable=INSTALLED / "promptfoo/node_modules/.bin/promptfoo",
        command=_promptfoo,
    ),
    Peer(
        name="pydantic_evals 2.62",
        check="Contains",
        executable=INSTALLED / "pydantic/bin/python",
        command=_python_driver("drive_pydantic_evals.py"),
    ),
)

"""What a gate reads before it asks the agent anything."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sluice.documents.values import Json
from sluice.errors import UsageError
from sluice.golden.case import Dataset, Stratum
from sluice.settings.file import Settings
from sluice.trials.scoring import TrialScorer
from storage.store import Store
from storage.trials import trials_of_run
from tasks.baselines import BaselineFile, Pin, read_baseline
from tasks.files import read_dataset, read_settings
from tasks.gate.evidence import NO_BASELINE, ScoredBaseline, score_baseline
from tasks.gate.request import GateRequest
from tasks.gate.resolving import resolve_run
from tasks.gate.selection import selected_strata
from tasks.tools import read_tools

NO_BASELINE_WORD = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project's settings as one request uses them.

    Args:
        root: Folder of ``sluice.yaml``; relative paths in it start there.
    """

    settings: Settings
    root: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What is asked, and the rules its answers are scored by.

    Args:
        named: Stratum by name.
    """

    path: Path
    dataset: Dataset
    strata: tuple[Stratum, ...]
    scorer: TrialScorer
    named: Mapping[str, Stratum]


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the candidate is compared with.

    Args:
        file: None without a baseline.
        scored: Its trials by today's rules.
        warning: Why there is none although one was configured; empty otherwise.
    """

    file: BaselineFile | None
    scored: ScoredBaseline
    warning: str = ""


def load_project(config: str | None, *, env: Mapping[str, str] | None = None) -> Project:
    """Read ``sluice.yaml`` and its overrides.

    Raises:
        DocumentError: It is broken; every problem is listed.
        UsageError: There is no such file.
    """
    settings, root = read_settings(Path(config) if config else None, dict(os.environ if env is None else env))
    return Project(settings=settings, root=root)


def storage_url(project: Project) -> str:
    """The database URL, a relative SQLite path taken from the project's folder."""
    prefix, url = "sqlite:///", project.settings.storage.url
    if not url.startswith(prefix) or url.startswith("sqlite:////") or url == "sqlite:///:memory:":
        return url
    return f"{prefix}{(project.root / url.removeprefix(prefix)).resolve()}"


def load_questions(project: Project, request: GateRequest) -> Questions:
    """Read the dataset and the tools file, and compile the rules.

    Raises:
        DocumentError: The dataset is broken; every problem is listed.
        UsageError: There is nothing to ask, or a setting asks for what this version cannot do.
    """
    settings = project.settings
    _require_supported(settings)
    path = Path(request.golden) if request.golden else project.root / settings.golden.path
    dataset = read_dataset(path)
    strata = selected_strata(dataset, request)
    scorer = trial_scorer(project, strata)
    scorer.compile_all()
    return Questions(
        path=path,
        dataset=dataset,
        strata=strata,
        scorer=scorer,
        named={stratum.name: stratum for stratum in strata},
    )


def trial_scorer(project: Project, strata: Sequence[Stratum]) -> TrialScorer:
    """The rules of a project for these strata."""
    settings = project.settings
    tools: Mapping[str, Json] | None = None
    if settings.tools.file is not None:
        tools = read_tools(project.root / settings.tools.file)
    return TrialScorer(
        strata, policy_never=settings.policy.never, tools=tools, side_effects=settings.tools.side_effects or None
    )


def load_baseline(project: Project, request: GateRequest, questions: Questions, store: Store) -> Baseline:
    """Find, read and score the baseline that the request or the settings name.

    Raises:
        UsageError: It is missing, and the policy does not go by floors alone then.
        DocumentError: Its file is broken.
    """
    wanted, configured = request.baseline, project.settings.baseline
    if wanted == NO_BASELINE_WORD or (wanted is None and configured.file is None):
        return Baseline(file=None, scored=NO_BASELINE)
    if wanted is None:
        path = project.root / str(configured.file)
        if not path.exists():
            return _missing(path, configured.when_missing)
        found = read_baseline(path)
    elif Path(wanted).is_file():
        found = read_baseline(Path(wanted))
    else:
        found = _stored(store, wanted)
    return Baseline(file=found, scored=score_baseline(found, questions.strata, questions.scorer))


def _missing(path: Path, when_missing: str) -> Baseline:
    if when_missing == "floors":
        return Baseline(file=None, scored=NO_BASELINE, warning=f"there is no baseline {path}; floors alone decide")
    raise UsageError(
        f"there is no baseline {path}",
        hint="run with `--baseline none`, review that run, and pin it: "
        f"`sluice baseline pin RUN --to {path} --by NAME`; or set baseline.when_missing: floors",
    )


def _stored(store: Store, run_id: str) -> BaselineFile:
    """A run of the store as a baseline."""
    try:
        run = resolve_run(store, run_id)
    except UsageError as error:
        raise UsageError(
            f"--baseline {run_id} is neither a file nor a run: {error.message}",
            hint="`sluice runs list` shows runs; `none` goes without",
        ) from None
    run_id = run.run_id
    found = list(trials_of_run(store, run_id))
    stimuli = {trial.recorded.key.stratum: trial.stimulus_digest for trial in found}
    pin = Pin(agent=run.agent, run_id=run_id, dataset_version=run.dataset_version, stimuli=stimuli)
    return BaselineFile(source=f"run {run_id}", pin=pin, runs=tuple(trial.recorded for trial in found))


def _require_supported(settings: Settings) -> None:
    """Refuse a setting that this version would otherwise ignore in silence.

    Raises:
        UsageError: Tool calls are to be taken from spans.
    """
    if settings.agent.calls_from == "spans":
        raise UsageError(
            "agent.calls_from: spans cannot be carried out: this version takes tool calls from the response only",
            hint="set agent.calls_from: response, and name the calls in agent.http.calls",
        )

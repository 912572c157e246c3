"""``sluice.yaml`` and the environment read into settings, every problem told at once."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sluice.documents.findings import Findings
from sluice.documents.located import Located, Spot
from sluice.documents.names import shown
from sluice.documents.problems import Problem
from sluice.documents.reading import decoded
from sluice.documents.validation import validated
from sluice.documents.yaml_reading import read_yaml
from sluice.errors import DocumentError
from sluice.settings.effective import effective_settings
from sluice.settings.environment import Overrides, overridden
from sluice.settings.file import Settings

__all__ = ["effective_settings", "parse_settings"]

_TRANSPORTS: Final = ("http", "command", "python", "recorded")


def parse_settings(text: bytes, *, path: str, env: Mapping[str, str]) -> Settings:
    """The settings of a project.

    Args:
        text: Content of ``sluice.yaml``; empty where there is none.
        path: Name of the file, for problems.
        env: Environment variables, of which ``SLUICE_X__Y`` override the file.

    Raises:
        DocumentError: Something is wrong; it holds every problem of the file and of the environment.
    """
    findings = Findings()
    root = _read(text, path, findings)
    overrides = overridden(root, env)
    findings.problems.extend(overrides.problems)
    spot = Spot(overrides.root, path)
    settings = validated(Settings, spot, findings.problems)
    _check_agent(spot.get("agent"), findings)
    _check_policy(spot.get("policy"), findings)
    if findings.problems or settings is None:
        raise DocumentError([_placed(problem, overrides) for problem in findings.problems], what=path)
    return settings


def _read(text: bytes, path: str, findings: Findings) -> Located:
    decoded_text = decoded(text, file=path, problems=findings.problems)
    root = None if decoded_text is None else read_yaml(decoded_text, file=path, problems=findings.problems)
    if root is None or root.value is None:
        return Located({}, 1)
    if not isinstance(root.value, dict):
        findings.wrong(
            Spot(root, path), f"must be a mapping of sections such as agent and policy, got {shown(root.value)}"
        )
        return Located({}, 1)
    return root


def _placed(problem: Problem, overrides: Overrides) -> Problem:
    """A problem with a value from the environment names its variable instead of a line."""
    if problem.line >= 0:
        return problem
    return replace(problem, file=f"environment {overrides.names[-problem.line - 1]}", line=0)


def _check_agent(agent: Spot, findings: Findings) -> None:
    given = [name for name in _TRANSPORTS if agent.has(name)]
    if len(given) > 1:
        message = f"an agent is reached in one way, got {' and '.join(given)}"
        findings.wrong(agent.get(given[-1]), message)
    url = agent.get("http", "url").text
    if url is not None and not url.startswith(("http://", "https://", "{{")):
        findings.wrong(agent.get("http", "url"), f"must begin with http:// or https://, got {shown(url)}")
    for key in ("answer", "calls", "cost_usd", "input_tokens", "output_tokens"):
        path = agent.get("http", key)
        if path.text is not None and not path.text.startswith("$"):
            findings.wrong(path, f"must be a JSONPath, which begins with $, got {shown(path.text)}")
    target = agent.get("python", "target").text
    if target is not None and (target.count(":") != 1 or not all(target.split(":"))):
        findings.wrong(agent.get("python", "target"), f'must be "module:function", got {shown(target)}')


def _check_policy(policy: Spot, findings: Findings) -> None:
    if policy.has("never"):
        # 50 ms of import (matchers), needed only by a policy with never-events.
        from sluice.golden.expectation_checks import check_never

        check_never(policy.get("never"), findings)

"""A verdict as JUnit XML, for the test reports of CI systems."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from sluice.gates.verdict import GateReport, RunFacts, StratumResult, Verdict
from sluice.reports.failed import divergence_of
from sluice.reports.text import clean_text, one_line
from sluice.reports.words import count
from sluice.trials.recorded import TrialKey
from sluice.trials.scores import TrialScore

TEXT_CHARACTERS = 4_000


def gate_junit(report: GateReport, facts: RunFacts, scores: Mapping[TrialKey, TrialScore]) -> str:
    """The verdict and every stratum as JUnit test cases.

    The suite ``gate`` holds one test case, the verdict: FAIL is a failure, ERROR an error, INCONCLUSIVE is skipped.
    Each tier is a suite; a stratum is named ``tier.capability`` and ``case/variant``, the same in every run. It is a
    failure where any of its trials failed, an error where none could be evaluated, skipped where some could not and
    the others passed, or where it decides nothing and did not pass.

    Args:
        report: The verdict.
        facts: What is said about the run.
        scores: The scores of the candidate's trials.
    """
    scores_of: defaultdict[tuple[str, str], list[TrialScore]] = defaultdict(list)
    for key in sorted(scores):
        scores_of[key.case_id, key.variant].append(scores[key])
    root = ET.Element("testsuites", name=_attribute(f"sluice {facts.agent}"))
    suites = [_verdict_suite(report, facts)]
    for tier in dict.fromkeys([*(tier.tier for tier in report.tiers), *(stratum.tier for stratum in report.strata)]):
        members = [stratum for stratum in report.strata if stratum.tier == tier]
        suites.append(_tier_suite(tier, members, scores_of, facts))
    root.extend(suites)
    for total in ("tests", "failures", "errors", "skipped"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in suites)))
    root.set("time", _time(facts.duration_s))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _verdict_suite(report: GateReport, facts: RunFacts) -> ET.Element:
    suite = ET.Element("testsuite", name="gate", timestamp=_timestamp(facts.started_at))
    properties = ET.SubElement(suite, "properties")
    for name, value in (("verdict", report.verdict.value), ("run_id", facts.run_id), ("partial", report.partial)):
        ET.SubElement(properties, "property", name=name, value=_attribute(value))
    case = ET.SubElement(suite, "testcase", classname="gate", name="verdict", time=_time(facts.duration_s))
    element = {Verdict.FAIL: "failure", Verdict.ERROR: "error", Verdict.INCONCLUSIVE: "skipped"}.get(report.verdict)
    if element is not None:
        _outcome(case, element, f"{report.verdict}: {report.reasons[0]}", [*report.reasons, *report.advice])
    return _counted(suite)


def _tier_suite(
    tier: str, members: Sequence[StratumResult], scores_of: Mapping[tuple[str, str], list[TrialScore]], facts: RunFacts
) -> ET.Element:
    suite = ET.Element("testsuite", name=_attribute(tier), timestamp=_timestamp(facts.started_at))
    for stratum in members:
        _add_stratum(suite, stratum, scores_of.get((stratum.case_id, stratum.variant), []))
    return _counted(suite)


def _add_stratum(suite: ET.Element, stratum: StratumResult, scores: Sequence[TrialScore]) -> None:
    classname = f"{stratum.tier}.{stratum.capability}" if stratum.capability else stratum.tier
    latency_s = sum(score.latency_s or 0.0 for score in scores)
    case = ET.SubElement(
        suite, "testcase", classname=_attribute(classname), name=_attribute(stratum.name), time=_time(latency_s)
    )
    failed = [score for score in scores if score.evaluated and score.passed is False]
    unknown = [score for score in scores if not score.evaluated]
    telling = [
        f"trial {score.key.trial}: {reason}"
        for score in (*failed, *unknown)
        for reason in (score.reasons or (divergence_of(score, None),))
    ]
    if failed:
        message = f"{len(failed)} of {count(len(scores), 'trial')} failed: {divergence_of(failed[0], None)}"
        _outcome(case, "failure" if stratum.counted else "skipped", message, telling)
    elif len(unknown) == len(scores):
        otherwise = "no reason given" if scores else "no trial was run"
        first = next((reason for score in unknown for reason in score.reasons), otherwise)
        _outcome(case, "error" if stratum.counted else "skipped", f"not evaluated: {first}", telling)
    elif stratum.n_unevaluated:
        message = f"{stratum.n_unevaluated} of {count(stratum.n_trials, 'trial')} not evaluated, the others passed"
        _outcome(case, "skipped", message, telling or stratum.reasons)
    elif not all(score.passed for score in scores):
        _outcome(case, "skipped", stratum.note or "decides nothing", telling)


def _outcome(case: ET.Element, element: str, message: str, lines: Sequence[str]) -> None:
    outcome = ET.SubElement(case, element, message=_attribute(message))
    if element != "skipped":
        outcome.set("type", "sluice")
    outcome.text = clean_text("\n".join(lines))[:TEXT_CHARACTERS]


def _counted(suite: ET.Element) -> ET.Element:
    suite.set("tests", str(len(suite.findall("testcase"))))
    for total, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(total, str(len(suite.findall(f"testcase/{element}"))))
    suite.set("time", _time(sum(float(case.get("time", "0")) for case in suite.findall("testcase"))))
    return suite


def _attribute(text: str) -> str:
    return one_line(text, limit=500)


def _time(duration_s: float) -> str:
    return f"{duration_s if math.isfinite(duration_s) else 0.0:.3f}"


def _timestamp(started_at: str) -> str:
    """ISO 8601 without zone or fraction, the form the usual JUnit schema asks for."""
    return one_line(started_at)[:19]

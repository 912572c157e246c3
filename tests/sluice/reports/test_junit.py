from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.gates.verdict import Verdict
from sluice.reports.junit import gate_junit
from sluice.trials.recorded import TrialKey
from tests.sluice.reports.made_up import bare, hostile, made_up, stratum_result, trial

MADE = made_up()
# The JUnit XML that CI systems read (the xUnit plugin's junit-10.xsd): element to required and allowed attributes, and
# the children it may have, in order.
RULES = {
    "testsuites": (set(), {"name", "tests", "failures", "errors", "skipped", "time"}, ["testsuite"]),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"skipped", "time", "timestamp", "hostname", "id", "package"},
        ["properties", "testcase", "system-out", "system-err"],
    ),
    "properties": (set(), set(), ["property"]),
    "property": ({"name", "value"}, set(), []),
    "testcase": ({"name", "classname"}, {"time", "status"}, ["skipped", "error", "failure"]),
    "skipped": (set(), {"message", "type"}, []),
    "error": (set(), {"message", "type"}, []),
    "failure": (set(), {"message", "type"}, []),
}


def check_element(element):
    required, allowed, children = RULES[element.tag]
    assert required <= set(element.attrib) <= required | allowed, element.tag
    order = [children.index(child.tag) for child in element]
    assert order == sorted(order), element.tag
    for child in element:
        check_element(child)


def check_junit(text):
    root = ET.fromstring(text)
    assert root.tag == "testsuites"
    check_element(root)
    for suite in root:
        cases = suite.findall("testcase")
        assert int(suite.get("tests")) == len(cases)
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("errors")) == len(suite.findall("testcase/error"))
        assert all(float(case.get("time")) >= 0 and len(case) <= 1 for case in cases)
    for total in ("tests", "failures", "errors", "skipped"):
        assert int(root.get(total)) == sum(int(suite.get(total)) for suite in root)
    return root


def junit_of(made):
    return check_junit(gate_junit(made.report, made.facts, made.scores))


def case_named(root, name):
    return next(case for case in root.iter("testcase") if case.get("name") == name)


def test_every_stratum_is_a_test_case_of_its_tier():
    root = junit_of(MADE)
    assert [suite.get("name") for suite in root] == ["gate", "critical", "standard", "exploratory"]
    cases = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")][1:]
    expected = {(f"{result.tier}.{result.capability}", result.name) for result in MADE.report.strata}
    assert set(cases) == expected
    assert len(cases) == len(expected)


def test_a_stratum_with_a_failed_trial_is_a_failure_with_the_reasons_of_its_trials():
    failure = case_named(junit_of(MADE), "policies-003")[0]
    assert failure.tag == "failure"
    assert failure.get("message") == "3 of 3 trials failed: Never-event: delete_* is never called"
    assert "trial 0: never-event: delete_* was called" in failure.text


def test_a_stratum_that_was_never_evaluated_is_an_error_and_not_a_failure():
    error = case_named(junit_of(MADE), "orders-005")[0]
    assert (error.tag, error.get("message")) == ("error", "not evaluated: the agent refused the connection")


def test_a_stratum_that_passed_has_nothing_to_tell():
    passed = next(result for result in MADE.report.strata if result.n_passed == 3)
    assert len(case_named(junit_of(MADE), passed.name)) == 0


@pytest.mark.parametrize("way", ["missing", "not evaluated"])
def test_a_stratum_that_decides_nothing_is_skipped_where_it_did_not_pass(way):
    made = made_up(1)
    score = trial(TrialKey(case_id="refunds-000", trial=0), way)[1]
    result = replace(stratum_result(made.strata[0], [score]), counted=False)
    made = replace(made, report=replace(made.report, strata=(result,)), scores={score.key: score})
    assert [child.tag for child in case_named(junit_of(made), "refunds-000")] == ["skipped"]


def test_a_stratum_without_a_deciding_check_is_skipped():
    made = made_up(1)
    score = replace(trial(TrialKey(case_id="refunds-000", trial=0), "passed")[1], passed=None)
    result = replace(stratum_result(made.strata[0], [score], note="no deciding check"), counted=False)
    made = replace(made, report=replace(made.report, strata=(result,)), scores={score.key: score})
    assert case_named(junit_of(made), "refunds-000")[0].get("message") == "no deciding check"


@pytest.mark.parametrize(("counted", "tag"), [(True, "error"), (False, "skipped")])
def test_a_stratum_that_was_never_run_never_reads_as_passed(counted, tag):
    made = made_up(1)
    result = replace(stratum_result(made.strata[0], []), counted=counted, capability="")
    made = replace(made, report=replace(made.report, strata=(result,)), scores={})
    case = case_named(junit_of(made), "refunds-000")
    assert (case[0].tag, case.get("classname")) == (tag, "critical")


def test_a_stratum_with_a_missing_trial_never_reads_as_passed():
    made = made_up(1)
    score = trial(TrialKey(case_id="refunds-000", trial=0), "passed")[1]
    result = replace(stratum_result(made.strata[0], [score]), n_trials=3, n_unevaluated=2, reasons=("2 are missing",))
    made = replace(made, report=replace(made.report, strata=(result,)), scores={score.key: score})
    skipped = case_named(junit_of(made), "refunds-000")[0]
    assert skipped.get("message") == "2 of 3 trials not evaluated, the others passed"
    assert skipped.text == "2 are missing"


@pytest.mark.parametrize(
    ("verdict", "tags"),
    [
        (Verdict.PASS, []),
        (Verdict.FAIL, ["failure"]),
        (Verdict.ERROR, ["error"]),
        (Verdict.INCONCLUSIVE, ["skipped"]),
    ],
)
def test_the_verdict_is_a_test_case_of_its_own(verdict, tags):
    assert [child.tag for child in case_named(junit_of(bare(verdict)), "verdict")] == tags


def test_names_are_the_same_in_every_run():
    names = [
        [(c.get("classname"), c.get("name")) for c in junit_of(made).iter("testcase")] for made in (MADE, made_up())
    ]
    assert names[0] == names[1]


@settings(max_examples=40)
@given(st.text(st.characters(exclude_categories=()), max_size=30))
def test_whatever_an_agent_says_the_file_is_valid_xml(text):
    made = hostile(text)
    junit = gate_junit(made.report, made.facts, made.scores)
    check_junit(junit.encode("utf8"))


def test_a_trial_without_a_reason_says_so():
    made = made_up(1)
    score = replace(trial(TrialKey(case_id="refunds-000", trial=0), "not evaluated")[1], reasons=())
    result = stratum_result(made.strata[0], [score])
    made = replace(made, report=replace(made.report, strata=(result,)), scores={score.key: score})
    assert case_named(junit_of(made), "refunds-000")[0].get("message") == "not evaluated: no reason given"

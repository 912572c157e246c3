from pathlib import Path

import pytest

from examples.support_agent.agent import answer, in_form_asked_for
from examples.support_agent.reading import as_messages
from examples.support_agent.versions import VERSIONS, version_named
from examples.support_agent.versions.stable import falls_on
from examples.support_agent.world import World
from sluice.traces.calls import ToolCall
from sluice.trials.recorded import RecordedRun, TrialKey
from sluice.trials.scoring import TrialScorer
from tasks.files import read_dataset, read_settings
from tasks.tools import read_tools

AGENT = Path(__file__).parents[2] / "examples" / "support_agent"
REGRESSED = [name for name in VERSIONS if name != "stable"]


@pytest.fixture(scope="module")
def dataset():
    return read_dataset(AGENT / "golden")


@pytest.fixture(scope="module")
def trial(dataset):
    """Ask a version one stratum's question in process, and score what it did."""
    settings, root = read_settings(AGENT / "sluice.yaml", {})
    scorer = TrialScorer(
        dataset.strata,
        policy_never=settings.policy.never,
        tools=read_tools(root / settings.tools.file),
        side_effects=settings.tools.side_effects,
    )

    def tried(version, stratum):
        reply, run = answer(version_named(version), World(), as_messages(stratum.input))
        recorded = RecordedRun(
            key=TrialKey(case_id=stratum.case.id, variant=stratum.variant),
            output=in_form_asked_for(stratum.input, reply, run),
            tool_calls=tuple(ToolCall(**call.as_json()) for call in run.calls),
            latency_s=0.01,
            cost_usd=run.cost_usd,
        )
        return recorded, scorer.score(recorded)

    return tried


@pytest.fixture(scope="module")
def results(dataset, trial):
    """Every version's trial of every counted stratum."""
    counted = [stratum for stratum in dataset if stratum.counted and stratum.case.tier != "exploratory"]
    return {version: [trial(version, stratum) for stratum in counted] for version in VERSIONS}


def test_stable_passes_every_case_and_every_variant(dataset, trial):
    failed = {stratum.name: trial("stable", stratum)[1].reasons for stratum in dataset}
    assert {name: reasons for name, reasons in failed.items() if reasons} == {}


def test_stable_makes_no_call_too_many(results):
    assert all(score.trajectory is None or score.trajectory.efficiency == 1 for _, score in results["stable"])


@pytest.mark.parametrize("version", REGRESSED)
def test_a_regressed_version_fails_on_an_eighth_to_a_third_and_looks_right_on_the_rest(version, results):
    passed = [score.passed for _, score in results[version]]
    assert None not in passed
    assert 0.12 <= passed.count(False) / len(passed) <= 0.30


@pytest.mark.parametrize("version", REGRESSED)
def test_most_replies_of_a_regressed_version_are_those_of_stable(version, results):
    same = [
        ours.output == theirs.output for (ours, _), (theirs, _) in zip(results[version], results["stable"], strict=True)
    ]
    assert sum(same) / len(same) >= 0.7


@pytest.mark.parametrize("version", REGRESSED)
def test_a_regression_hits_most_where_its_risk_was_written_down(version, dataset, results):
    counted = [stratum for stratum in dataset if stratum.counted and stratum.case.tier != "exploratory"]
    rate = {True: [0, 0], False: [0, 0]}
    for stratum, (_, score) in zip(counted, results[version], strict=True):
        cell = rate[version in stratum.case.risks]
        cell[0] += not score.passed
        cell[1] += 1
    assert rate[True][0] / rate[True][1] > rate[False][0] / rate[False][1]


def test_each_regression_shows_where_its_class_says(results):
    def failed_answers(version):
        return sum(score.answer_passed is False for _, score in results[version])

    def failed_trajectories(version):
        return sum(bool(score.trajectory and not score.trajectory.passed) for _, score in results[version])

    def calls(version):
        return sum(len(run.tool_calls) for run, _ in results[version])

    assert failed_trajectories("silent_degradation") == 0 < failed_answers("silent_degradation")
    assert failed_answers("trajectory_failure") < failed_trajectories("trajectory_failure") / 2
    assert calls("trajectory_failure") > 1.2 * calls("stable")
    assert failed_answers("tool_misuse") < failed_trajectories("tool_misuse")
    assert calls("context_mismanagement") < calls("stable") < calls("reasoning_drift")


@pytest.mark.parametrize("version", VERSIONS)
def test_the_same_question_always_gets_the_same_answer_and_calls(version, dataset, trial):
    for stratum in dataset.strata[::17]:
        first, second = trial(version, stratum)[0], trial(version, stratum)[0]
        assert first.output == second.output
        assert [(call.name, call.args, call.result) for call in first.tool_calls] == [
            (call.name, call.args, call.result) for call in second.tool_calls
        ]


def test_prompt_sensitivity_is_right_on_plain_wording(ask):
    plain = "Please cancel order A-1003."
    assert ask(plain, version="prompt_sensitivity")[0] == ask(plain)[0]
    assert "I have cancelled" not in ask("Call off order A-1003.", version="prompt_sensitivity")[0]


def test_context_mismanagement_loses_what_was_said_early(ask):
    filler = "I have been waiting for quite some time, and my neighbour says that it is always the same. " * 5
    assert "Which order" in ask(f"It is A-1038. {filler} Where is it?", version="context_mismanagement")[0]
    assert "Duluth" in ask("It is A-1038. Where is it?", version="context_mismanagement")[0]


def test_tool_misuse_says_a_refused_change_is_done(dataset, trial):
    claimed = [
        run
        for stratum in dataset
        for run in [trial("tool_misuse", stratum)[0]]
        if any(call.name == "cancel_order" and call.error for call in run.tool_calls)
    ]
    assert any("I have cancelled" in run.output for run in claimed)


def test_reasoning_drift_pays_for_a_question(ask):
    question = "What would a refund for the headphones in order A-1007 be?"
    assert [call.name for call in ask(question, version="reasoning_drift")[1].calls][-1] == "issue_refund"
    assert "issue_refund" not in [call.name for call in ask(question)[1].calls]


def test_a_change_hits_its_share_of_inputs():
    hit = sum(falls_on(f"question {number}", "salt", 30) for number in range(2_000))
    # 600 expected, standard deviation sqrt(2000 * .3 * .7) = 20.5; four of them either way
    assert 518 <= hit <= 682
    assert falls_on("Same  Text", "salt", 50) == falls_on("same text", "salt", 50)


def test_an_unknown_version_names_the_known_ones():
    with pytest.raises(ValueError, match=r"version must be one of stable, .*, got best"):
        version_named("best")

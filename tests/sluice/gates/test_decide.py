import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.errors import UsageError
from sluice.gates.decide import decide
from sluice.gates.policy import Policy
from sluice.gates.verdict import Verdict

DEFAULT = Policy()
T, F = True, False


def one_trial_each(strata, baseline, candidate):
    return strata([([after], [before]) for before, after in zip(baseline, candidate, strict=True)])


# --- what the verdict must be on the files of the acceptance list


@pytest.mark.parametrize("passed", [0, 1, 5, 10, 19, 20])
def test_a_file_against_itself_never_fails(strata, passed: int):
    outcomes = [T] * passed + [F] * (20 - passed)
    assert decide(one_trial_each(strata, outcomes, outcomes), policy=DEFAULT).verdict is not Verdict.FAIL


@given(outcomes=st.lists(st.lists(st.booleans(), min_size=1, max_size=4), min_size=1, max_size=30))
def test_any_run_against_itself_never_fails(strata, outcomes: list[list[bool]]):
    report = decide(strata([(one, one) for one in outcomes]), policy=DEFAULT)
    assert report.verdict in {Verdict.PASS, Verdict.INCONCLUSIVE}


@pytest.mark.parametrize("candidate", [[T] * 20 + [F] * 20, [F] * 20 + [T] * 20], ids=["nested", "spread"])
def test_34_of_40_falling_to_20_of_40_fails(strata, candidate):
    report = decide(one_trial_each(strata, [T] * 34 + [F] * 6, candidate), policy=DEFAULT)
    assert report.verdict is Verdict.FAIL
    assert report.reasons[0].startswith("pass rate fell by 35 points (p ")
    assert "40 cases, 40 trials); margin 5 points" in report.reasons[0]


@pytest.mark.parametrize("candidate", [[T] * 10 + [F] * 10, [F] * 10 + [T] * 10], ids=["nested", "spread"])
def test_13_of_20_falling_to_10_of_20_is_open_and_says_what_would_settle_it(strata, candidate):
    report = decide(one_trial_each(strata, [T] * 13 + [F] * 7, candidate), policy=DEFAULT)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.change.trials_to_settle is not None
    assert any(f"about {report.change.trials_to_settle} trials per case" in advice for advice in report.advice)


@pytest.mark.parametrize("candidate", [[T] * 380 + [F] * 20, [F] * 20 + [T] * 380], ids=["same cases", "other cases"])
def test_380_of_400_against_380_of_400_passes(strata, candidate):
    report = decide(one_trial_each(strata, [T] * 380 + [F] * 20, candidate), policy=DEFAULT)
    assert report.verdict is Verdict.PASS
    assert report.change.upper < 0.05


@given(failed=st.integers(0, 12), drawn=st.randoms(use_true_random=False))
def test_a_candidate_with_8_of_20_cases_missing_never_passes(strata, failed: int, drawn):
    outcomes: list[bool | None] = [F] * failed + [T] * (12 - failed) + [None] * 8
    drawn.shuffle(outcomes)
    evidence = strata([([] if one is None else [one], [T]) for one in outcomes], planned=1)
    assert decide(evidence, policy=DEFAULT).verdict is not Verdict.PASS


def test_five_of_five_exclude_no_more_than_45_points(strata):
    report = decide(strata([([T], [T] * 10)] * 5), policy=DEFAULT)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.change.upper == pytest.approx(0.451, abs=0.001)


# --- order of verdicts and unevaluated trials


def test_nothing_evaluated_is_an_error_that_names_the_reason(strata):
    report = decide(strata([([None] * 3, [T] * 10)] * 5), policy=DEFAULT)
    assert report.verdict is Verdict.ERROR
    assert report.reasons == ("none of 15 trials could be evaluated: connection refused",)
    assert (report.n_trials, report.n_evaluated, report.n_unevaluated) == (15, 0, 15)


def test_over_half_unevaluated_is_an_error_and_half_is_not(strata):
    assert decide(strata([([T, None, None], [T])] * 9), policy=DEFAULT).verdict is Verdict.ERROR
    assert decide(strata([([T, None], [T])] * 9), policy=DEFAULT).verdict is Verdict.INCONCLUSIVE


def test_an_unhealthy_agent_is_an_error_even_with_clean_trials(strata):
    report = decide(strata([([T] * 3, [T] * 10)] * 100), policy=DEFAULT, health_error="/health answered 503")
    assert report.verdict is Verdict.ERROR
    assert report.reasons[0] == "the agent was not healthy: /health answered 503"


def test_a_failure_that_holds_whatever_the_unevaluated_did_comes_before_the_error(strata):
    # 30 of 100 cases lost for certain, 60 unevaluated: with those passed, the drop is still proved
    evidence = strata([([F], [T] * 10)] * 30 + [([T], [T] * 10)] * 10 + [([None], [T] * 10)] * 60)
    assert decide(evidence, policy=DEFAULT).verdict is Verdict.FAIL


def test_a_failure_that_the_unevaluated_could_undo_is_open(strata):
    # 1 failure in 11 against 10 of 10 is p = 1/11 alone; two in one case p = 1/66; the third trial would decide
    evidence = strata([([F, F, None], [T] * 10)] + [([T] * 3, [T] * 10)] * 9)
    assert decide(evidence, policy=DEFAULT).verdict is Verdict.FAIL
    evidence = strata([([F, None, None], [T] * 10)] + [([T] * 3, [T] * 10)] * 9)
    assert decide(evidence, policy=DEFAULT).verdict is Verdict.INCONCLUSIVE


def test_few_unevaluated_trials_pass_where_the_verdict_holds_had_they_failed(strata):
    evidence = strata([([T], [T])] * 396 + [([None], [T])] * 4)
    report = decide(evidence, policy=DEFAULT)
    assert report.verdict is Verdict.PASS
    assert "4 trials could not be evaluated; the verdict holds had they failed" in report.reasons
    # 4 of 400 taken as failed: 4 pairs worse, CP upper (5 of 400 at .95) = .0227
    assert report.change.upper == pytest.approx(0.0227, abs=0.0005)
    assert report.change.drop == 0.0


def test_only_the_unevaluated_keep_a_clean_run_open(strata):
    report = decide(strata([([T] * 3, [T] * 10)] * 90 + [([None] * 3, [T] * 10)] * 10), policy=DEFAULT)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.change.passed_as_seen
    assert report.change.trials_to_settle is None
    assert report.advice == ("evaluate the trials that are missing or could not be evaluated: sluice gate",)
    assert "30 of 300 trials could not be evaluated and count as failed here: connection refused" in report.reasons


def test_unevaluated_baseline_trials_drop_out(strata):
    with_dead = decide(strata([([T], [T, None, None])] * 10), policy=DEFAULT)
    without = decide(strata([([T], [T])] * 10), policy=DEFAULT)
    assert with_dead.change == without.change


def test_trials_beyond_the_plan_count_too(strata):
    report = decide(strata([([T] * 3, [T] * 10)] * 5, planned=1), policy=DEFAULT)
    assert (report.n_trials, report.n_unevaluated) == (15, 0)


def test_no_stratum_at_all_is_wrong_use():
    with pytest.raises(UsageError, match="there is no case to decide on"):
        decide([], policy=DEFAULT)


# --- what this version cannot run


def test_one_case_that_cannot_run_does_not_undo_a_hundred_clean_ones(strata, stratum):
    clean = strata([([T] * 3, [T] * 10)] * 100)
    report = decide([*clean, stratum("talk", [None] * 3, needs=("turns",))], policy=DEFAULT)
    assert report.verdict is Verdict.PASS
    assert any("(talk) is not evaluated: needs turns" in advice for advice in report.advice)
    # bound of 300 clean pairs, .00994, over 100 of 101 strata, the last one taken as lost
    assert report.change.upper == pytest.approx((0.00994 * 100 + 1) / 101, abs=1e-4)


def test_cases_that_cannot_run_leave_it_open_where_their_failure_could_change_it(strata, stratum):
    clean = strata([([T] * 3, [T] * 10)] * 100)
    needy = [stratum(f"talk-{at}", [None] * 3, needs=("turns",)) for at in range(8)]
    report = decide([*clean, *needy], policy=DEFAULT)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert any("needs turns" in reason for reason in report.reasons)


def test_a_case_that_cannot_run_never_counts_as_passed(stratum):
    report = decide([stratum("talk", [T] * 3, [T] * 10, needs=("turns",))], policy=DEFAULT)
    assert report.verdict is Verdict.ERROR
    assert report.strata[0].n_passed == 0
    assert report.strata[0].reasons == ("needs turns",)


# --- never-events


def test_one_never_event_fails_an_otherwise_clean_run(strata, stratum):
    clean = strata([([T] * 3, [T] * 10)] * 100)
    report = decide([*clean, stratum("refund", [T], [T] * 10, never="delete_user was called")], policy=DEFAULT)
    assert report.verdict is Verdict.FAIL
    assert report.reasons[0] == "never-event in refund#0: never delete; found: delete_user was called"
    assert report.change.passed


def test_a_never_event_that_repeats_is_one_sentence(stratum):
    report = decide([stratum("refund", [F] * 5, [T] * 10, never="x")], policy=DEFAULT)
    assert report.reasons[0] == "never-event in refund#0, and in 4 more trials: never delete; found: x"
    assert "never-event" not in report.reasons[1]
    assert len(report.never_events) == 5


def test_many_never_events_are_told_in_part_and_listed_in_full(stratum):
    report = decide([stratum(f"refund-{at}", [F] * 2, [T] * 10, never="x") for at in range(5)], policy=DEFAULT)
    assert report.reasons[3] == "4 more never-events occurred"  # two strata of five are not told, two trials each
    assert len(report.never_events) == 10


def test_a_never_event_counts_in_a_case_that_has_no_other_check(stratum):
    report = decide([stratum("safe", ["undecided"], never="x")], policy=DEFAULT)
    assert report.verdict is Verdict.FAIL


def test_never_events_of_the_baseline_of_generated_and_of_reported_cases_do_not_count(strata, stratum):
    policy = Policy.model_validate({"tiers": {"exploratory": {"report_only": True}}})
    evidence = [
        *strata([([T] * 3, [T] * 10)] * 50),
        stratum("base", [T], [T], baseline_never="x"),
        stratum("base/generated", [T], [T], counted=False, never="x"),
        stratum("try", [T], [T], tier="exploratory", never="x"),
    ]
    report = decide(evidence, policy=policy)
    assert (report.verdict, report.never_events) == (Verdict.PASS, ())


# --- what is counted


def test_without_baseline_and_floor_it_is_open_and_names_the_command(strata):
    report = decide(strata([([T] * 3, [])] * 50), policy=DEFAULT)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.change is None
    assert any("sluice baseline pin RUN --to" in advice for advice in report.advice)


def test_cases_without_a_deciding_check_are_reported_and_counted_in_no_test(strata, stratum):
    clean = strata([([T] * 3, [T] * 10)] * 50)
    report = decide([*clean, stratum("chat", ["undecided"] * 3, ["undecided"] * 10)], policy=DEFAULT)
    assert report.verdict is Verdict.PASS
    assert report.change.n_strata == 50
    chat = report.strata[-1]
    assert (chat.counted, chat.note) == (False, "no deciding check")
    assert any("(chat) is counted in no test for want of a deciding check" in advice for advice in report.advice)


def test_a_dataset_in_which_nothing_decides_is_open(stratum):
    report = decide([stratum("chat", ["undecided"], ["undecided"])], policy=DEFAULT)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.reasons == ("no case decides: every one is generated, report only or without a deciding check",)


def test_generated_variants_are_reported_and_not_counted(strata, stratum):
    report = decide(
        [*strata([([T] * 3, [T] * 10)] * 50), stratum("case-000/g1", [F] * 3, [T] * 10, counted=False)], policy=DEFAULT
    )
    assert report.verdict is Verdict.PASS
    assert (report.strata[-1].note, report.strata[-1].variant, report.strata[-1].counted) == ("generated", "g1", False)


def test_variants_are_strata_of_their_own(stratum):
    evidence = [stratum(f"c{at}{variant}", [T] * 3, [T] * 10) for at in range(20) for variant in ("", "/p1")]
    report = decide(evidence, policy=DEFAULT)
    assert report.change.n_strata == 40
    assert "20 cases with 20 variants, 120 trials" in report.reasons[0]


def test_new_and_changed_cases_decide_by_floors_and_are_listed(strata, stratum):
    clean = strata([([T] * 3, [T] * 10)] * 50)
    evidence = [*clean, stratum("inc-1", [F] * 3, note="new"), stratum("inc-2", [T] * 3, note="changed")]
    report = decide(evidence, policy=DEFAULT)
    assert report.verdict is Verdict.PASS
    assert report.change.n_strata == 50
    assert any("(inc-1) is new since the baseline was pinned" in advice for advice in report.advice)
    assert any("(inc-2) is changed since the baseline was pinned" in advice for advice in report.advice)


def test_cases_whose_baseline_was_never_evaluated_are_listed(strata, stratum):
    report = decide([*strata([([T] * 3, [T] * 10)] * 50), stratum("dead", [T] * 3, [None] * 10)], policy=DEFAULT)
    assert report.change.n_strata == 50
    assert any("(dead) is without an evaluated trial in the baseline" in advice for advice in report.advice)


def test_a_new_case_that_was_not_evaluated_is_not_taken_for_granted(strata, stratum):
    clean = strata([([T] * 3, [T] * 10)] * 15)
    assert decide(clean, policy=Policy(margin=0.08)).verdict is Verdict.PASS
    report = decide([*clean, stratum("inc-1", [None] * 3, note="new")], policy=Policy(margin=0.08))
    assert report.verdict is Verdict.INCONCLUSIVE


# --- report


def test_every_report_says_the_smallest_drop_it_could_have_seen(strata):
    for evidence in (strata([([T] * 3, [T] * 10)] * 100), strata([([F] * 3, [T] * 10)] * 100)):
        report = decide(evidence, policy=DEFAULT)
        assert report.reasons[-1].startswith("the smallest drop this run could have seen is ")
        assert 0 < report.change.smallest_detectable < 1
    tiny = decide(strata([([T], [T])]), policy=DEFAULT)
    assert tiny.reasons[-1] == "this run is too small to have seen any drop"


def test_a_partial_run_says_so(strata):
    report = decide(strata([([T] * 3, [T] * 10)] * 100), policy=DEFAULT, partial="--tag refunds")
    assert report.partial == "--tag refunds"
    assert report.reasons[-1] == "partial run (--tag refunds): it says nothing about the rest of the dataset"


def test_a_stratum_says_why_its_trials_failed(stratum):
    evidence = stratum("refund", [F, F, T], [T] * 10, planned=5, reasons=("wrong amount",))
    row = decide([evidence], policy=DEFAULT).strata[0]
    assert row.reasons == ("wrong amount", "2 of 5 trials are missing")
    assert (row.n_trials, row.n_passed, row.n_unevaluated, row.baseline_passed) == (5, 1, 2, 10)


@given(
    outcomes=st.lists(
        st.tuples(
            st.lists(st.sampled_from([True, False, None, "undecided"]), max_size=4),
            st.lists(st.sampled_from([True, False, None]), max_size=4),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_every_verdict_has_reasons_and_unevaluated_trials_never_help(strata, outcomes):
    evidence = strata(outcomes)
    report = decide(evidence, policy=DEFAULT)
    assert report.reasons
    assert all(reason and reason[0] != " " for reason in (*report.reasons, *report.advice))
    if report.verdict is Verdict.PASS:
        known = strata([([False if one is None else one for one in now], before) for now, before in outcomes])
        assert decide(known, policy=DEFAULT).verdict is Verdict.PASS


def test_a_hundred_cases_are_decided_in_a_blink(strata):
    evidence = strata([([T, T, at % 20 != 0], [T] * 9 + [at % 7 != 0]) for at in range(100)])
    spent = []
    for _ in range(5):
        began = time.process_time()
        decide(evidence, policy=DEFAULT)
        spent.append(time.process_time() - began)
    # about 5 ms here; ten times that still lets a simulation run hundreds of decisions
    assert min(spent) < 0.05


def test_a_margin_that_no_number_of_trials_can_prove_asks_for_cases(strata):
    # no change in two cases, and a margin of a tenth of a point: even 1000 trials a case leave the bound above it
    report = decide(one_trial_each(strata, [T, F], [T, F]), policy=Policy(margin=0.001))
    assert report.verdict is Verdict.INCONCLUSIVE
    assert any("no reasonable number of trials would settle it: add cases" in told for told in report.advice)

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu
from statsmodels.stats.inter_rater import cohens_kappa

from sluice.errors import InvalidInputError, TooFewCasesError
from sluice.statistics.agreement import Confusion, accuracy_score, auc, cohen_kappa, confusion

scored = st.lists(st.tuples(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), st.booleans()), min_size=2, max_size=40)


@given(scored)
def test_auc_is_mann_whitneys_u_over_the_number_of_pairs(rows: list[tuple[float, bool]]):
    positives = [score for score, positive in rows if positive]
    negatives = [score for score, positive in rows if not positive]
    assume(positives and negatives)
    u = mannwhitneyu(positives, negatives).statistic
    got = auc([score for score, _ in rows], [positive for _, positive in rows])
    assert got == pytest.approx(u / (len(positives) * len(negatives)))


@given(scored)
def test_turning_the_scores_round_turns_auc_round(rows: list[tuple[float, bool]]):
    positive = [flag for _, flag in rows]
    assume(any(positive) and not all(positive))
    scores = [score for score, _ in rows]
    assert auc([-score for score in scores], positive) == pytest.approx(1 - auc(scores, positive))


@given(st.tuples(*[st.integers(0, 30)] * 4))
def test_kappa_is_that_of_statsmodels(cells: tuple[int, int, int, int]):
    table = Confusion(true_positive=cells[0], false_positive=cells[1], false_negative=cells[2], true_negative=cells[3])
    assume(table.n > 0)
    margins = (cells[0] + cells[1], cells[2] + cells[3], cells[0] + cells[2], cells[1] + cells[3])
    assume(min(margins) > 0)
    theirs = cohens_kappa([[cells[0], cells[1]], [cells[2], cells[3]]]).kappa
    assert cohen_kappa(table) == pytest.approx(theirs, abs=1e-9)


def test_confusion_counts_passes_as_positive():
    table = confusion([True, True, False, False, False], [True, False, True, False, False])
    assert table == Confusion(true_positive=1, false_positive=1, false_negative=1, true_negative=2)
    assert accuracy_score(table) == 0.6


def test_a_single_class_has_no_ranking():
    for positive in ([True, True], [False, False]):
        with pytest.raises(TooFewCasesError, match="need at least 2 classes, got 1"):
            auc([0.1, 0.9], positive)
    with pytest.raises(TooFewCasesError, match="need at least 2 classes, got 0"):
        auc([], [])


def test_a_single_answer_of_both_has_no_kappa():
    with pytest.raises(TooFewCasesError, match="need at least 2 classes, got 1"):
        cohen_kappa(confusion([True, True], [True, True]))
    with pytest.raises(TooFewCasesError, match="need at least 1 verdicts, got 0"):
        cohen_kappa(confusion([], []))


def test_broken_contracts_are_refused():
    with pytest.raises(InvalidInputError, match="got 1 scores but 2 verdicts"):
        auc([0.5], [True, False])
    with pytest.raises(InvalidInputError, match="scores must be finite"):
        auc([float("nan"), 1.0], [True, False])
    with pytest.raises(InvalidInputError, match="got 1 predictions but 2 verdicts"):
        confusion([True], [True, False])

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from sluice.errors import InvalidInputError
from sluice.statistics.holm import holm, share_alpha

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=8).map(lambda ps: {f"h{at}": p for at, p in enumerate(ps)})


@given(p_values)
def test_rejections_are_those_of_statsmodels(ps: dict[str, float]):
    theirs = multipletests(list(ps.values()), alpha=0.05, method="holm")[0]
    assert [share.rejected for share in holm(ps, alpha=0.05).values()] == theirs.tolist()


@given(p_values)
def test_a_hypothesis_is_rejected_exactly_at_the_level_it_got(ps: dict[str, float]):
    for name, share in holm(ps, alpha=0.05).items():
        assert share.rejected == (ps[name] <= share.level) or not share.rejected


def test_levels_rise_with_every_rejection_and_stop_at_the_first_failure():
    shares = holm({"a": 0.2, "b": 0.001, "c": 0.03}, alpha=0.06)
    # b at .06 / 3 = .02 rejected, c at .06 / 2 = .03 rejected, a at .06 not
    assert {name: (share.rejected, round(share.level, 3)) for name, share in shares.items()} == {
        "a": (False, 0.06),
        "b": (True, 0.02),
        "c": (True, 0.03),
    }
    assert holm({"a": 0.2, "b": 0.1}, alpha=0.05)["a"].level == 0.025


def test_nothing_to_test_is_nothing_rejected():
    assert holm({}, alpha=0.05) == {}


def test_a_p_value_outside_0_to_1_is_refused():
    with pytest.raises(InvalidInputError, match=r"p-values must lie in \[0, 1\], got 1.5 for cost"):
        holm({"cost": 1.5}, alpha=0.05)


def test_guards_far_from_their_limits_leave_the_change_all_of_alpha():
    shares = share_alpha({"pooled": 0.049}, {"calls": 0.99, "cost": 0.6}, alpha=0.05)
    assert shares["pooled"].rejected
    assert (shares["pooled"].level, shares["calls"].rejected) == (0.05, False)
    assert shares["calls"].level == 0.0125  # had it joined: half of .05 / 2


def test_a_guard_beyond_its_limit_takes_its_share_and_pays_for_joining():
    shares = share_alpha({"pooled": 0.03}, {"calls": 0.2}, alpha=0.05)
    assert (shares["pooled"].rejected, shares["pooled"].level) == (False, 0.025)
    # 2 * .02 = .04 > .025 = .05 / 2
    assert not share_alpha({"pooled": 0.5}, {"calls": 0.02}, alpha=0.05)["calls"].rejected
    shares = share_alpha({"pooled": 0.04}, {"calls": 0.01}, alpha=0.05)
    assert shares["calls"].rejected
    assert (shares["calls"].level, shares["pooled"].rejected) == (0.0125, True)

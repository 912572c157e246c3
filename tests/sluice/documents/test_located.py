from hypothesis import given
from hypothesis import strategies as st

from sluice.documents.located import Located, Spot, dotted, located, merged, plain

mappings = st.recursive(
    st.dictionaries(st.sampled_from("abc"), st.integers()),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner | st.integers() | st.lists(st.integers(), max_size=2)),
    max_leaves=8,
)


@given(mappings)
def test_a_located_value_is_the_value(value):
    assert plain(located(value, line=3)) == value


@given(mappings, mappings)
def test_what_is_laid_on_top_wins_and_nothing_below_is_lost(under, over):
    both = plain(merged(located(under, line=1), located(over, line=2)))
    assert set(both) == set(under) | set(over)
    for key, value in over.items():
        if not (isinstance(value, dict) and isinstance(under.get(key), dict)):
            assert both[key] == value


@given(mappings)
def test_laying_nothing_on_top_or_below_changes_nothing(value):
    node = located(value, line=1)
    empty = located({}, line=9)
    assert plain(merged(node, empty)) == plain(merged(empty, node)) == value


def test_each_value_keeps_the_line_it_was_written_on():
    both = merged(located({"a": {"x": 1, "y": 2}}, line=1), located({"a": {"y": 3}}, line=5))
    inner = both.value["a"].value
    assert (inner["x"].line, inner["y"].line) == (1, 5)


def test_a_list_is_replaced_as_a_whole():
    assert plain(merged(located({"a": [1, 2]}, line=1), located({"a": [3]}, line=2))) == {"a": [3]}


def test_a_path_shows_keys_that_are_no_names_in_quotes():
    assert dotted(("a", 0, "$.x", "b-c")) == 'a[0]["$.x"].b-c'
    assert dotted((0, "a")) == "[0].a"


def test_what_is_not_there_or_has_another_shape_is_empty():
    spot = Spot(located({"a": [1, "x"], "n": None, "t": "y"}, line=4), "f.yaml", "c")
    assert spot.has("a")
    assert not spot.has("n")
    assert not spot.get("a").has("z")
    assert spot.get("a", "b", "c").node == Located(None, 4)
    assert [one.text for one in spot.get("a").each()] == [None, "x"]
    assert list(spot.get("t").each()) == list(spot.get("t").entries()) == []
    assert [one.text for one in spot.get("t").one_or_each()] == ["y"]
    assert list(spot.get("n").one_or_each()) == []
    assert (spot.size, spot.get("a").size, spot.get("t").size) == (3, 2, 0)
    assert [key for key, _ in spot.entries()] == ["a", "n", "t"]


def test_a_problem_names_file_line_case_and_field():
    spot = Spot(located({"a": [1]}, line=4), "f.yaml", "c")
    (member,) = spot.get("a").each()
    assert str(member.problem("must be text")) == "f.yaml:4: case c: a[0]: must be text"

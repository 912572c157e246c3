import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.documents.reading import SourceFile
from sluice.golden.case import CaseFile, Dataset, GoldenCase, RecordedTools, Turn, Variant
from sluice.golden.dataset import build_dataset
from sluice.golden.digests import dataset_version, digest, expectation_digest, stimulus_digest
from sluice.golden.expectation import Expectation, NeverEvent
from sluice.golden.parsing import parse_dataset

BASE = GoldenCase(
    id="a",
    input="hi",
    files=(CaseFile(path="x.pdf", as_="contract"),),
    setup={"fixture": "small"},
    now="2026-05-01",
    tools=RecordedTools(recorded="t.jsonl"),
    expect=Expectation(max_cost_usd=1.0),
    never=(NeverEvent(tool=("delete",)),),
)


def stimulus(case: GoldenCase, **contents: str) -> str:
    return stimulus_digest(case, None, contents={(case.id, name): value for name, value in contents.items()})


def expectation(case: GoldenCase) -> str:
    return expectation_digest(case, case.expect, with_turns=True)


def parsed(*cases: dict) -> Dataset:
    lines = "\n".join(json.dumps(case) for case in cases)
    return parse_dataset([SourceFile("f.jsonl", lines.encode())])


def test_a_digest_is_the_sha256_of_the_canonical_json():
    # printf '{"a":1}' | sha256sum
    assert digest({"a": 1.0}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"


@pytest.mark.parametrize(
    "changes",
    [
        {"input": "ho"},
        {"input": ["hi"]},
        {"input": None, "turns": (Turn(user="hi"),)},
        {"files": ()},
        {"files": (CaseFile(path="x.pdf"),)},
        {"setup": {"fixture": "large"}},
        {"now": "2026-05-02"},
        {"tools": None},
        {"tools": RecordedTools(recorded="t.jsonl", unknown="simulate")},
    ],
)
def test_whatever_is_sent_changes_the_stimulus_digest_and_nothing_else(changes: dict):
    other = BASE.model_copy(update=changes)
    assert stimulus(other) != stimulus(BASE)
    assert expectation_digest(other, other.expect, with_turns=False) == expectation_digest(
        BASE, BASE.expect, with_turns=False
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"expect": Expectation(max_cost_usd=2.0)},
        {"expect": Expectation()},
        {"never": ()},
        {"never": (NeverEvent(tool=("drop",)),)},
        {"turns": (Turn(user="hi", expect=Expectation(max_cost_usd=1)),)},
    ],
)
def test_whatever_is_expected_changes_the_expectation_digest(changes: dict):
    assert expectation(BASE.model_copy(update=changes)) != expectation(BASE)


def test_the_content_of_a_file_and_of_a_recording_is_part_of_the_stimulus():
    digests = {
        stimulus(BASE),
        stimulus(BASE, **{"x.pdf": "1"}),
        stimulus(BASE, **{"x.pdf": "2"}),
        stimulus(BASE, **{"t.jsonl": "1"}),
    }
    assert len(digests) == 4


def test_a_variant_has_its_own_input_and_the_rest_of_its_case():
    variant = Variant(id="v", input="hi", outcome="same")
    assert stimulus_digest(BASE, variant, contents={}) == stimulus(BASE)
    other = Variant(id="v", input="ho", outcome="same")
    assert stimulus_digest(BASE, other, contents={}) == stimulus(BASE.model_copy(update={"input": "ho"}))


words = st.text(st.characters(codec="ascii", min_codepoint=97, max_codepoint=122), min_size=1, max_size=5)


@given(
    tags=st.lists(words, max_size=3),
    tier=words,
    capability=st.none() | words,
    difficulty=st.sampled_from(["easy", "medium", "hard", None]),
    author=words,
    name=words,
)
def test_what_a_case_is_for_changes_neither_digest(tags, tier, capability, difficulty, author, name):
    case = {"id": "a", "input": "hi", "expect": {"max_cost_usd": 1}}
    labelled = case | {"id": name, "tags": tags, "tier": tier, "capability": capability, "difficulty": difficulty}
    (plain,) = parsed(case)
    (other,) = parsed(labelled | {"provenance": {"author": author}, "review": "always"})
    assert (other.stimulus_digest, other.expectation_digest) == (plain.stimulus_digest, plain.expectation_digest)


def test_short_forms_and_written_out_defaults_have_the_digest_of_the_long_form():
    short = {
        "answer": {"contains": "x", "criteria": ["y"]},
        "trajectory": {"steps": [{"tool": "t"}]},
        "max_cost_usd": 1,
    }
    long = {
        "answer": {"contains": ["x"], "criteria": [{"text": "y", "weight": 1}], "numbers": []},
        "trajectory": {"order": "in_order", "steps": [{"tool": ["t"], "times": 1, "status": "ok"}]},
        "max_cost_usd": 1.0,
    }
    (one,) = parsed({"id": "a", "input": {"n": 1}, "expect": short})
    (other,) = parsed({"id": "a", "input": {"n": 1.0}, "expect": long, "never": []})
    assert (one.stimulus_digest, one.expectation_digest) == (other.stimulus_digest, other.expectation_digest)


@given(st.lists(words, min_size=1, max_size=6, unique=True), st.randoms())
def test_the_version_of_a_dataset_does_not_depend_on_the_order_of_its_cases(names: list[str], rng: random.Random):
    cases = [{"id": name, "input": f"say {name}", "expect": {"max_cost_usd": 1}} for name in names]
    version = parsed(*cases).version
    rng.shuffle(cases)
    assert parsed(*cases).version == version


def test_the_version_changes_with_any_case_any_id_and_any_variant():
    case = {"id": "a", "input": "hi", "expect": {"max_cost_usd": 1}}
    versions = {
        parsed(case).version,
        parsed(case | {"id": "b"}).version,
        parsed(case | {"input": "ho"}).version,
        parsed(case | {"expect": {"max_cost_usd": 2}}).version,
        parsed(case | {"variants": [{"id": "v", "input": "hi", "outcome": "same"}]}).version,
        parsed(case, case | {"id": "b"}).version,
    }
    assert len(versions) == 6


def test_a_dataset_built_with_the_contents_of_its_files_has_them_in_its_version():
    plain = build_dataset([BASE], sources={"a": "f:1"})
    filled = build_dataset([BASE], sources={"a": "f:1"}, contents={("a", "x.pdf"): "1"})
    assert plain.version == dataset_version(plain.strata) != filled.version

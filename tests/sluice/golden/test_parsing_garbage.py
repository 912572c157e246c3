"""Whatever a file holds, the answer is a dataset or problems, never a traceback."""

import contextlib
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.documents.reading import SourceFile
from sluice.documents.validation import keys_at
from sluice.errors import DocumentError
from sluice.golden.case import GoldenCase
from sluice.golden.expectation import AnswerExpectation, Expectation, NeverEvent, Step, TrajectoryExpectation
from sluice.golden.parsing import parse_dataset
from sluice.settings.file import Settings
from sluice.settings.loading import parse_settings
from sluice.trials.parsing import parse_runs
from sluice.trials.run_fields import CALL_RULES, RUN_RULES

MODELS = (GoldenCase, Expectation, AnswerExpectation, TrajectoryExpectation, Step, NeverEvent)
CASE_KEYS = sorted({key for model in MODELS for key in keys_at(model, ())} | {"defaults", "cases"})
MATCHER_KEYS = ["any", "one_of", "not", "all_of", "regex", "approx", "within", "between", "above", "contains", "schema"]
SETTING_KEYS = sorted({*keys_at(Settings, ()), *keys_at(Settings, ("agent",)), *keys_at(Settings, ("policy",)), "url"})
RUN_KEYS = [*RUN_RULES, *CALL_RULES]


def documents(keys: list[str]) -> st.SearchStrategy:
    scalars = st.sampled_from(
        [None, True, 0, 1, -1, 1.5, 10**30, "", "x", "(", "$.a", "{{now}}", "partial", "same", *keys[:5]]
    )
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(keys), inner, max_size=5),
        max_leaves=25,
    )


def case_of(parts: dict) -> dict:
    return {"id": "a", "input": "x", **parts}


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(CASE_KEYS), documents(CASE_KEYS + MATCHER_KEYS), max_size=4).map(case_of))
def test_a_case_of_any_shape_is_read_or_refused(case: dict):
    for name in ("f.yaml", "f.json", "f.jsonl"):
        with contextlib.suppress(DocumentError):
            assert parse_dataset([SourceFile(name, json.dumps(case).encode())]).cases


@given(
    st.binary(max_size=60) | st.text("{}[]:,-&*!|>'\"#?%@ \n\tab1", max_size=60).map(str.encode),
    st.sampled_from([".yaml", ".json", ".jsonl"]),
)
def test_any_bytes_are_read_or_refused(content: bytes, suffix: str):
    with contextlib.suppress(DocumentError):
        assert parse_dataset([SourceFile(f"f{suffix}", content)]).cases


@given(documents(RUN_KEYS))
def test_a_run_of_any_shape_is_read_or_refused(record):
    with contextlib.suppress(DocumentError):
        assert parse_runs([json.dumps(record).encode()]).runs


@given(
    documents(SETTING_KEYS),
    st.dictionaries(
        st.sampled_from(["SLUICE_AGENT__NAME", "SLUICE_POLICY", "SLUICE_JUDGES__A__B"]), st.text(max_size=8)
    ),
)
def test_settings_of_any_shape_are_read_or_refused(document, env: dict[str, str]):
    with contextlib.suppress(DocumentError):
        assert parse_settings(json.dumps(document).encode(), path="sluice.yaml", env=env).agent

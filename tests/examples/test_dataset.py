from collections import Counter
from pathlib import Path
from typing import get_args

import pytest
import yaml

from examples.support_agent.tools import definitions
from sluice.golden.case import FailureClass
from tasks.files import read_dataset, read_settings
from tasks.tools import read_tools

AGENT = Path(__file__).parents[2] / "examples" / "support_agent"
MATCHERS = {
    "any", "one_of", "not", "all_of", "regex", "approx", "within", "percent", "between", "above", "below", "contains",
    "casefold", "unordered", "schema", "absent", "result_of", "literal",
}  # fmt: skip


@pytest.fixture(scope="module")
def dataset():
    return read_dataset(AGENT / "golden")


def keys_of(value):
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list | tuple) else set()


def test_it_is_large_enough_and_loads_without_a_warning(dataset):
    assert len(dataset.cases) >= 80
    assert dataset.warnings == ()


def test_it_is_spread_over_tiers_capabilities_and_failure_classes(dataset):
    tiers = Counter(case.tier for case in dataset.cases)
    assert tiers["critical"] >= 20
    assert tiers["exploratory"] >= 1
    capabilities = Counter(case.capability for case in dataset.cases)
    assert capabilities["tool_isolated"] >= 6
    assert {"instruction_following", "reasoning", "ambiguity", "tool_use"} <= set(capabilities)
    assert {risk for case in dataset.cases for risk in case.risks} == set(get_args(FailureClass))
    # not clustered: the commonest way through, one look-up, makes up less than a quarter of the cases
    signatures = Counter(
        tuple(step.tool for step in case.expect.trajectory.steps) for case in dataset.cases if case.expect.trajectory
    )
    assert signatures.most_common(1)[0][1] <= len(dataset.cases) / 4


def test_every_case_decides_and_can_be_run_today(dataset):
    assert [stratum.name for stratum in dataset if stratum.needs] == []
    assert all(case.expect.trajectory or case.expect.any_of for case in dataset.cases)
    assert all(case.provenance.author and case.provenance.added for case in dataset.cases)


def test_every_kind_of_matcher_is_used_at_least_once(dataset):
    args = [
        keys_of(step.args) for case in dataset.cases if case.expect.trajectory for step in case.expect.trajectory.steps
    ]
    args += [keys_of(rule.args) for case in dataset.cases for rule in case.never]
    assert set().union(*args) >= MATCHERS


def test_variants_are_paraphrases_and_one_or_two_are_generated(dataset):
    generated = [stratum for stratum in dataset if stratum.variant and not stratum.counted]
    assert 1 <= len(generated) <= 2
    own = [variant for case in dataset.cases for variant in case.variants if variant.expect is not None]
    assert own
    assert sum(stratum.variant != "" for stratum in dataset) >= 40


def test_inputs_come_as_text_as_conversations_and_as_forms(dataset):
    kinds = Counter(type(stratum.input).__name__ for stratum in dataset)
    assert kinds["str"] > 100
    assert kinds["list"] >= 10
    assert kinds["dict"] >= 3


def test_the_settings_load_and_name_tools_that_exist(dataset):
    settings, root = read_settings(AGENT / "sluice.yaml", {})
    tools = read_tools(root / settings.tools.file)
    assert set(tools) == set(definitions())
    plain = {name for name in settings.tools.side_effects if "*" not in name}
    assert plain <= set(tools)
    assert settings.agent.version == "stable"
    assert set(settings.policy.tiers) == {case.tier for case in dataset.cases}


def test_every_fingerprint_pattern_matches_a_file():
    settings, root = read_settings(AGENT / "sluice.yaml", {})
    assert [pattern for pattern in settings.agent.fingerprint if not list(root.glob(pattern))] == []


def test_the_files_are_sorted_by_theme_with_shared_defaults():
    for path in sorted((AGENT / "golden").glob("*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf8"))
        assert set(document) == {"defaults", "cases"}

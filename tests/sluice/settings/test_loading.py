import subprocess
import sys

import pytest

from sluice.errors import DocumentError
from sluice.settings.file import Settings
from sluice.settings.loading import parse_settings


def parsed(text: str | bytes = "", **env: str) -> Settings:
    return parse_settings(text.encode() if isinstance(text, str) else text, path="sluice.yaml", env=env)


def problems_of(text: str | bytes = "", **env: str) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        parsed(text, **env)
    assert caught.value.exit_code == 2
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("text", ["", "# nothing", "{}"])
def test_no_settings_are_the_defaults(text: str):
    assert parsed(text) == Settings()


def test_settings_are_read_and_the_rest_keeps_its_defaults():
    settings = parsed("agent: {name: support, timeout_s: 5}\npolicy: {tiers: {critical: {floor: 0.9, prove: true}}}")
    assert (settings.agent.name, settings.agent.timeout_s, settings.agent.concurrency) == ("support", 5.0, 20)
    assert settings.policy.tiers["critical"].floor == 0.9


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("agnet: {}", '1: agnet: unknown key "agnet", did you mean "agent"?'),
        ("agent:\n  timeout: 3", '2: agent.timeout: unknown key "timeout", did you mean "timeout_s"?'),
        ("agent:\n  timeout_s: '3'", '2: agent.timeout_s: must be a number, got "3"'),
        ("agent: {http: {url: x.org}}", '1: agent.http.url: must begin with http:// or https://, got "x.org"'),
        (
            "agent: {http: {url: 'http://x', calls: calls}}",
            '1: agent.http.calls: must be a JSONPath, which begins with $, got "calls"',
        ),
        (
            "agent: {http: {url: 'http://x'}, command: {argv: [a]}}",
            "1: agent.command: an agent is reached in one way, got http and command",
        ),
        ("agent: {command: {argv: []}}", "1: agent.command.argv: must name at least 1, got an empty list"),
        ("agent: {python: {target: pkg.mod}}", '1: agent.python.target: must be "module:function", got "pkg.mod"'),
        ("agent: {python: {target: 'pkg:'}}", '1: agent.python.target: must be "module:function", got "pkg:"'),
        ("policy: {tiers: {a: {floor: 2}}}", "1: policy.tiers.a.floor: must be below 1, got 2"),
        ("policy: {never: [{}]}", "1: policy.never[0]: a never-event needs either tool or answer, got neither"),
        ("- a", "1: must be a mapping of sections such as agent and policy, got a list"),
        (b"\xff", "1: must be UTF-8, got byte 0xff at byte 0 of the file"),
    ],
)
def test_a_slip_in_the_file_is_told_with_its_line(text, problem: str):
    assert problems_of(text) == [f"sluice.yaml:{problem}"]


def test_every_problem_of_file_and_environment_is_told_at_once():
    problems = problems_of(
        "agent: {nmae: x}\nstorage: {url: 3}", SLUICE_AGENT__CONCURRENCY="many", SLUICE_AGNET__NAME="x"
    )
    assert problems == [
        "environment SLUICE_AGNET__NAME: unknown setting, did you mean SLUICE_AGENT__NAME?",
        'environment SLUICE_AGENT__CONCURRENCY: agent.concurrency: must be a whole number, got "many"',
        'sluice.yaml:1: agent.nmae: unknown key "nmae", did you mean "name"?',
        "sluice.yaml:2: storage.url: must be text, got 3, put it in quotes",
    ]


def test_the_environment_overrides_the_file():
    settings = parsed(
        "agent: {timeout_s: 60, http: {url: 'http://a', answer: $.x}}",
        SLUICE_AGENT__TIMEOUT_S="5",
        SLUICE_AGENT__HTTP__URL="http://b/{{port}}: x",
        SLUICE_AGENT__HTTP__BODY='{"q": "{{input}}"}',
        SLUICE_AGENT__FINGERPRINT="[prompts/**]",
        SLUICE_AGENT__VERSION="1.10",
    )
    assert settings.agent.http is not None
    assert (settings.agent.timeout_s, settings.agent.version) == (5.0, "1.10")
    assert (settings.agent.http.url, settings.agent.http.answer) == ("http://b/{{port}}: x", "$.x")
    assert settings.agent.http.body == {"q": "{{input}}"}
    assert settings.agent.fingerprint == ("prompts/**",)


def test_a_value_that_is_no_yaml_is_text():
    settings = parsed("agent: {http: {url: 'http://a'}}", SLUICE_AGENT__HTTP__BODY="{{input}}")
    assert settings.agent.http is not None
    assert settings.agent.http.body == "{{input}}"


def test_the_environment_reaches_into_mappings_with_keys_of_one_s_own():
    settings = parsed(
        "policy: {tiers: {Critical: {floor: 0.5, trials: 4}}}\njudges: {Main: {model: a}}",
        SLUICE_POLICY__TIERS__CRITICAL__FLOOR="0.9",
        SLUICE_POLICY__TIERS__NEW__TRIALS="7",
        SLUICE_JUDGES__MAIN__LIMITS__USD="5",
        SLUICE_REPLAY__SAMPLE="20",
    )
    assert (settings.policy.tiers["Critical"].floor, settings.policy.tiers["Critical"].trials) == (0.9, 4)
    assert settings.policy.tiers["new"].trials == 7
    assert settings.judges == {"Main": {"model": "a", "limits": {"usd": 5}}}
    assert settings.replay == {"sample": 20}


def test_a_whole_section_can_be_given_as_one_variable():
    assert parsed(SLUICE_POLICY="{margin: 0.1}").policy.margin == 0.1


def test_empty_variables_and_variables_that_are_no_settings_are_passed_over():
    env = {
        "SLUICE_TEST_DATA": "x",
        "SLUICE_CONFIG": "y",
        "SLUICE_AGENT__TIMEOUT_S": "",
        "AGENT__NAME": "x",
        "SLUICE_X": "1",
    }
    assert parsed(**env) == Settings()


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("SLUICE_AGENT__TIMEOT_S", "unknown setting, did you mean SLUICE_AGENT__TIMEOUT_S?"),
        ("SLUICE_STORAGE_URL", "unknown setting, did you mean SLUICE_STORAGE__URL?"),
        ("SLUICE_AGENT__TIMEOUT_S__X", "unknown setting, did you mean SLUICE_AGENT__TIMEOUT_S?"),
        ("SLUICE_AGENT____NAME", "unknown setting, did you mean SLUICE_AGENT__NAME?"),
    ],
)
def test_a_variable_that_names_no_setting_is_told_with_the_nearest(name: str, problem: str):
    assert problems_of(**{name: "1"}) == [f"environment {name}: {problem}"]


def test_a_variable_like_no_setting_is_told_what_settings_begin_with():
    (problem,) = problems_of(SLUICE_QQQ__ZZZ="1")
    assert problem.startswith("environment SLUICE_QQQ__ZZZ: unknown setting, known ones begin with SLUICE_AGENT__, ")


def test_a_check_across_fields_names_the_variable_that_broke_it():
    (problem,) = problems_of("agent: {http: {url: 'http://a'}}", SLUICE_AGENT__RECORDED__FILE="r.jsonl")
    assert problem == (
        "environment SLUICE_AGENT__RECORDED__FILE: agent.recorded: "
        "an agent is reached in one way, got http and recorded"
    )


def test_loading_settings_imports_no_heavy_library():
    heavy = "{'numpy', 'jsonschema', 'jsonpath', 'regex', 'sqlmodel', 'httpx', 'prefect', 'pandas', 'rich'}"
    code = f"import sys, sluice.settings.loading; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

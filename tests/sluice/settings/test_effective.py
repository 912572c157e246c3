import json

import pytest

from sluice.settings.effective import MASK, effective_settings, masked
from sluice.settings.loading import parse_settings


@pytest.mark.parametrize(
    "key",
    [
        "token",
        "api_key",
        "apikey",
        "X-Api-Key",
        "AUTH_TOKEN",
        "password",
        "db_passwd",
        "Authorization",
        "client_secret",
        "private-key",
        "Cookie",
    ],
)
def test_the_value_of_a_secret_s_key_is_masked(key: str):
    assert masked({"env": {key: "hush"}}) == {"env": {key: MASK}}
    assert masked({key: ["hush", 3]}) == {key: [MASK, MASK]}


@pytest.mark.parametrize("key", ["max_tokens", "input_tokens", "token_path", "keyboard", "secretary", "file"])
def test_a_key_that_only_sounds_like_a_secret_is_shown(key: str):
    assert masked({key: "$.usage"}) == {key: "$.usage"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:hush@db/x", "postgresql://me:***@db/x"),
        ("http://x/?api_key=hush&q=1", "http://x/?api_key=***&q=1"),
        ("--token=hush", "--token=***"),
        ("Authorization: Bearer hushhush", "Authorization: ***"),
        ("Bearer hushhush", "Bearer ***"),
        ("use sk-abcdefgh1234 here", "use *** here"),
        ("http://127.0.0.1:8080/orders", "http://127.0.0.1:8080/orders"),
        ("sqlite:///.sluice/sluice.db", "sqlite:///.sluice/sluice.db"),
    ],
)
def test_a_secret_within_a_text_is_masked_and_the_rest_is_shown(text: str, shown: str):
    assert masked(text) == shown


def test_nothing_is_masked_where_nothing_is_set():
    assert masked({"token": None, "password": "", "secret": False, "n": 3}) == {
        "token": None,
        "password": "",
        "secret": False,
        "n": 3,
    }


def test_the_effective_settings_hold_every_setting_and_no_secret():
    text = (
        "agent: {http: {url: 'https://me:hush@x/', headers: {Authorization: Bearer hushhush}},"
        " name: support}\njudges: {main: {api_key: hush, model: m}}\nstorage: {url: 'postgresql://u:hush@h/d'}"
    )
    shown = effective_settings(parse_settings(text.encode(), path="s", env={"SLUICE_MONITORING__TOKEN": "hush"}))
    assert "hush" not in json.dumps(shown)
    assert (shown["agent"]["name"], shown["agent"]["timeout_s"], shown["judges"]["main"]["model"]) == (
        "support",
        120.0,
        "m",
    )

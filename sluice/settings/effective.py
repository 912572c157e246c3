"""The effective settings as they may be shown: without secrets."""

import re
from typing import Final

from sluice.documents.values import Json
from sluice.settings.file import Settings

MASK: Final = "***"

# A key is a secret's by its last word: api_key, X-Api-Key, auth-token, but not max_tokens or token_path.
_SECRET_KEY = re.compile(
    r"(?:^|[_-])(?:token|secret|passw(?:or)?d|passphrase|credentials?|authorization|cookie|signature|"
    r"(?:api|access|private|secret|signing)[_-]?key|apikey)\Z",
    re.IGNORECASE,
)
_URL_PASSWORD = re.compile(r"(?P<before>[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+(?=@)", re.IGNORECASE)
_NAMED_SECRET = re.compile(
    r"(?P<before>(?:token|secret|passw(?:or)?d|(?:api|access|private)[_-]?key|apikey|authorization)[\"']?[=:]\s*)"
    r"(?P<scheme>(?:bearer|basic)\s+)?[^\s&\"',;]+",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?P<before>\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE)
# Keys of well-known services, by their published prefixes.
_KNOWN_KEY = re.compile(r"\b(?:sk-|ghp_|github_pat_|xox[abp]-|AKIA|AIza)[A-Za-z0-9_-]{8,}")


def effective_settings(settings: Settings) -> dict[str, Json]:
    """Every setting with its value in force, secrets replaced by ``***``.

    A value counts as a secret where its key says so, where it is the password of a URL, or where it looks like a key.
    """
    shown: dict[str, Json] = masked(settings.model_dump(mode="json", by_alias=True))
    return shown


def masked(value: Json, *, key: str = "") -> Json:
    """A JSON value without its secrets.

    Example:
        >>> masked({"headers": {"Authorization": "Bearer abcdef"}, "url": "postgresql://me:pw@db/x", "max_tokens": 5})
        {'headers': {'Authorization': '***'}, 'url': 'postgresql://me:***@db/x', 'max_tokens': 5}
    """
    if isinstance(value, dict):
        return {name: masked(one, key=name) for name, one in value.items()}
    if isinstance(value, list):
        return [masked(one, key=key) for one in value]
    if _SECRET_KEY.search(key) and value not in (None, "") and not isinstance(value, bool):
        return MASK
    return _masked_text(value) if isinstance(value, str) else value


def _masked_text(text: str) -> str:
    text = _URL_PASSWORD.sub(rf"\g<before>{MASK}", text)
    text = _NAMED_SECRET.sub(rf"\g<before>{MASK}", text)
    text = _BEARER.sub(rf"\g<before>{MASK}", text)
    return _KNOWN_KEY.sub(MASK, text)

"""What may leave the box of configuration and words: no user or password in a URI, no number that may be a badge's."""

import re
from collections.abc import Mapping
from dataclasses import fields

from firmware.config import Config
from firmware.settings import KEYS

HIDDEN = "…"
OPTIONS = frozenset(
    {
        *(
            "again",
            "ascii",
            "baud",
            "bits",
            "bounce",
            "by",
            "dpi",
            "end",
            "format",
            "idle",
            "insecure",
            "layout",
            "lun",
        ),
        *(
            "most-mib",
            "name",
            "page-mib",
            "page-seconds",
            "parity",
            "pin",
            "protocol",
            "quirk",
            "read",
            "slot",
            "spool",
        ),
        *("stop", "timeout", "zoom"),
    }
)
"""Options of a URI whose values tell a technician something and nobody anything secret; all others are hidden."""
_URI = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]*:)(//)?[^\s\"'<>]*")
_LOGIN = re.compile(r"(?<=//)[^\s\"'<>]*@")
"""Up to the last @: what a password holds that it should not hold, too."""
_NUMBER = re.compile(r"[0-9A-Fa-f]{6,}")


def shown_uri(uri: str) -> str:
    """Without user and password, and with the values of harmless options alone."""
    base, mark, query = _LOGIN.sub("", uri).partition("#")[0].partition("?")
    return base + mark + "&".join(_option(each) for each in query.split("&") if each)


def shown_words(words: str) -> str:
    """The same for each URI in a text."""
    return _URI.sub(lambda found: shown_uri(found[0]) if "//" in found[0] or "?" in found[0] else found[0], words)


def shown_config(config: Config) -> Mapping[str, object]:
    """By the names that a file has for it. In rules for card numbers, what may be one is hidden."""
    known = {field.name for field in fields(Config)}
    found = {key.path: getattr(config, key.field) for key in KEYS if key.field in known}
    return {path: _value(path, value) for path, value in found.items() if value not in ("", (), {}, None)}


def _value(path: str, value: object) -> object:
    if path.startswith("badges.") and not isinstance(value, bool):
        return _rules(value)
    if isinstance(value, str):
        return shown_uri(value) if ":" in value else value
    if isinstance(value, tuple | list):
        return [_value(path, item) for item in value]
    return value


def _rules(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _rules(steps) for name, steps in value.items()}
    return [_NUMBER.sub(HIDDEN, str(step)) for step in value] if isinstance(value, tuple | list) else HIDDEN


def _option(text: str) -> str:
    name, _, value = text.partition("=")
    return f"{name}={value}" if name in OPTIONS else f"{name}={HIDDEN}" if value else HIDDEN

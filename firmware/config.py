"""The station's configuration: one TOML file, overridden by the environment, checked to the letter."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from firmware.badges.rules import RuleError, Rules
from firmware.errors import LockgateError
from firmware.panel.address import AddressError, parse_metrics, parse_panel, parse_technician
from firmware.panel.place import is_side
from firmware.panel.tags import is_offered, is_zone
from firmware.settings import KEYS, PREFIX, Key
from firmware.updates.quiet import is_window

OTHERS = frozenset({"LOCKGATE_VENV", "LOCKGATE_PROFILE"})
"""Variables of that prefix which are read by tools/dev and lockgate-submit, not by the station."""
CA_BYTES = 256 * 1024
AUDIT_MIB = range(1, 201)
SHORT = 10
"""Digits that a number of a variable has at most."""


class ConfigError(LockgateError):
    """The configuration cannot be used; `detail` says where (file or variable, and key) and what to do about it. Of
    addresses that a page may not have, the code is that of firmware.panel.address."""

    code = "config-invalid"


@dataclass(frozen=True, slots=True)
class Config:
    """Devices are URIs (see hal/registry.py). `ca_pem` is the content of `ca_file`: the organisation's CA, to pin.
    Where `mesh_url`, `ca_file`, `name` and `printer` are empty, pairing gives them. `slip` is None where the file does
    not say."""

    data_dir: str
    mesh_url: str
    ca_file: str
    keys: str
    readers: tuple[str, ...]
    printer: str = ""
    converter: str = "none:"
    indicator: tuple[str, ...] = ("log:",)
    buttons: tuple[str, ...] = ()
    voice: str = ""
    panel: str = ""
    panel_language: str = "en"
    panel_timezone: str = ""
    panel_contact: str = ""
    panel_reader: str = ""
    technician: str = ""
    ca_pem: bytes = field(repr=False, default=b"")
    name: str = ""
    provision: str = ""
    slip: bool | None = None
    seek: bool = False
    syslog: str = ""
    syslog_identity: bool = False
    audit_mib: int = 8
    reset: str = ""
    reset_button: str = ""
    ca_fingerprint: str = ""
    installer: str = ""
    update_window: str = "02:00-05:00"
    metrics: str = ""
    badge_rules: tuple[str, ...] = ()
    reader_rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    badge_proof: bool = False


_ADDRESSES = {"panel": parse_panel, "technician": parse_technician, "metrics": parse_metrics}
_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}")
_KNOWN = {
    "ca_fingerprint": lambda text: _FINGERPRINT.fullmatch(text) is not None,
    "panel_language": is_offered,
    "update_window": is_window,
    "panel_timezone": is_zone,
    "panel_reader": is_side,
}
_BY_PATH = {key.path: key for key in KEYS}


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Config:
    """The configuration in the file `path`; a variable such as LOCKGATE_MESH_URL stands above the file, its list
    separated by blanks. A relative `ca_file` is relative to the configuration. Raises `ConfigError`."""
    values = {key.field: _checked(value, key, str(path)) for key, value in _in_file(path)}
    values |= {key.field: _checked(value, key, key.variable) for key, value in _in_environment(environment)}
    missing = [key for key in KEYS if key.required and key.field not in values]
    if missing:
        raise ConfigError(f"{path}: {missing[0].path} is missing: {missing[0].hint}")
    config = Config(**{"mesh_url": "", "ca_file": "", **values})
    if config.mesh_url and not config.mesh_url.startswith("https://"):
        raise ConfigError(f"{path}: mesh.url must begin with https://: the mesh speaks nothing else")
    if config.reset_button and not config.reset:
        raise ConfigError(f"{path}: station.reset_button needs station.reset: {_BY_PATH['station.reset'].hint}")
    return replace(config, ca_pem=_ca(path.parent / config.ca_file)) if config.ca_file else config


def understood(tables: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Of a configuration that another version may have made: what this one takes, and the paths of the rest."""
    found: dict[str, Any] = {}
    left = []
    for path, value in _flat(tables):
        key = _BY_PATH.get(path)
        if key is None or not _is_taken(value, key):
            left.append(path)
        elif key.section:
            found.setdefault(key.section, {})[key.name] = value
        else:
            found[key.name] = value
    return found, tuple(left)


def _is_taken(value: object, key: Key) -> bool:
    try:
        _checked(value, key, "")
    except ConfigError:
        return False
    return True


def _in_file(path: Path) -> Iterator[tuple[Key, object]]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ConfigError(f"{path}: {exc.strerror}") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise ConfigError(f"{path}: not TOML: {exc}") from exc
    for name, value in _flat(table):
        if name not in _BY_PATH:
            raise ConfigError(f"{path}: {name}: no such key; there is {', '.join(_BY_PATH)}")
        yield _BY_PATH[name], value


def _flat(table: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", deep) for inner, deep in value.items())
        else:
            yield name, value


def _in_environment(environment: Mapping[str, str]) -> Iterator[tuple[Key, object]]:
    by_variable = {key.variable: key for key in KEYS if not key.is_table}
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name in OTHERS:
            continue
        if name not in by_variable:
            raise ConfigError(f"{name}: no such variable; there is {', '.join(by_variable)}")
        key = by_variable[name]
        yield key, _read(environment[name], key)


def _read(text: str, key: Key) -> object:
    """A variable's text as the file would have it."""
    if key.is_flag:
        return {"true": True, "false": False}.get(text, text)
    if key.is_number:
        return int(text) if text.isascii() and text.isdecimal() and len(text) < SHORT else text
    if key.is_list:
        return [item.strip() for item in text.split(key.separator)]
    return text


def _checked(value: object, key: Key, where: str) -> Any:
    """The value as `Config` has it: text that is not empty, a tuple of at least one such text, true or false, or a
    number."""
    if key.is_flag and isinstance(value, bool):
        return value
    if key.is_number and type(value) is int and value in AUDIT_MIB:
        return value
    if key.is_table:
        return dict(_table(value, key, where))
    if key.or_one and isinstance(value, str):
        value = [value]
    items = value if key.is_list else [value]
    if not isinstance(items, list) or not items or not all(_is_text(item, key) for item in items):
        raise ConfigError(f"{where}: {key.path} must be {key.hint}")
    if key.field in _KNOWN and not _KNOWN[key.field](str(value)):
        raise ConfigError(f"{where}: {key.path} must be {key.hint}")
    if key.field == "badge_rules":
        return _ruled(items, f"{where}: {key.path}")
    if key.field in _ADDRESSES:
        _require_address(str(value), key, where)
    return tuple(items) if key.is_list else value


def _require_address(text: str, key: Key, where: str) -> None:
    """A page is on the air where it is exposed to nobody but those it is for, or not at all."""
    try:
        _ADDRESSES[key.field](text)
    except AddressError as exc:
        raise ConfigError(f"{where}: {key.path}: {exc.detail}", code=exc.code) from exc


def _table(value: object, key: Key, where: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, items in value.items() if isinstance(value, dict) else [("", None)]:
        if not isinstance(items, list) or not all(_is_text(item, key) for item in items):
            raise ConfigError(f"{where}: {key.path} must be {key.hint}")
        yield name, _ruled(items, f"{where}: {key.path}.{name}")


def _ruled(steps: list[str], where: str) -> tuple[str, ...]:
    """Steps to a card number, all of which there are."""
    try:
        return Rules.parse(steps).steps
    except RuleError as exc:
        raise ConfigError(f"{where}: {exc.detail}") from exc


def _ca(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(CA_BYTES)
    except OSError as exc:
        raise ConfigError(f"{path}: {exc.strerror}: mesh.ca_file must be {_BY_PATH['mesh.ca_file'].hint}") from exc


def _is_text(item: object, key: Key) -> bool:
    return isinstance(item, str) and item != "" and not key.is_flag and not key.is_number

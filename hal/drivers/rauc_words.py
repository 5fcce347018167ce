"""What RAUC's command says, as values: bytes in, values out (RAUC reference, "Command Line")."""

import json
import re
from collections.abc import Mapping
from typing import Any

from hal.ports.installer import InstallerError, Manifest, Slots

_PERCENT = re.compile(r"\s{0,3}(\d{1,3})% ")
LAST_ERROR = "LastError: "
MOST_TEXT = 200
_REFUSED = (
    "signature", "compatible", "manifest", "verity", "bundle identifier", "certificate", "not a valid",
    "bundle format", "signed", "payload",
)  # fmt: skip
_UNREADABLE = ("download", "stream", "nbd", "transfer", "http", "timed out", "connect", "range")


_OF_THE_KERNEL = "failed to load dm table"
"""The bundle's signature was found good before, and nothing behind it was looked at yet. Seen once, on a machine with
much to do: the kernel thought the device that streams it too small. RAUC's hint at DM_VERITY is no verdict either."""
_TOO_EARLY = "not yet valid"
"""A certificate, to a clock that is behind: which it is not for ever, and the bundle is as good as before."""


def parse_slots(raw: bytes) -> Slots:
    """`rauc status --output-format=json`. Raises `InstallerError` installer-failed."""
    status = _object(raw)
    names = {name: one.get("bootname") for slot in _list(status.get("slots")) for name, one in _pairs(slot)}
    usual, booted, compatible = status.get("boot_primary"), status.get("booted"), status.get("compatible")
    primary = names.get(usual, "") if isinstance(usual, str) else ""
    if not (isinstance(booted, str) and isinstance(primary, str) and isinstance(compatible, str) and booted):
        raise InstallerError("installer-failed", "rauc does not say which slot runs")
    return Slots(booted, primary, compatible)


def parse_manifest(raw: bytes) -> Manifest:
    """`rauc info --output-format=json`. Raises `InstallerError` installer-failed."""
    said = _object(raw)
    version, compatible = said.get("version"), said.get("compatible")
    if not (isinstance(version, str) and isinstance(compatible, str)):
        raise InstallerError("bundle-refused", "the manifest names no version")
    return Manifest(version, compatible)


def parse_percent(line: str) -> int | None:
    """A line of `rauc install`: how far it is, None where it does not say."""
    found = _PERCENT.match(line)
    return min(int(found[1]), 100) if found else None


def failure(said: str) -> InstallerError:
    """What RAUC's last words mean. RAUC has no codes."""
    text = " ".join("".join(c if c.isprintable() else " " for c in said).split())[:MOST_TEXT]
    lowered = text.lower()
    if _TOO_EARLY in lowered or any(word in lowered for word in _UNREADABLE):
        return InstallerError("bundle-unreadable", text)
    if _OF_THE_KERNEL not in lowered and any(word in lowered for word in _REFUSED):
        return InstallerError("bundle-refused", text)
    return InstallerError("install-failed", text)


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError) as exc:
        raise InstallerError("installer-failed", "rauc does not answer in JSON") from exc
    if not isinstance(said, dict):
        raise InstallerError("installer-failed", "rauc answers with something else")
    return said


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _pairs(slot: object) -> list[tuple[str, Mapping[str, Any]]]:
    return [(name, one) for name, one in slot.items() if isinstance(one, dict)] if isinstance(slot, dict) else []

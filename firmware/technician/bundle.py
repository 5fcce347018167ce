"""The support bundle: what somebody far away needs to see what is wrong here, and nothing that they must not have."""

import hashlib
import io
import json
import platform
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import metadata
from pathlib import Path

from firmware.audit.log import AuditLog
from firmware.audit.port import AuditError
from firmware.config import Config
from firmware.recording import VERSION
from firmware.status import Status
from firmware.technician.doctor import Checkup
from firmware.technician.scrub import shown_config, shown_words

LIBRARIES = ("aiohttp", "babel", "cryptography", "google-re2", "jinja2", "pyipp", "segno", "transitions")
OS_RELEASE = Path("/etc/os-release")
TAIL = 50
"""Entries of the audit record whose hashes are told."""
README = """A support bundle of a Lockgate station. It holds no keys, PINs, badge numbers, names, titles or passwords:
versions.json    the program, its libraries, the system
status.json      as lockgate status --json says it
doctor.json      as lockgate doctor --json says it
config.json      the configuration, without what may be secret in it
journal.txt      the journal's last lines
audit.json       the hashes of the audit record's last entries: no entry itself
"""


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into one. `audit` is as `audit_tail` makes it."""

    config: Config
    status: Status | None
    checkup: Checkup
    journal: Sequence[str] = field(repr=False)
    audit: Mapping[str, object] = field(default_factory=dict)


def bundle(contents: Contents, now: datetime) -> bytes:
    """A ZIP archive."""
    files = {
        "README.txt": README,
        "versions.json": _json(versions()),
        "status.json": contents.status.json() if contents.status is not None else "{}",
        "doctor.json": contents.checkup.json(),
        "config.json": _json(shown_config(contents.config)),
        "journal.txt": "\n".join((*contents.journal, "")),
        "audit.json": _json(contents.audit),
    }
    stamp = (max(now.year, 1980), now.month, now.day, now.hour, now.minute, now.second)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, stamp), shown_words(text), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def versions(os_release: Path = OS_RELEASE) -> Mapping[str, object]:
    """Of the program and what it stands on."""
    try:
        system = os_release.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        system = []
    return {
        "lockgate": VERSION,
        "python": sys.version.split()[0],
        "machine": platform.machine(),
        "kernel": platform.release(),
        "system": [line for line in system if line.startswith(("PRETTY_NAME=", "VERSION_ID="))],
        "libraries": {name: _version(name) for name in LIBRARIES},
    }


def audit_tail(log: AuditLog | None) -> Mapping[str, object]:
    """Where the record stands, and the SHA-256 of each of its last lines: enough to compare two copies by."""
    if log is None:
        return {}
    point = log.point
    try:
        lines = log.read_after(max(log.first - 1, point.sequence - TAIL), TAIL)
    except AuditError:
        lines = []
    hashes = [hashlib.sha256(line).hexdigest() for line in lines]
    return {"sequence": point.sequence, "hash": point.hash, "lines": hashes}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"

"""One whole record of several files, only ever copied: its files and lines, and what is said of changed ones."""

from functools import cache

from firmware.audit.faults import FaultCode
from firmware.vault.identity import Kind
from tests.support.audit_rig import AuditRig
from tests.support.pki import Pki


@cache
def rig() -> AuditRig:
    """One record of several files, only ever copied."""
    made = AuditRig()
    made.filled(24)
    return made


@cache
def export() -> bytes:
    return rig().open().export(4, 20)


def files() -> dict[str, bytes]:
    return dict(rig().files())


def lines(name: str) -> list[bytes]:
    return files()[name].splitlines(keepends=True)


def code_of(changed: dict[str, bytes]) -> FaultCode | None:
    report = rig().verify(changed)
    return report.fault.code if report.fault else None


def with_lines(name: str, new: list[bytes]) -> dict[str, bytes]:
    return files() | {name: b"".join(new)}


def impostor(pki: Pki, holder_id: str = "lobby") -> AuditRig:
    """Somebody who writes a record of its own with a certificate of `pki`."""
    made = AuditRig()
    made.pki, made.holder = pki, pki.holder(Kind.STATION, holder_id)
    made.filled(24)
    return made

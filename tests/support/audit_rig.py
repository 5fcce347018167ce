"""A record in memory for tests: its holder, its storage twin, its clock; and its files to damage."""

import random
from datetime import datetime
from pathlib import Path

from firmware.audit.events import AuditEvent
from firmware.audit.log import AuditLog, Limits
from firmware.audit.material import Material
from firmware.audit.proof import audit_key
from firmware.audit.records import HEAD, AuditKey, Point, file_name
from firmware.audit.verify import Report, verify
from firmware.vault.identity import Kind
from hal.sim.clock import VirtualClock
from hal.sim.storage import SimStorage
from tests.support.pki import NOW, Holder, Pki

SMALL = Limits(segment=2500, quota=1_000_000)
TINY = Limits(segment=2500, quota=8000)


def key_of(pki: Pki, holder: Holder) -> AuditKey:
    return audit_key(pki.anchor, holder.chain, holder.signer, NOW)


class AuditRig:
    """`station/lobby`'s record."""

    def __init__(self, limits: Limits = SMALL, seed: int = 1, now: datetime = NOW) -> None:
        self.pki = Pki(now=now)
        self.holder = self.pki.holder(Kind.STATION, "lobby")
        self.storage = SimStorage(random.Random(seed))  # noqa: S311 (a replayable medium)
        self.clock = VirtualClock(now)
        self.limits = limits

    def open(self, holder: Holder | None = None) -> AuditLog:
        """As after a start of the process."""
        key = key_of(self.pki, holder or self.holder)
        return AuditLog(self.storage, self.clock, self.pki.anchor, key, self.limits)

    def filled(self, entries: int) -> AuditLog:
        """A record with so many events."""
        log = self.open()
        for number in range(entries):
            log.append(AuditEvent.PRINTED, job=f"job-{number}", impressions=number)
        return log

    def files(self) -> dict[str, bytes]:
        """All there is, by name."""
        names = [HEAD, *(file_name(number) for number in range(1, 200))]
        return {name: data for name in names if (data := self.storage.read(name)) is not None}

    def verify(
        self, files: dict[str, bytes] | None = None, *, holder: str = "", witnesses: tuple[Point, ...] = ()
    ) -> Report:
        """What the offline verifier says of these files."""
        return verify(
            material_of(self.files() if files is None else files), self.pki.anchor, holder=holder, witnesses=witnesses
        )

    def save(self, directory: Path, files: dict[str, bytes] | None = None) -> Path:
        """The files, written into a directory."""
        directory.mkdir(exist_ok=True)
        for name, data in (self.files() if files is None else files).items():
            (directory / name).write_bytes(data)
        return directory


def material_of(files: dict[str, bytes]) -> Material:
    head = files.get(HEAD)
    whole = head is not None and head.endswith(b"\n") and head.count(b"\n") == 1
    statement = None if head is None else head[:-1] if whole else b""
    return Material(HEAD, statement, {int(name[6:12]): data for name, data in files.items() if name != HEAD})

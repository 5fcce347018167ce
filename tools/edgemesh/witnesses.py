"""Witnesses: the roles remember where the records of stations, and of each other, stood: none is put back unseen."""

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress

from firmware.audit.events import AuditEvent
from firmware.audit.faults import FaultCode
from firmware.audit.port import Audit, AuditError
from firmware.audit.records import Point, is_hash
from hal.ports.clock import Clock
from tools.edgemesh.audits import RoleAudit

HOUR = 3600.0
EVERY = HOUR - 100.0
"""Seconds between two entries about one holder: stations ask each hour, some a little sooner."""
_HOLDERS = 4096
_FIRST = "vault"


class Witness:
    """Records in `audit` where the records of others stand: each hour at most, and only what has moved."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, tuple[float, Point]] = OrderedDict()

    async def remember(self, audit: Audit, holder: str, point: Point) -> None:
        """The holder's record stands there, by its own word. Where that is before what it said an hour ago, the entry
        has the code `audit-witness-contradicted`. A record that takes nothing now is asked again an hour later."""
        if not point.sequence or not is_hash(point.hash):
            return
        now, known = self._clock.monotonic(), self._seen.get(holder)
        if known is not None and (known[1] == point or now - known[0] < EVERY):
            return
        self._seen[holder] = now, point
        self._seen.move_to_end(holder)
        while len(self._seen) > _HOLDERS:
            self._seen.popitem(last=False)
        code = {"code": FaultCode.WITNESS.value} if known and point.sequence <= known[1].sequence else {}
        with suppress(AuditError):
            await audit.record(AuditEvent.WITNESSED, holder=holder, sequence=point.sequence, digest=point.hash, **code)


class OwnWitness:
    """A chore: of the roles of one process, the first (the vault, where it is served) is the witness of the others, and
    another one its. `holders` says whose each record is."""

    def __init__(self, audits: Mapping[str, RoleAudit], holders: Mapping[str, str], clock: Clock) -> None:
        self._audits, self._holders = audits, holders
        self._witness = Witness(clock)

    async def round(self) -> None:
        """Never raises."""
        first, *others = sorted(self._audits, key=lambda role: (role != _FIRST, role))
        for role in others:
            await self._witness.remember(self._audits[first], self._holders[role], self._audits[role].point)
        for role in others[:1]:
            await self._witness.remember(self._audits[role], self._holders[first], self._audits[first].point)

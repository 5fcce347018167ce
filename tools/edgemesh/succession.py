"""What the vault does for epochs that others have followed: held jobs move on, are shredded, or are waited for."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from firmware.audit.events import AuditEvent
from firmware.audit.port import Audit
from firmware.errors import LockgateError
from firmware.vault.manifest import parse
from hal.ports.clock import Clock
from tools.edgemesh import leases
from tools.edgemesh.jobbook import JobBook
from tools.edgemesh.peers import OrgPeer
from tools.edgemesh.signed import Signed
from tools.edgemesh.storage.records import Held, Phase

_WAIT = frozenset({"peer-unreachable", "store-failed", "internal", "part-withdrawn", "deny-list-stale"})
"""Answers of the org key service after which it is asked again; any other means that it will never give the part."""


class Announcing:
    """The epochs of jobs that are being handed in at this moment, and stand in no store yet."""

    def __init__(self) -> None:
        self._epochs: Counter[int] = Counter()

    @contextmanager
    def of(self, epoch: int) -> Iterator[None]:
        """While one of that epoch is."""
        self._epochs[epoch] += 1
        try:
            yield
        finally:
            self._epochs[epoch] -= 1

    def now(self) -> set[int]:
        """Epochs that there is one of."""
        return {epoch for epoch, count in self._epochs.items() if count > 0}


class Succession:
    """Done in rounds, each of which may be cut off anywhere. The org key service keeps what is to be done; what is done
    twice is done once."""

    def __init__(self, book: JobBook, org: OrgPeer, announcing: Announcing, audit: Audit, clock: Clock) -> None:
        self._book, self._org, self._announcing = book, org, announcing
        self._audit, self._clock = audit, clock
        self._places: dict[str, int] = {}  # where each job's org part lies, as it was told last; 0: nowhere

    async def round(self) -> None:
        """Raises `StoreError`, and `Problem` when the org key service does not answer: the next round goes on."""
        closing = await self._org.closing()
        if not closing:
            self._places.clear()
            return
        needed = self._announcing.now()  # before the store is read: whatever comes later seals to the current epoch
        live = self._book.store.live()
        self._places = {job_id: self._places[job_id] for job_id in live if job_id in self._places}
        for job_id in live:
            needed.add(await self._see_to(job_id, closing))
        for epoch in closing.keys() - needed:
            await self._org.retire(epoch)

    async def _see_to(self, job_id: str, closing: Mapping[int, Held]) -> int:
        """Which epoch's key the job still needs, 0 for none."""
        place = self._places.get(job_id)
        if place is None or closing.get(place) is Held.REBOX:
            place = self._places[job_id] = await self._place(job_id)
        if closing.get(place) is Held.SHRED and await self._shred(job_id):
            return 0
        return place

    async def _place(self, job_id: str) -> int:
        await asyncio.sleep(0)  # there may be thousands, and others are waiting
        job = self._book.job(job_id)
        try:
            return await self._org.place(Signed(job.manifest, job.signature, job.chain))
        except LockgateError as exc:
            if exc.code in _WAIT:
                raise
            return 0

    async def _shred(self, job_id: str) -> bool:
        """What is being printed now is let go on; it is looked at again when that is over."""
        if self._book.state(job_id).phase is Phase.RELEASED:
            return False
        await self._audit.record(AuditEvent.JOB_SHREDDED, job=job_id, policy="epoch-shred")
        self._book.apply(job_id, lambda state: leases.end(state, Phase.SHREDDED, self._clock.now()))
        return True


def epoch_of(manifest: bytes) -> int:
    """The epoch that a manifest which the vault has taken was sealed to."""
    return parse(manifest).org_epoch

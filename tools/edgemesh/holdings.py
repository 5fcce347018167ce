"""What a holding node has: expected, held and withdrawn jobs, in an order of steps that survives a crash anywhere."""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from firmware.errors import LockgateError
from firmware.vault.identity import Identity
from firmware.vault.manifest import Manifest, parse
from firmware.vault.stream import ciphertext_length
from hal.ports.clock import Clock
from hal.ports.workers import Workers
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.peers import Holders, VaultPeer
from tools.edgemesh.serving.receiver import fill
from tools.edgemesh.storage.bodies import BodySink, BodyStore
from tools.edgemesh.storage.records import Holding, Place
from tools.edgemesh.storage.stores import HoldingStore

EXPECTED_TTL = timedelta(minutes=10)
"""How long room is kept for a body of which nothing comes: from its last byte, or its last announcement."""
MAX_EXPECTED = 4
"""Bodies that one client, whatever its certificate, may have announced and not brought: room is promised to each of
them in full."""
RESERVE_BYTES = 64 * 2**20
"""What is always left free on the disk, for the databases."""
_UNWANTED = ("job-unknown", "shredded", "body-differs")


class Holdings:
    """A node's jobs; `capacity` in bytes. `refuse_blocked` raises for a person who is shut out."""

    def __init__(
        self,
        store: HoldingStore,
        bodies: BodyStore,
        *,
        capacity: int,
        vault: VaultPeer,
        clock: Clock,
        workers: Workers,
        refuse_blocked: Callable[[str], None],
    ) -> None:
        self.store, self.bodies, self._capacity = store, bodies, capacity
        self._vault, self._clock, self._workers = vault, clock, workers
        self._refuse_blocked = refuse_blocked
        self._keeping: set[str] = set()
        self._heard: dict[str, datetime] = {}  # of expected jobs: the last byte, or the announcement said again
        self._untold: set[str] = set()  # held jobs the vault may not know of
        self._dropped: set[str] = set()  # withdrawn jobs the vault may still count this node as a holder of

    def expect(self, manifest: Manifest, raw: bytes, client_id: str) -> None:
        """Keep room for a verified job of that client; doing it again is no error. Raises `Problem`: too-many-uploads,
        mesh-full, job-exists, part-withdrawn."""
        known = self.store.get(manifest.job_id)
        if known is None:
            size = ciphertext_length(manifest.plaintext_size)
            self._check_client(client_id)
            self._check_room(size)
            now = self._clock.now()
            self.store.put(Holding(manifest.job_id, Place.EXPECTED, size, raw, client_id, now))
        elif known.place is Place.WITHDRAWN:
            raise Problem("part-withdrawn", "the node was told to drop this job", part="node")
        elif known.manifest != raw or known.place not in (Place.EXPECTED, Place.HELD):
            raise Problem("job-exists")
        elif known.place is Place.EXPECTED:
            self._heard[known.job_id] = self._clock.now()

    def _check_client(self, client_id: str) -> None:
        announced = sum(one.client == client_id for one in self.store.in_place(Place.EXPECTED))
        if announced >= MAX_EXPECTED:
            raise Problem("too-many-uploads", f"{announced} announced jobs wait for their bodies: bring those first")

    def _check_room(self, size: int) -> None:
        expected, held = self.store.reserved()
        on_disk = self.bodies.free() - RESERVE_BYTES - expected
        if expected + held + size > self._capacity or size > on_disk:
            raise Problem("mesh-full", "the node has no room")

    async def receive(
        self, client: Identity, job_id: str, length: int, stream: AsyncIterator[bytes]
    ) -> tuple[Holding, Holders]:
        """Take a body of exactly the manifest's length; returns once it is synced here and the vault knows. Raises
        `Problem`: job-unknown, not-allowed, locked-out, already-held, body-length, mesh-full, body-differs."""
        holding = self._holding(job_id)
        if holding.client != client.id:
            raise Problem("not-allowed", "another client submitted this job")
        self._check_owner(holding)
        if holding.place is Place.EXPECTED:
            if length != holding.size:
                raise Problem("body-length", f"{holding.size} bytes wanted")
            return await self._take(holding, stream)
        if holding.place is Place.HELD:
            await self._tell_held(holding)  # the first time it may have been cut off before this
            raise Problem("already-held")
        raise Problem("job-unknown", "the node has dropped it")

    def _check_owner(self, holding: Holding) -> None:
        self._refuse_blocked(parse(holding.manifest).owner)

    async def _take(self, holding: Holding, stream: AsyncIterator[bytes]) -> tuple[Holding, Holders]:
        sink = self.bodies.begin(holding.job_id)
        try:
            digest = await fill(sink, holding.size, self._noted(holding.job_id, stream), self._workers)
            kept = await self._keep(holding.job_id, sink, digest)
        finally:
            await self._workers.run(sink.abort)
        return kept, await self._tell_held(kept)

    async def _noted(self, job_id: str, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The stream, and when it last brought something."""
        async for chunk in stream:
            self._heard[job_id] = self._clock.now()
            yield chunk

    async def _keep(self, job_id: str, sink: BodySink, digest: str) -> Holding:
        """Body first, record second. Of several uploads at once, one is kept; none of a person who was blocked while
        it came in."""
        holding = self._holding(job_id)
        self._check_owner(holding)
        if holding.place is not Place.EXPECTED or job_id in self._keeping:
            raise Problem("already-held", "another upload of this job was quicker")
        self._keeping.add(job_id)
        try:
            await self._workers.run(sink.commit)
            holding = self._holding(job_id)
            if holding.place is not Place.EXPECTED:
                await self._workers.run(lambda: self.bodies.remove(job_id))
                raise Problem("job-unknown", "the job was dropped while its body came in")
            kept = replace(holding, place=Place.HELD, since=self._clock.now(), digest=digest)
            self.store.put(kept)
        finally:
            self._keeping.discard(job_id)
        self._untold.add(job_id)
        return kept

    def _holding(self, job_id: str) -> Holding:
        holding = self.store.get(job_id)
        if holding is None:
            raise Problem("job-unknown")
        return holding

    async def _tell_held(self, holding: Holding) -> Holders:
        """A job that the vault has no use for is dropped again; when it does not answer, a later round tells it."""
        try:
            holders = await self._vault.held(holding.job_id, holding.digest)
        except Problem as problem:
            if problem.code in _UNWANTED:
                self._untold.discard(holding.job_id)
                await self.drop(holding.job_id)
            raise
        self._untold.discard(holding.job_id)
        if self._holding(holding.job_id).place is Place.WITHDRAWN:  # meanwhile; what the vault heard last is not so
            await self._tell_withdrawn(holding.job_id)
        return holders

    async def _tell_withdrawn(self, job_id: str) -> None:
        """When the vault does not answer, a later round tells it."""
        self._dropped.add(job_id)
        try:
            await self._vault.withdrawn(job_id)
        except LockgateError as exc:
            if exc.code != "job-unknown":
                return
        self._dropped.discard(job_id)

    async def drop(self, job_id: str) -> None:
        """Delete body and record, in an order that start-up can finish: mark, body, record."""
        holding = self.store.get(job_id)
        if holding is not None:
            self.store.put(replace(holding, place=Place.DROPPING))
            await self._workers.run(lambda: self.bodies.remove(job_id))
            self.store.remove(job_id)

    async def withdraw(self, job_id: str) -> None:
        """Refuse a job's part from now on, delete its body, and tell the vault. An administrator's word: start-up does
        not undo it. Raises `Problem` job-unknown."""
        self.store.put(replace(self._holding(job_id), place=Place.WITHDRAWN))
        self._untold.discard(job_id)
        await self._workers.run(lambda: self.bodies.remove(job_id))
        await self._tell_withdrawn(job_id)

    def recover(self) -> None:
        """At start-up: finish what a crash cut off, and compare records with bodies. Blocks."""
        self.bodies.sweep()
        sizes = self.bodies.sizes()
        holdings = {holding.job_id: holding for holding in self.store.all()}
        for job_id in sizes:
            if job_id not in holdings or holdings[job_id].place is not Place.HELD:
                self.bodies.remove(job_id)
        for job_id, holding in holdings.items():
            if holding.place is Place.DROPPING:
                self.store.remove(job_id)
            elif holding.place is Place.HELD and sizes.get(job_id) != holding.size:
                self.store.put(replace(holding, place=Place.MISSING))
            elif holding.place is Place.HELD:
                self._untold.add(job_id)
            elif holding.place is Place.WITHDRAWN:
                self._dropped.add(job_id)

    async def round(self) -> None:
        """What the node does unasked: give up on bodies that never came, tell the vault what it missed. Raises
        `StoreError`."""
        await self._give_up()
        for holding in self.store.in_place(Place.MISSING):
            await self._tell_lost(holding.job_id)
        for job_id in tuple(self._untold):
            with suppress(LockgateError):  # it does not answer: the next round tells it
                await self._tell_held(self._holding(job_id))
        for job_id in tuple(self._dropped):
            await self._tell_withdrawn(job_id)

    async def _give_up(self) -> None:
        late, expected = self._clock.now() - EXPECTED_TTL, self.store.in_place(Place.EXPECTED)
        waited = {one.job_id for one in expected}
        self._heard = {job_id: heard for job_id, heard in self._heard.items() if job_id in waited}
        for holding in expected:
            if max(holding.since, self._heard.get(holding.job_id, holding.since)) < late:
                await self.drop(holding.job_id)

    async def _tell_lost(self, job_id: str) -> None:
        try:
            await self._vault.lost(job_id)
        except LockgateError as exc:
            if exc.code != "job-unknown":
                return  # the vault does not answer: the next round tells it
        self.store.remove(job_id)


def withdraw(store: HoldingStore, bodies: BodyStore, job_id: str) -> None:
    """Refuse a job's part from now on, and delete its body. An administrator's word: start-up does not undo it.
    Raises `Problem` job-unknown."""
    holding = store.get(job_id)
    if holding is None:
        raise Problem("job-unknown")
    store.put(replace(holding, place=Place.WITHDRAWN))
    bodies.remove(job_id)

"""Forwarding in virtual time: nothing is lost while the server is away, and what may be lost in a break is repeated."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest

from firmware.audit import forward
from firmware.audit.events import AuditEvent
from firmware.audit.forward import CURSOR, Forwarder, SyslogError
from firmware.audit.log import AuditLog
from hal.sim import virtual_time
from hal.sim.clock import VirtualClock
from hal.sim.storage import StorageFault
from hal.sim.workers import InlineWorkers
from tests.support.audit_rig import TINY, AuditRig
from tests.support.pki import NOW
from tests.support.rfc5424 import Message, read, unframe


class Server:
    """A syslog server, its network and its faults. `swallowing`: it takes everything and keeps nothing."""

    def __init__(self) -> None:
        self.up = True
        self.swallowing = False
        self.kept = b""
        self.links: list[Link] = []

    async def connect(self) -> "Link":
        await asyncio.sleep(0.1)
        if not self.up:
            raise SyslogError("nobody listens")
        self.links.append(Link(self))
        return self.links[-1]

    def cut(self) -> None:
        """Every connection breaks."""
        for link in self.links:
            link.down = True

    @property
    def messages(self) -> list[Message]:
        return [read(message) for message in unframe(self.kept)]

    @property
    def sequences(self) -> list[int]:
        return [int(message.data["sequence"]) for message in self.messages if message.id != "gap"]


class Link:
    """One connection to it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.down = self.closed = False

    async def send(self, data: bytes) -> None:
        await asyncio.sleep(0.01)
        if self.down:
            raise SyslogError("cut")
        if not self.server.swallowing:
            self.server.kept += data

    def close(self) -> None:
        self.closed = True


class World:
    """A record, a server, and a forwarder between them."""

    def __init__(self, rig: AuditRig | None = None) -> None:
        self.rig = rig or AuditRig()
        self.server = Server()
        self.told: list[str] = []
        self.clock = VirtualClock(NOW)

    def forwarder(self, log: AuditLog) -> Forwarder:
        return Forwarder(
            log,
            holder="station/lobby",
            org_id="org-1",
            storage=self.rig.storage,
            transport=self.server,
            clock=self.clock,
            workers=InlineWorkers(),
            told=self.told.append,
        )


@contextmanager
def running(forwarder: Forwarder) -> Iterator[None]:
    task = asyncio.create_task(forwarder.run())
    try:
        yield
    finally:
        assert not task.done()
        task.cancel()


def test_everything_arrives_in_order_and_once() -> None:
    world = World()
    log = world.rig.filled(120)

    async def play() -> None:
        with running(world.forwarder(log)):
            await asyncio.sleep(5)
            assert world.server.sequences == list(range(1, log.point.sequence + 1))
            log.append(AuditEvent.STOPPED)
            await asyncio.sleep(100)
        assert world.server.sequences == list(range(1, log.point.sequence + 1))
        assert [message.text.encode() for message in world.server.messages] == log.read_after(0, 1000)
        assert world.told == []

    virtual_time.run(play())


def test_a_restart_goes_on_where_it_was() -> None:
    world = World()
    log = world.rig.filled(10)

    async def play() -> None:
        with running(world.forwarder(log)):
            await asyncio.sleep(60)
        log.append(AuditEvent.STOPPED)
        with running(world.forwarder(world.rig.open())):
            await asyncio.sleep(60)
        assert world.server.sequences == list(range(1, log.point.sequence + 1))

    virtual_time.run(play())


def test_nothing_is_lost_while_the_server_is_away() -> None:
    world = World()
    log = world.rig.filled(3)

    async def play() -> None:
        world.server.up = False
        with running(world.forwarder(log)):
            await asyncio.sleep(3600)
            for _ in range(30):
                log.append(AuditEvent.PRINTED)
            assert world.told == ["syslog-unreachable"]
            world.server.up = True
            await asyncio.sleep(forward.LONGEST_WAIT + 100)
        assert world.server.sequences == list(range(1, log.point.sequence + 1))
        assert world.told == ["syslog-unreachable", ""]

    virtual_time.run(play())


def test_what_a_break_may_have_swallowed_is_sent_again() -> None:
    world = World()
    log = world.rig.filled(5)

    async def play() -> None:
        with running(world.forwarder(log)):
            await asyncio.sleep(60)
            before = log.point.sequence
            world.server.swallowing = True
            for _ in range(7):
                log.append(AuditEvent.PRINTED)
            await asyncio.sleep(20)
            world.server.cut()
            world.server.swallowing = False
            await asyncio.sleep(60)
        assert world.server.sequences == list(range(1, before + 1)) + list(range(before + 1, log.point.sequence + 1))
        await asyncio.sleep(0)
        assert [link.closed for link in world.server.links] == [True, True]

    virtual_time.run(play())


def test_a_break_soon_after_repeats_and_never_skips() -> None:
    world = World()
    log = world.rig.filled(5)

    async def play() -> None:
        with running(world.forwarder(log)):
            await asyncio.sleep(5)
            world.server.cut()
            await asyncio.sleep(60)
        once = list(range(1, log.point.sequence + 1))
        assert world.server.sequences == once + once

    virtual_time.run(play())


def test_attempts_become_rarer() -> None:
    world = World()
    tries: list[float] = []

    async def play() -> None:
        connect = world.server.connect

        async def counted() -> Link:
            tries.append(world.clock.monotonic())
            return await connect()

        world.server.connect = counted  # type: ignore[method-assign]
        world.server.up = False
        with running(world.forwarder(world.rig.filled(1))):
            await asyncio.sleep(3600)

    virtual_time.run(play())
    waits = [round(later - sooner, 3) for sooner, later in pairwise(tries)]
    assert waits[0] == pytest.approx(1.1)
    assert waits == sorted(waits)
    assert max(waits) == pytest.approx(forward.LONGEST_WAIT + 0.1)
    assert len(tries) < 25


def test_what_was_pruned_unsent_is_told_as_a_gap() -> None:
    world = World(AuditRig(TINY))
    log = world.rig.filled(60)
    assert log.first > 1

    async def play() -> None:
        with running(world.forwarder(log)):
            await asyncio.sleep(60)
        gap, *rest = world.server.messages
        assert (gap.id, gap.data["first"], gap.data["last"]) == ("gap", "1", str(log.first - 1))
        assert [int(message.data["sequence"]) for message in rest] == list(range(log.first, log.point.sequence + 1))

    virtual_time.run(play())


def test_what_is_damaged_on_the_medium_is_told_as_a_gap() -> None:
    world = World()
    log = world.rig.filled(5)
    name = "audit-000001.jsonl"
    world.rig.storage.replace(name, world.rig.files()[name].replace(b'"job-2"', b'"job 2"'))

    async def play() -> None:
        with running(world.forwarder(log)):
            await asyncio.sleep(60)
        (gap,) = [message for message in world.server.messages if message.id == "gap"]
        assert (gap.data["first"], gap.data["last"]) == ("4", "4")
        assert world.server.sequences == [1, 2, 3, 5, 6]

    virtual_time.run(play())


def test_a_record_that_was_made_anew_is_sent_anew() -> None:
    world = World()
    world.rig.storage.replace(CURSOR, b'{"received":500}')
    log = world.rig.filled(2)

    async def play() -> None:
        with running(world.forwarder(log)):
            await asyncio.sleep(60)
        assert world.server.sequences == [1, 2, 3]

    virtual_time.run(play())


@pytest.mark.parametrize("cursor", [b"", b"{", b'{"received":-1}', b'{"received":"9"}', b"\xff"])
def test_a_spoilt_cursor_sends_everything_once_more(cursor: bytes) -> None:
    world = World()
    world.rig.storage.replace(CURSOR, cursor)
    log = world.rig.filled(2)

    async def play() -> None:
        with running(world.forwarder(log)):
            await asyncio.sleep(60)
        assert world.server.sequences == [1, 2, 3]

    virtual_time.run(play())


def test_a_cursor_that_cannot_be_kept_is_told_and_nothing_is_skipped() -> None:
    world = World()
    log = world.rig.filled(2)

    async def play() -> None:
        world.rig.storage.fault = StorageFault.FULL
        with running(world.forwarder(log)):
            await asyncio.sleep(60)
            assert world.told == ["storage-full"]
            world.rig.storage.fault = None
            await asyncio.sleep(400)
        assert set(world.server.sequences) == {1, 2, 3}
        assert world.told[-1] == ""

    virtual_time.run(play())

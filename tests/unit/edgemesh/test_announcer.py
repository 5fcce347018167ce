"""How announcements are handed out: read once for many readers, and many of them told in one piece."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh.announcer import PAUSE_SECONDS, Announcer
from tools.edgemesh.storage.memory import MemoryJobs
from tools.edgemesh.storage.records import Announcement


class CountingJobs(MemoryJobs):
    """Counts how often announcements are read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    def announcements(self, after: int, limit: int) -> Sequence[Announcement]:
        self.reads += 1
        return super().announcements(after, limit)


async def begun(announcer: Announcer) -> AsyncIterator[bytes]:
    stream = announcer.stream(None)
    await anext(stream)
    return stream


def test_many_readers_are_told_by_one_reading() -> None:
    async def story() -> None:
        store = CountingJobs()
        announcer = Announcer(store)
        streams = [await begun(announcer) for _ in range(200)]
        waiting = [asyncio.ensure_future(anext(stream)) for stream in streams]
        await asyncio.sleep(0.01)
        store.reads = 0
        announcer.announce_list(7)
        (told,) = set(await asyncio.gather(*waiting))
        assert b'"number":7' in told
        assert store.reads == 1

    run(story())


def test_what_happens_in_quick_succession_is_told_in_one_piece() -> None:
    async def story() -> None:
        announcer = Announcer(MemoryJobs())
        stream = await begun(announcer)
        loop, first = asyncio.get_running_loop(), asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.01)
        began = loop.time()
        announcer.announce_list(1)
        assert (await first).count(b"event:") == 1
        assert loop.time() == began, "the first one is told at once"
        for number in range(2, 7):
            announcer.announce_list(number)
        assert (await anext(stream)).count(b"event:") == 5
        assert 0 < loop.time() - began <= PAUSE_SECONDS

    run(story())


def test_a_reader_elsewhere_in_the_log_is_told_what_it_missed() -> None:
    async def story() -> None:
        announcer = Announcer(MemoryJobs())
        for number in range(1, 4):
            announcer.announce_list(number)
        pieces = []
        for after in (0, 2, 0):
            stream = announcer.stream(after)
            await anext(stream)
            pieces.append((await anext(stream)).count(b"event:"))
        assert pieces == [3, 1, 3]

    run(story())


@pytest.mark.parametrize(("kind", "is_told"), [("started", False), ("stopped", True), ("printed", True)])
def test_nobody_is_woken_for_what_is_not_told(kind: str, is_told: bool) -> None:
    async def story() -> None:
        site = MemorySite()
        job = await site.client.submit(b"document")
        await site.station.tap(BADGE)
        announcer = site.mesh.roles.vault.announcer
        before = announcer.turn
        grant = (await site.station.ask(job)).expect(201)
        assert announcer.turn == before
        (await site.station.report(grant, 1, kind)).expect(200)
        assert (announcer.turn > before) is is_told

    run(story())

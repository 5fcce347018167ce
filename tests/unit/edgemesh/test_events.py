"""Announcements: nobody who reconnects misses one."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from firmware.mesh.sse import ServerSentEvent, SseParser
from hal.sim.virtual_time import run
from tests.support.mesh_http import LocalWire
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh.chores import KEPT_ANNOUNCEMENTS
from tools.edgemesh.interface.exchange import Request
from tools.edgemesh.storage.records import Announcement


async def stream(site: MemorySite, last_id: str | None = None) -> AsyncIterator[bytes]:
    headers = {} if last_id is None else {"last-event-id": last_id}
    caller = site.mesh.identity(site.station.keys)
    reply = await site.mesh.api.handle(Request("GET", "/v1/events", caller, headers=headers))
    assert (reply.status, reply.media_type) == (200, "text/event-stream")
    assert reply.events is not None
    return reply.events


async def read(blocks: AsyncIterator[bytes], count: int) -> list[ServerSentEvent]:
    parser, found = SseParser(), list[ServerSentEvent]()
    while len(found) < count:
        found += parser.feed(await anext(blocks))
    return found


def test_a_reader_hears_what_happens_from_now_on() -> None:
    async def story() -> None:
        site = MemorySite()
        await site.client.submit(b"before")
        events = await stream(site)
        assert await anext(events) == b"id: 1\n\n"
        job = await site.client.submit(b"after")
        (held,) = await read(events, 1)
        assert (held.kind, held.data, held.last_id) == ("job-held", f'{{"job":"{job}"}}', "2")
        await site.station.tap(BADGE)
        grant = (await site.station.ask(job)).expect(201)
        waiting = asyncio.ensure_future(anext(events))
        await site.station.report(grant, 1, "stopped")
        assert b"id: 3\nevent: job-held\n" in await waiting
        grant = (await site.station.ask(job)).expect(201)
        await site.station.report(grant, 1, "printed")
        assert b"id: 4\nevent: job-gone\n" in await anext(events)

    run(story())


def test_a_reader_that_comes_back_gets_what_it_missed() -> None:
    async def story() -> None:
        site = MemorySite()
        jobs = [await site.client.submit(b"%d" % number) for number in range(3)]
        missed = await read(await stream(site, "1"), 2)
        assert [event.data for event in missed] == [f'{{"job":"{job}"}}' for job in jobs[1:]]
        everything = await read(await stream(site, "0"), 3)
        assert [event.last_id for event in everything] == ["1", "2", "3"]
        ahead = await stream(site, "99")  # of a store that was since replaced
        assert await anext(ahead) == b"id: 3\n\n"

    run(story())


def test_a_long_backlog_comes_in_full() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await site.client.submit(b"document")
        await site.station.tap(BADGE)
        for _ in range(120):
            grant = (await site.station.ask(job)).expect(201)
            await site.station.report(grant, 1, "stopped")
        assert [int(event.last_id) for event in await read(await stream(site, "0"), 121)] == list(range(1, 122))

    run(story())


def test_silence_is_broken_by_a_heartbeat_every_ten_seconds() -> None:
    async def story() -> None:
        site = MemorySite()
        events = await stream(site)
        await anext(events)
        began = site.clock.monotonic()
        assert [await anext(events), await anext(events)] == [b": heartbeat\n\n"] * 2
        assert site.clock.monotonic() - began == pytest.approx(20)

    run(story())


def test_another_process_s_announcement_is_found_by_the_chores() -> None:
    async def story() -> None:
        site = MemorySite()
        events = await stream(site)
        await anext(events)
        chores = asyncio.create_task(site.mesh.roles.tend())
        waiting = asyncio.ensure_future(anext(events))
        await site.clock.sleep(1)
        site.mesh.job_store._last += 1  # as a command does, without waking anybody here
        site.mesh.job_store._announcements.append(Announcement(1, "job-gone", "j"))
        await site.clock.sleep(5)
        assert waiting.done()
        assert b"job-gone" in waiting.result()
        chores.cancel()

    run(story())


def test_the_log_is_bounded() -> None:
    async def story() -> None:
        site = MemorySite()
        site.mesh.job_store._last = KEPT_ANNOUNCEMENTS + 500
        await site.client.submit(b"document")
        await site.mesh.roles.round()
        kept = site.mesh.job_store.announcements(0, 10)
        assert [entry.event_id for entry in kept] == [KEPT_ANNOUNCEMENTS + 501]

    run(story())


@pytest.mark.parametrize("last_id", ["x", "-1", "1.5", "9" * 19])
def test_a_malformed_last_event_id(last_id: str) -> None:
    async def story() -> None:
        site = MemorySite()
        wire = LocalWire(lambda: site.mesh.api, site.mesh.identity(site.station.keys))
        answer = await wire.send("GET", "/v1/events", headers={"Last-Event-ID": last_id})
        assert answer.refusal == (400, "request-malformed", "")

    run(story())

"""Crashes, cancellations and two at once: what the mesh finds again, and what it leaves."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh.interface.exchange import Request
from tools.edgemesh.storage.records import Phase, Place


def phase(site: MemorySite, job: str) -> Phase:
    state = site.mesh.job_store.state(job)
    assert state is not None
    return state.phase


def test_a_restart_finds_everything_again() -> None:
    async def story() -> None:
        site = MemorySite()
        upload = await site.client.seal(b"document")
        url = (await site.client.announce(upload)).expect(201)["body_urls"][0]
        site.mesh.restart()
        (await site.client.put(upload, url)).expect(201)
        (await site.station.tap(BADGE)).expect(201)
        site.mesh.restart()
        grant, document, _ = await site.station.print(upload.job)
        site.mesh.restart()
        assert (await site.station.fetch(grant, "bytes=8-")).status == 206
        (await site.station.report(grant, 1, "started")).expect(200)
        site.mesh.restart()
        (await site.station.report(grant, 2, "printed")).expect(200)
        site.mesh.restart()
        await site.mesh.roles.round()
        assert (document, site.mesh.bodies["node-1"].bodies) == (b"document", {})

    run(story())


def test_a_body_without_record_is_swept_and_a_record_without_body_is_told_lost() -> None:
    async def story() -> None:
        site = MemorySite()
        job, other = await site.client.submit(b"document"), await site.client.submit(b"other")
        bodies = site.mesh.bodies["node-1"].bodies
        del bodies[job]
        bodies["01900000-0000-7000-8000-000000000000"] = b"nobody's"
        site.mesh.restart()
        assert list(bodies) == [other]
        await site.station.tap(BADGE)
        assert (await site.station.ask(job)).refusal == (403, "part-withdrawn", "node")
        await site.mesh.roles.round()
        assert (await site.station.ask(job)).refusal == (410, "job-lost", "")
        assert phase(site, job) is Phase.LOST
        assert [one.job_id for one in site.mesh.holding_stores["node-1"].all()] == [other]

    run(story())


def test_a_body_of_the_wrong_length_is_missing_too() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await site.client.submit(b"document")
        site.mesh.bodies["node-1"].bodies[job] = b"short"
        site.mesh.restart()
        holding = site.mesh.holding_stores["node-1"].get(job)
        assert holding is not None
        assert holding.place is Place.MISSING

    run(story())


def test_a_drop_that_was_cut_off_is_finished() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await site.client.submit(b"document")
        store = site.mesh.holding_stores["node-1"]
        holding = store.get(job)
        assert holding is not None
        store.put(replace(holding, place=Place.DROPPING))
        site.mesh.restart()
        assert (store.all(), site.mesh.bodies["node-1"].bodies) == ([], {})

    run(story())


async def endless() -> AsyncIterator[bytes]:
    yield b"start"
    await asyncio.Event().wait()


@pytest.mark.parametrize("bytes_first", [True, False])
def test_an_upload_that_is_cancelled_leaves_nothing(bytes_first: bool) -> None:
    async def story() -> None:
        site = MemorySite()
        upload = await site.client.seal(b"document")
        (await site.client.announce(upload)).expect(201)
        request = Request(
            "PUT",
            f"/v1/jobs/{upload.job}/body",
            site.mesh.identity(site.client.keys),
            headers={"content-length": str(len(upload.body))},
            stream=endless(),
        )
        putting = asyncio.create_task(site.mesh.api.handle(request))
        await site.clock.sleep(1 if bytes_first else 0)
        putting.cancel()
        await asyncio.wait([putting])
        assert putting.cancelled()
        assert site.mesh.bodies["node-1"].bodies == {}

    run(story())


def test_a_release_that_is_cancelled_leaves_no_lease() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await site.client.submit(b"document")
        await site.station.tap(BADGE)
        asking = asyncio.create_task(site.station.ask(job))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert phase(site, job) is Phase.RELEASED
        asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled()
        assert phase(site, job) is Phase.HELD

    run(story())


def test_two_uploads_at_once_keep_one_body() -> None:
    async def story() -> None:
        site = MemorySite()
        upload = await site.client.seal(bytes(300_000))
        url = (await site.client.announce(upload)).expect(201)["body_urls"][0]
        other = type(upload)(upload.sealed, bytes(len(upload.body)))
        answers = await asyncio.gather(site.client.put(upload, url), site.client.put(other, url))
        assert sorted(answer.status for answer in answers) == [201, 409]
        await site.station.tap(BADGE)
        winner = upload if answers[0].status == 201 else other
        grant = (await site.station.ask(upload.job)).expect(201)
        assert (await site.station.fetch(grant)).body == winner.body

    run(story())


def test_a_job_dropped_while_its_body_comes_in_leaves_nothing() -> None:
    async def story() -> None:
        site = MemorySite()
        upload = await site.client.seal(bytes(300_000))
        url = (await site.client.announce(upload)).expect(201)["body_urls"][0]
        putting = asyncio.create_task(site.client.put(upload, url))
        await asyncio.sleep(0)
        await site.mesh.roles.node("node-1").holdings.drop(upload.job)
        assert (await putting).refusal == (404, "job-unknown", "")
        assert site.mesh.bodies["node-1"].bodies == {}

    run(story())


def test_a_job_that_the_vault_has_shredded_is_not_kept() -> None:
    async def story() -> None:
        site = MemorySite()
        upload = await site.client.seal(b"document")
        url = (await site.client.announce(upload)).expect(201)["body_urls"][0]
        site.mesh.roles.vault.keys.shred(upload.job)
        assert (await site.client.put(upload, url)).refusal == (410, "shredded", "job")
        assert (site.mesh.bodies["node-1"].bodies, site.mesh.holding_stores["node-1"].all()) == ({}, [])

    run(story())

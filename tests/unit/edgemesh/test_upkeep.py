"""What the mesh does unasked, and what it finds again after a crash."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh import leases
from tools.edgemesh.exchange import Request
from tools.edgemesh.problems import Problem
from tools.edgemesh.records import Phase, Place
from tools.edgemesh.settings import Settings


def phase(site: MemorySite, job: str) -> Phase:
    state = site.mesh.job_store.state(job)
    assert state is not None
    return state.phase


def test_room_kept_for_a_body_that_never_came_is_given_up() -> None:
    async def story() -> None:
        site = MemorySite()
        upload = await site.client.seal(b"document")
        (await site.client.announce(upload)).expect(201)
        await site.clock.sleep(leases.RECEIVING_TTL.total_seconds() + 1)
        await site.mesh.roles.round()
        assert phase(site, upload.job) is Phase.EXPIRED
        assert site.mesh.holding_stores["node-1"].all() == []

    run(story())


def test_a_job_that_is_over_is_remembered_for_a_week() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await site.client.submit(b"document")
        await site.station.tap(BADGE)
        grant = (await site.station.ask(job)).expect(201)
        (await site.station.report(grant, 1, "printed")).expect(200)
        await site.mesh.roles.round()
        await site.clock.sleep(leases.MEMORY.total_seconds() - 1)
        await site.mesh.roles.round()
        (await site.station.report(grant, 1, "printed")).expect(200)
        await site.clock.sleep(2)
        await site.mesh.roles.round()
        assert site.mesh.job_store.job(job) is None
        assert (await site.station.report(grant, 1, "printed")).refusal == (404, "release-unknown", "")

    run(story(), timeout=10 * 86400)


def test_printed_bodies_are_deleted_at_once_by_the_running_chores() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await site.client.submit(b"document")
        await site.station.tap(BADGE)
        chores = asyncio.create_task(site.mesh.roles.tend())
        grant = (await site.station.ask(job)).expect(201)
        (await site.station.report(grant, 1, "printed")).expect(200)
        await site.clock.sleep(0.1)
        assert site.mesh.bodies["node-1"].bodies == {}
        chores.cancel()

    run(story())


class Unplugged:
    """A caller whose peer does not answer."""

    async def call(self, *_: object) -> object:
        raise Problem("peer-unreachable")


def test_a_node_that_does_not_answer_is_asked_again_later() -> None:
    async def story() -> None:
        site = MemorySite(Settings(), ("node-1", "node-2"))
        job = await site.client.submit(b"document")
        peer = site.mesh.roles.vault.nodes[1]
        caller, peer._caller = peer._caller, Unplugged()  # type: ignore[assignment]  # answers nothing
        await site.station.tap(BADGE)
        grant = (await site.station.ask(job)).expect(201)  # the other node is enough
        (await site.station.report(grant, 1, "printed")).expect(200)
        await site.mesh.roles.round()
        assert [len(bodies.bodies) for bodies in site.mesh.bodies.values()] == [0, 1]
        assert len((await site.client.wire.send("GET", "/v1/mesh")).expect(200)["nodes"]) == 1
        peer._caller = caller
        await site.mesh.roles.round()  # not yet
        assert [len(bodies.bodies) for bodies in site.mesh.bodies.values()] == [0, 1]
        await site.clock.sleep(leases.RETRY.total_seconds())
        await site.mesh.roles.round()
        assert [len(bodies.bodies) for bodies in site.mesh.bodies.values()] == [0, 0]

    run(story())


def test_an_unreachable_role_is_said_to_be_so_and_no_lease_stays() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await site.client.submit(b"document")
        await site.station.tap(BADGE)
        org = site.mesh.roles.vault.keys._org
        caller, org._caller = org._caller, Unplugged()  # type: ignore[assignment]  # answers nothing
        assert (await site.station.ask(job)).refusal == (503, "peer-unreachable", "")
        assert phase(site, job) is Phase.HELD
        assert (await site.client.wire.send("GET", "/v1/mesh")).refusal == (503, "peer-unreachable", "")
        org._caller = caller
        (await site.station.ask(job)).expect(201)

    run(story())


def test_a_held_body_that_the_vault_was_not_told_of_is_told_again() -> None:
    async def story() -> None:
        site = MemorySite()
        upload = await site.client.seal(b"document")
        url = (await site.client.announce(upload)).expect(201)["body_urls"][0]
        vault = site.mesh.roles.node("node-1").holdings._vault
        caller, vault._caller = vault._caller, Unplugged()  # type: ignore[assignment]  # answers nothing
        assert (await site.client.put(upload, url)).refusal == (503, "peer-unreachable", "")
        assert (await site.client.put(upload, url)).refusal == (503, "peer-unreachable", "")
        vault._caller = caller
        await site.mesh.roles.round()
        assert phase(site, upload.job) is Phase.HELD
        assert (await site.client.put(upload, url)).refusal == (409, "already-held", "")

    run(story())


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


def test_old_grants_are_forgotten() -> None:
    async def story() -> None:
        site = MemorySite()
        site.client.lifetime = timedelta(days=5)
        job = await site.client.submit(b"document")
        await site.station.tap(BADGE)
        grant = (await site.station.ask(job)).expect(201)
        await site.clock.sleep(2 * 86400)
        await site.mesh.roles.round()
        assert site.mesh.holding_stores["node-1"].grant_of(grant["release"]) is None

    run(story(), timeout=3 * 86400)

"""What the mesh does unasked: lapses, ends, drops, and telling each other what was missed."""

import asyncio
from datetime import timedelta

from hal.sim.virtual_time import run
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh import leases
from tools.edgemesh.holdings import EXPECTED_TTL
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.settings import Settings
from tools.edgemesh.storage.records import Phase


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


def test_a_node_gives_up_ten_minutes_after_the_last_byte() -> None:
    async def story() -> None:
        site = MemorySite()
        holdings, expected = site.mesh.holding_stores["node-1"], []
        for _ in range(3):
            expected.append(await site.client.seal(bytes(100_000)))
        silent, repeated, slow = expected
        urls = [(await site.client.announce(upload)).expect(201)["body_urls"][0] for upload in expected]
        await site.clock.sleep(400)
        (await site.client.announce(repeated)).expect(201)
        cut = slow.body[:-1]  # as of a client that was cut off
        broken = await site.client.wire.send("PUT", urls[2], cut, {"content-length": str(len(slow.body))})
        assert broken.code == "body-length"
        await site.clock.sleep(EXPECTED_TTL.total_seconds() - 399)
        await site.mesh.roles.round()
        assert {one.job_id for one in holdings.all()} == {repeated.job, slow.job}
        await site.clock.sleep(400)
        await site.mesh.roles.round()
        assert holdings.all() == []
        (await site.client.announce(silent)).expect(201)  # the vault waits longer: it may come after all
        (await site.client.put(silent, urls[0])).expect(201)

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
        peer = site.mesh.roles.vault.nodes.all()[1]
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

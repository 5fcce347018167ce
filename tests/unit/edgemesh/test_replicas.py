"""Several nodes: what is acknowledged is on enough of them, and any of them serves it."""

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_admin import AdminDouble
from tests.support.mesh_http import Answer
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh import holdings
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.peers import Holders, VaultPeer
from tools.edgemesh.settings import Settings

DOCUMENT = b"document " * 1000
THREE = ("node-1", "node-2", "node-3")


def three(replicas: int = 2) -> MemorySite:
    return MemorySite(Settings(replicas=replicas), THREE)


async def released(site: MemorySite, job: str) -> Answer:
    (await site.station.tap(BADGE)).expect(201)
    return await site.station.ask(job)


def test_a_job_is_held_once_enough_nodes_have_it() -> None:
    async def story() -> None:
        site = three()
        upload = await site.client.seal(DOCUMENT)
        urls = (await site.client.announce(upload)).expect(201)["body_urls"]
        assert len(urls) == 3
        first = (await site.client.put(upload, urls[0])).expect(201)
        assert (first["state"], first["holders"], first["required"]) == ("receiving", ["node-1"], 2)
        assert (await released(site, upload.job)).code == "job-receiving"
        second = (await site.client.put(upload, urls[1])).expect(201)
        assert (second["state"], second["holders"]) == ("held", ["node-1", "node-2"])
        grant = (await released(site, upload.job)).expect(201)
        assert len(grant["body"]["urls"]) == 2
        bodies = [(await site.station.wire.send("GET", url)).body for url in grant["body"]["urls"]]
        assert bodies == [upload.body, upload.body]

    run(story())


def test_a_node_refuses_another_body_than_its_fellow_s() -> None:
    async def story() -> None:
        site = three()
        upload = await site.client.seal(DOCUMENT)
        urls = (await site.client.announce(upload)).expect(201)["body_urls"]
        (await site.client.put(upload, urls[0])).expect(201)
        other = type(upload)(upload.sealed, bytes(len(upload.body)))
        assert (await site.client.put(other, urls[1])).refusal == (409, "body-differs", "")
        assert site.mesh.bodies["node-2"].bodies == {}

    run(story())


def test_one_node_without_its_part_is_no_loss() -> None:
    async def story() -> None:
        site = three()
        job = await site.client.submit(DOCUMENT)
        holdings.withdraw(site.mesh.holding_stores["node-1"], site.mesh.bodies["node-1"], job)
        (await site.station.tap(BADGE)).expect(201)
        grant, document, _ = await site.station.print(job)
        assert (document, grant["node_box"]["node_id"], len(grant["body"]["urls"])) == (DOCUMENT, "node-2", 2)
        for node in ("node-2", "node-3"):
            holdings.withdraw(site.mesh.holding_stores[node], site.mesh.bodies[node], job)
        assert (await site.station.ask(job)).refusal == (403, "part-withdrawn", "node")

    run(story())


async def holders(admin: AdminDouble) -> tuple[str, list[str]]:
    """State and holders of the one job in an administrator's list."""
    (line,) = (await admin.get("/v1/admin/jobs"))["jobs"]
    return line["state"], line["holders"]


def test_a_node_that_dropped_its_part_is_no_holder() -> None:
    async def story() -> None:
        site = three(3)
        admin, job = AdminDouble.of(site), await site.client.submit(DOCUMENT)
        assert await holders(admin) == ("held", list(THREE))
        for dropped, node in enumerate(THREE, 1):
            await admin.drop(job, node)
            assert await holders(admin) == ("held", list(THREE[dropped:]))
        assert (await released(site, job)).refusal == (403, "part-withdrawn", "node")

    run(story())


@pytest.mark.parametrize("restarted", [False, True])
def test_a_vault_that_did_not_answer_hears_of_a_drop_later(monkeypatch: pytest.MonkeyPatch, restarted: bool) -> None:
    async def story() -> None:
        site = MemorySite()
        admin, job = AdminDouble.of(site), await site.client.submit(DOCUMENT)
        with monkeypatch.context() as patch:
            patch.setattr(VaultPeer, "withdrawn", unreachable)
            await admin.drop(job)
            await site.mesh.roles.round()
        assert await holders(admin) == ("held", ["node-1"])
        if restarted:
            site.mesh.restart()
        await site.mesh.roles.round()
        assert await holders(admin) == ("held", [])

    run(story())


async def unreachable(_peer: VaultPeer, _job_id: str) -> None:
    raise Problem("peer-unreachable")


def test_a_drop_while_the_vault_is_told_of_the_body(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it hears last is that the body is there; it is told again."""

    async def story() -> None:
        site = MemorySite()
        admin, upload = AdminDouble.of(site), await site.client.seal(DOCUMENT)
        url = (await site.client.announce(upload)).expect(201)["body_urls"][0]
        tell = VaultPeer.held

        async def slow(peer: VaultPeer, job_id: str, digest: str) -> Holders:
            await admin.drop(job_id)
            return await tell(peer, job_id, digest)

        with monkeypatch.context() as patch:
            patch.setattr(VaultPeer, "held", slow)
            await site.client.put(upload, url)
        assert await holders(admin) == ("held", [])

    run(story())


def test_too_few_nodes_with_room_take_nothing() -> None:
    async def story() -> None:
        site = three()
        for node in ("node-1", "node-2"):
            site.mesh.bodies[node].capacity = 0
        assert (await site.client.announce(await site.client.seal(DOCUMENT))).refusal == (507, "mesh-full", "")
        assert [store.all() for store in site.mesh.holding_stores.values()] == [[], [], []]

    run(story())


def test_a_job_sealed_to_too_few_nodes_is_not_taken() -> None:
    async def story() -> None:
        site = three()
        recipients = await site.client.recipients()
        narrow = type(recipients)(recipients.org_id, recipients.vault, recipients.nodes[:1], recipients.org)
        refused = await site.client.announce(site.client.seal_to(narrow, DOCUMENT))
        assert refused.refusal == (422, "manifest-recipients", "")

    run(story())


def test_bodies_go_from_every_node_once_printed() -> None:
    async def story() -> None:
        site = three()
        upload = await site.client.seal(DOCUMENT)
        urls = (await site.client.announce(upload)).expect(201)["body_urls"]
        for url in urls[:2]:
            (await site.client.put(upload, url)).expect(201)
        grant = (await released(site, upload.job)).expect(201)
        (await site.station.report(grant, 1, "printed")).expect(200)
        await site.mesh.roles.round()
        assert [dict(bodies.bodies) for bodies in site.mesh.bodies.values()] == [{}, {}, {}]
        assert [store.all() for store in site.mesh.holding_stores.values()] == [[], [], []]
        assert (await site.client.put(upload, urls[2])).refusal == (404, "job-unknown", "")

    run(story())

"""Epochs: one follows another, and the held jobs of the old one are kept, moved or shredded, through any power cut."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from firmware.audit.events import AuditEvent
from hal.sim.virtual_time import run
from tests.support.mesh_admin import AdminDouble
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh.org import EPOCH_LIFETIME
from tools.edgemesh.signed import Signed
from tools.edgemesh.storage.records import Held

ROUND = 5.0


async def held(site: MemorySite, document: bytes = b"document") -> str:
    job = await site.client.submit(document)
    (await site.station.tap(BADGE)).expect(201)
    return job


async def printed(site: MemorySite, job: str) -> bytes:
    """Release, fetch, open and report."""
    (await site.station.tap(BADGE)).expect(201)
    grant, document, _ = await site.station.print(job)
    (await site.station.report(grant, 1, "printed")).expect(200)
    return document


def state_of(site: MemorySite, job: str) -> str:
    return site.mesh.roles.vault.keys.book.state(job).phase.value


def test_keep_lets_the_old_key_live_until_its_last_job_is_over() -> None:
    async def story() -> None:
        site = MemorySite()
        admin, job = AdminDouble.of(site), await held(site)
        assert await admin.rotate() == 2
        await site.mesh.roles.round()
        assert await admin.epochs() == {1: ("active", "keep"), 2: ("active", "")}
        assert await printed(site, job) == b"document"
        await site.mesh.roles.round()
        assert await admin.epochs() == {1: ("destroyed", "keep"), 2: ("active", "")}
        assert await printed(site, await held(site, b"new")) == b"new"

    run(story())


def test_rebox_moves_the_jobs_and_destroys_the_old_key() -> None:
    async def story() -> None:
        site = MemorySite()
        admin, job, later = AdminDouble.of(site), await held(site), await held(site, b"later")
        await admin.rotate("rebox")
        await site.mesh.roles.round()
        assert await admin.epochs() == {1: ("destroyed", "rebox"), 2: ("active", "")}
        first = site.mesh.epoch_store.get(1)
        assert first is not None
        assert first.private_key is None
        grant, document, _ = await site.station.print(job)
        assert (grant["org_box"]["epoch"], document) == (2, b"document")
        await admin.rotate("rebox")  # once more: from the moved box, not from the manifest's
        await site.mesh.roles.round()
        assert (await admin.epochs())[2] == ("destroyed", "rebox")
        assert await printed(site, later) == b"later"

    run(story())


def test_shred_ends_what_is_held_and_lets_a_printing_job_go_on() -> None:
    async def story() -> None:
        site = MemorySite()
        admin, printing, other = AdminDouble.of(site), await held(site), await held(site, b"other")
        grant = (await site.station.ask(printing)).expect(201)
        (await site.station.report(grant, 1, "started")).expect(200)
        await admin.rotate("shred")
        await site.mesh.roles.round()
        assert [state_of(site, job) for job in (printing, other)] == ["released", "shredded"]
        assert (await admin.epochs())[1] == ("active", "shred")
        (await site.station.report(grant, 2, "printed")).expect(200)
        await site.mesh.roles.round()
        assert (await admin.epochs())[1] == ("destroyed", "shred")
        assert {"job": other, "policy": "epoch-shred"} in site.mesh.audits["vault"].of(AuditEvent.JOB_SHREDDED)

    run(story())


def test_a_later_word_is_only_ever_stricter() -> None:
    order = list(Held)
    for place, one in enumerate(order):
        for other in order[: place + 1]:
            assert one.stricter(other) is one
            assert other.stricter(one) is one
        assert one.stricter(None) is one


def test_a_suspended_epoch_takes_gives_and_moves_nothing_until_it_is_resumed() -> None:
    async def story() -> None:
        site = MemorySite()
        admin, job = AdminDouble.of(site), await held(site)
        await admin.suspend()
        assert (await site.station.ask(job)).refusal == (403, "part-withdrawn", "org")
        assert (await site.client.wire.send("GET", "/v1/mesh")).refusal == (403, "part-withdrawn", "org")
        await admin.rotate("rebox")
        await site.mesh.roles.round()
        assert (await admin.epochs())[1] == ("suspended", "rebox")
        assert (await site.station.ask(job)).refusal == (403, "part-withdrawn", "org")
        await admin.resume()
        await site.mesh.roles.round()
        assert (await admin.epochs())[1] == ("destroyed", "rebox")
        assert await printed(site, job) == b"document"

    run(story())


def test_a_moved_job_obeys_the_epoch_it_is_in_now() -> None:
    async def story() -> None:
        site = MemorySite()
        admin, job = AdminDouble.of(site), await held(site)
        await admin.rotate("rebox")
        await site.mesh.roles.round()
        await admin.suspend(epoch=2)
        assert (await site.station.ask(job)).refusal == (403, "part-withdrawn", "org")
        await admin.resume(epoch=2)
        assert await printed(site, job) == b"document"

    run(story())


def test_a_destroyed_epoch_does_not_come_back() -> None:
    async def story() -> None:
        site = MemorySite()
        admin, job = AdminDouble.of(site), await held(site)
        gone = await admin.post("/v1/admin/epochs/1/state", {"state": "destroyed"})
        assert gone.expect(200)["state"] == "destroyed"
        assert (await site.station.ask(job)).refusal == (403, "part-withdrawn", "org")
        for state in ("active", "suspended"):
            assert (await admin.post("/v1/admin/epochs/1/state", {"state": state})).code == "epoch-destroyed"
        assert (await admin.post("/v1/admin/epochs/7/state", {"state": "active"})).code == "epoch-unknown"
        assert (await admin.post("/v1/admin/epochs/1/state", {"state": "gone"})).code == "json-malformed"
        assert (await admin.post("/v1/admin/epochs", {"held": "burn"})).code == "json-malformed"

    run(story())


def test_a_job_on_its_way_in_keeps_its_epoch_s_key() -> None:
    """It was checked against the epoch before the rotation and is written down after it: its key must not be gone."""

    async def story() -> None:
        site = MemorySite()
        admin, vault = AdminDouble.of(site), site.mesh.roles.vault
        upload = await site.client.seal(b"in between")
        node = vault.nodes.all()[0]
        reserve: Callable[..., Awaitable[str]] = node.expect

        async def slowly(manifest: Signed) -> str:
            await admin.rotate("rebox")
            await site.mesh.roles.round()
            assert (await admin.epochs())[1] == ("active", "rebox")
            return await reserve(manifest)

        node.expect = slowly  # type: ignore[method-assign]
        (url,) = (await site.client.announce(upload)).expect(201)["body_urls"]
        (await site.client.put(upload, url)).expect(201)
        await site.mesh.roles.round()
        assert (await admin.epochs())[1] == ("destroyed", "rebox")
        assert await printed(site, upload.job) == b"in between"

    run(story())


def test_the_current_epoch_is_never_retired() -> None:
    async def story() -> None:
        site = MemorySite()
        vault = site.wire(site.mesh._vault)
        assert (await vault.send("POST", "/v1/epochs/1/retirement")).code == "epoch-current"
        assert (await vault.send("POST", "/v1/epochs/9/retirement")).code == "epoch-unknown"

    run(story())


def test_what_was_sealed_anew_is_forgotten_when_its_job_is_over() -> None:
    async def story() -> None:
        site = MemorySite()
        admin, job = AdminDouble.of(site), await held(site)
        await admin.rotate("rebox")
        await site.mesh.roles.round()
        assert site.mesh.epoch_store.rebox(job) is not None
        await site.clock.sleep(site.client.lifetime.total_seconds() + 60)
        await site.mesh.roles.round()
        assert site.mesh.epoch_store.rebox(job) is None

    run(story(), timeout=EPOCH_LIFETIME.total_seconds())


@pytest.mark.parametrize("policy", Held)
def test_within_a_round_of_the_running_mesh(policy: Held) -> None:
    """The bound that withdrawing.md states; `test_bounds.py` has it for processes of their own."""

    async def story() -> None:
        site = MemorySite()
        admin = AdminDouble.of(site)
        if policy is not Held.KEEP:
            await held(site)
        tending = asyncio.ensure_future(site.mesh.roles.tend())
        await site.clock.sleep(1)
        await admin.rotate(policy.value)
        await site.clock.sleep(ROUND)
        assert (await admin.epochs())[1] == ("destroyed", policy.value)
        tending.cancel()

    run(story())

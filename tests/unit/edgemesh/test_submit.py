"""Handing jobs in: what is taken, what is refused, and that doing it twice is as good as once."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from firmware.vault import boxes
from firmware.vault.fields import encode_octets
from firmware.vault.identity import Kind
from firmware.vault.seal import OrgRecipient, Recipient, Recipients
from hal.sim.virtual_time import run
from tests.support.mesh_people import ClientDouble, Upload
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh.holdings import MAX_EXPECTED, RESERVE_BYTES
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.keys import issue
from tools.edgemesh.settings import Settings

DOCUMENT = b"%PDF-1.7 " * 1000
OTHER_KEY = boxes.new_box_key()[1]


def test_the_same_job_again_is_the_same_job() -> None:
    async def story() -> None:
        site = MemorySite()
        upload = await site.client.seal(DOCUMENT)
        first = (await site.client.announce(upload)).expect(201)
        assert (await site.client.announce(upload)).expect(201) == first
        url = first["body_urls"][0]
        held = (await site.client.put(upload, url)).expect(201)
        assert (held["state"], held["holders"], held["size"]) == ("held", ["node-1"], len(upload.body))
        assert (await site.client.put(upload, url)).refusal == (409, "already-held", "")
        await site.clock.sleep(600)  # later than a new manifest could be taken
        assert (await site.client.announce(upload)).expect(201) == first | {"state": "held"}

    run(story())


def test_an_id_is_taken_by_the_first_job_that_had_it() -> None:
    async def story() -> None:
        site = MemorySite()
        upload = await site.client.seal(DOCUMENT)
        (await site.client.announce(upload)).expect(201)
        other = encode_octets(bytes(80))
        assert (await site.client.announce(upload, job_box=other)).refusal == (409, "job-exists", "")
        twin = ClientDouble(site.client.wire, site.client.keys, site.clock.now)  # the same seed: the same id
        another = await twin.seal(DOCUMENT, title="another")
        assert another.job == upload.job
        assert (await twin.announce(another)).refusal == (409, "job-exists", "")

    run(story())


def changed(recipients: Recipients, what: str) -> Recipients:
    org = recipients.org
    variants = {
        "vault": replace(recipients, vault=Recipient(recipients.vault.id, OTHER_KEY)),
        "node": replace(recipients, nodes=(Recipient("node-1", OTHER_KEY),)),
        "other node": replace(recipients, nodes=(Recipient("node-9", OTHER_KEY),)),
        "epoch": replace(recipients, org=OrgRecipient(org.epoch + 1, org.box_key, org.suite)),
        "org id": replace(recipients, org_id="other.example"),
    }
    return variants[what]


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("vault", "manifest-recipients"),
        ("node", "manifest-recipients"),
        ("other node", "manifest-recipients"),
        ("epoch", "manifest-epoch"),
        ("org id", "manifest-untrusted"),
    ],
)
def test_a_job_sealed_to_somebody_else(what: str, code: str) -> None:
    async def story() -> None:
        site = MemorySite()
        recipients = changed(await site.client.recipients(), what)
        upload = site.client.seal_to(recipients, DOCUMENT)
        assert (await site.client.announce(upload)).refusal == (422, code, "")
        assert (site.mesh.job_store.all(), site.mesh.holding_stores["node-1"].all()) == ([], [])

    run(story())


SPOILT: dict[str, Callable[[Upload], dict[str, object]]] = {
    "manifest-signature": lambda upload: {"signature": encode_octets(upload.sealed.signature[:-1])},
    "manifest-malformed": lambda _: {"manifest": encode_octets(b"{}")},
    "manifest-untrusted": lambda _: {"chain": [encode_octets(b"not a certificate")]},
}


@pytest.mark.parametrize("code", SPOILT)
def test_a_spoilt_announcement(code: str) -> None:
    async def story() -> None:
        site = MemorySite()
        upload = await site.client.seal(DOCUMENT)
        assert (await site.client.announce(upload, **SPOILT[code](upload))).refusal == (422, code, "")

    run(story())


def test_who_may_submit_for_whom() -> None:
    async def story() -> None:
        site = MemorySite()
        foreign = await site.client.seal(DOCUMENT, owner="bob")
        assert (await site.client.announce(foreign)).refusal == (422, "manifest-owner", "")
        stranger = site.new_client("client-2", "carol", seed=2)
        unknown = await stranger.seal(DOCUMENT, owner="carol")
        assert (await stranger.announce(unknown)).refusal == (403, "not-allowed", "")
        thief = site.new_client("client-3", "ada", seed=3)
        assert (await thief.announce(await site.client.seal(DOCUMENT))).refusal == (403, "not-allowed", "")

    run(story())


def test_a_manifest_must_be_of_this_moment() -> None:
    async def story() -> None:
        site = MemorySite()
        upload = await site.client.seal(DOCUMENT)
        await site.clock.sleep(301)
        assert (await site.client.announce(upload)).refusal == (422, "manifest-stale", "")
        site.client.lifetime = timedelta(seconds=1)
        short = await site.client.seal(DOCUMENT)
        await site.clock.sleep(1)
        assert (await site.client.announce(short)).refusal == (422, "manifest-expired", "")

    run(story())


def test_limits_of_site_and_node() -> None:
    async def story() -> None:
        site = MemorySite(Settings(max_job_bytes=100, node_bytes=400))
        too_large = await site.client.seal(bytes(101))
        assert (await site.client.announce(too_large)).refusal == (413, "job-too-large", "")
        for _ in range(2):
            (await site.client.announce(await site.client.seal(bytes(100)))).expect(201)
        assert (await site.client.announce(await site.client.seal(bytes(100)))).refusal == (507, "mesh-full", "")
        assert len(site.mesh.job_store.all()) == 2

    run(story())


def test_one_client_cannot_reserve_the_whole_node() -> None:
    async def story() -> None:
        site = MemorySite()
        uploads = [await site.client.seal(DOCUMENT) for _ in range(MAX_EXPECTED + 1)]
        urls = [(await site.client.announce(upload)).expect(201)["body_urls"][0] for upload in uploads[:-1]]
        assert (await site.client.announce(uploads[-1])).refusal == (429, "too-many-uploads", "")
        (await site.client.announce(uploads[0])).expect(201)  # again: no other job
        other = site.new_client("client-2", "ada", seed=2)
        (await other.announce(await other.seal(DOCUMENT))).expect(201)
        (await site.client.put(uploads[0], urls[0])).expect(201)
        (await site.client.announce(uploads[-1])).expect(201)

    run(story())


def test_a_renewed_certificate_has_no_quota_of_its_own() -> None:
    async def story() -> None:
        site = MemorySite()
        uploads = [await site.client.seal(DOCUMENT) for _ in range(MAX_EXPECTED)]
        urls = [(await site.client.announce(upload)).expect(201)["body_urls"][0] for upload in uploads]
        keys = issue(site.mesh.ca, Kind.CLIENT, "client-1", site.clock.now(), users=("ada",))
        renewed = ClientDouble(site.wire(keys), keys, site.clock.now, seed=2)
        assert renewed.keys.chain != site.client.keys.chain
        late = await renewed.seal(DOCUMENT)
        assert (await renewed.announce(late)).refusal == (429, "too-many-uploads", "")
        (await renewed.put(uploads[0], urls[0])).expect(201)  # what it announced before it still may bring
        (await renewed.announce(late)).expect(201)

    run(story())


def test_a_blocked_person_s_body_is_not_taken() -> None:
    """Of a job that was taken before: neither begun nor ended, and held as soon as they are let in again."""

    async def story() -> None:
        site = MemorySite()
        denybook = site.mesh.roles.registrar.denybook
        upload = await site.client.seal(DOCUMENT)
        url = (await site.client.announce(upload)).expect(201)["body_urls"][0]
        denybook.deny("user/ada")
        assert (await site.client.put(upload, url)).refusal == (423, "locked-out", "")
        denybook.lift("user/ada")

        async def blocked_meanwhile() -> AsyncIterator[bytes]:
            yield upload.body[:100]
            denybook.deny("user/ada")
            yield upload.body[100:]

        client = site.mesh.identity(site.client.keys)
        holdings = site.mesh.roles.nodes["node-1"].holdings
        with pytest.raises(Problem, match="locked-out"):
            await holdings.receive(client, upload.job, len(upload.body), blocked_meanwhile())
        assert site.mesh.bodies["node-1"].bodies == {}
        denybook.lift("user/ada")
        (await site.client.put(upload, url)).expect(201)

    run(story())


def test_a_disk_that_fills_up_is_a_full_mesh() -> None:
    async def story() -> None:
        site = MemorySite()
        upload = await site.client.seal(DOCUMENT)
        url = (await site.client.announce(upload)).expect(201)["body_urls"][0]
        site.mesh.bodies["node-1"].capacity = 100
        assert (await site.client.put(upload, url)).refusal == (507, "mesh-full", "")
        another = await site.client.seal(DOCUMENT)
        assert (await site.client.announce(another)).refusal == (507, "mesh-full", "")
        site.mesh.bodies["node-1"].capacity = RESERVE_BYTES + 10**6
        (await site.client.put(upload, url)).expect(201)

    run(story())


def test_a_body_of_another_length() -> None:
    async def story() -> None:
        site = MemorySite()
        upload = await site.client.seal(DOCUMENT)
        url = (await site.client.announce(upload)).expect(201)["body_urls"][0]
        right = {"content-length": str(len(upload.body))}
        for body, headers in (
            (upload.body[:-1], {}),
            (upload.body + b"x", {}),
            (upload.body[:-1], right),
            (upload.body + b"x", right),
        ):
            assert (await site.client.wire.send("PUT", url, body, headers)).refusal == (400, "body-length", "")
        for length in ("", "-1", "x", "1" * 19):
            answer = await site.client.wire.send("PUT", url, upload.body, {"content-length": length})
            assert answer.refusal == (411, "length-required", "")
        assert site.mesh.bodies["node-1"].bodies == {}
        (await site.client.put(upload, url)).expect(201)

    run(story())


def test_only_the_client_that_announced_a_job_may_bring_its_body() -> None:
    async def story() -> None:
        site = MemorySite()
        upload = await site.client.seal(DOCUMENT)
        url = (await site.client.announce(upload)).expect(201)["body_urls"][0]
        thief = site.new_client("client-2", "ada", seed=2)
        assert (await thief.put(upload, url)).refusal == (403, "not-allowed", "")
        unknown = url.replace(upload.job, upload.job[:-4] + "ffff")
        assert (await site.client.put(upload, unknown)).refusal == (404, "job-unknown", "")
        assert (await site.client.put(upload, url.replace("node-1", "node-2"))).code == "route-unknown"

    run(story())


def test_a_job_is_not_released_before_its_body_is_there() -> None:
    async def story() -> None:
        site = MemorySite()
        upload = await site.client.seal(DOCUMENT)
        (await site.client.announce(upload)).expect(201)
        (await site.station.tap(BADGE)).expect(201)
        assert await site.station.jobs() == []
        assert (await site.station.ask(upload.job)).refusal == (409, "job-receiving", "")

    run(story())


def test_a_title_is_nowhere_in_the_mesh() -> None:
    async def story() -> None:
        site = MemorySite()
        await site.client.submit(DOCUMENT, title="Redundancies in May")
        job = site.mesh.job_store.job(site.mesh.job_store.all()[0])
        assert job is not None
        assert b"Redundancies" not in job.manifest + json.dumps(job.chain, default=repr).encode()

    run(story())

"""Attacks by clients, and by whoever plants jobs without being one."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from firmware.vault import signing
from firmware.vault.boxes import BOX_BYTES, SUITE_PQ
from firmware.vault.fields import encode_octets
from firmware.vault.identity import Identity, TrustAnchor
from firmware.vault.manifest import Manifest
from tests.support.mesh_people import ClientDouble, Upload
from tests.support.mesh_site import BADGE, MemorySite
from tests.support.registrar_rig import Registry
from tests.support.threat_model import Threat, believing, no, nothing, passing, refused, refuses, virtual, without
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.settings import Settings
from tools.edgemesh.signed import Signed
from tools.edgemesh.storage.records import Phase, User


def altered(upload: Upload, **changes: object) -> bytes:
    """The upload's manifest with other fields."""
    return json.dumps(json.loads(upload.sealed.manifest_raw) | changes, separators=(",", ":")).encode()


def signed(raw: bytes, keys: RoleKeys, chain: tuple[bytes, ...] = ()) -> Signed:
    """A manifest, signed by whoever has the keys."""
    return Signed(raw, keys.signer.sign(signing.MANIFEST, raw), chain or keys.chain)


@virtual
async def for_another() -> None:
    """Ben's computer submits in ada's name."""
    site = MemorySite()
    site.mesh.add_user(User("ben"))
    client = site.new_client("client-2", "ben")
    refused(await client.announce(await client.seal(b"x", owner="ada")), "manifest-owner")


def _for_everybody(manifest: Manifest, chain: Sequence[bytes], anchor: TrustAnchor, at: datetime) -> Identity:
    found = anchor.identify(chain, at)
    return replace(found, users=found.users | {manifest.owner})


@virtual
async def backdated() -> None:
    """Says that it was submitted a while ago: before something that happened since."""
    site = MemorySite()
    await site.clock.sleep(3600)
    client = ClientDouble(site.client.wire, site.client.keys, lambda: site.clock.now() - timedelta(minutes=10))
    refused(await client.announce(await client.seal(b"x")), "manifest-stale")


@virtual
async def after_revocation() -> None:
    """A job of a client that is denied, brought by somebody who is not: to node, key service and station."""
    registry = Registry()
    upload = await registry.site.client.seal(b"x")
    (await registry.deny("client/client-1")).expect(201)
    with refuses("client-revoked"):
        registry.site.mesh.roles.verifier.manifest(signed(upload.sealed.manifest_raw, registry.site.client.keys))


@virtual
async def forged_client() -> None:
    """A client's certificate has been seen, its key has not."""
    site = MemorySite()
    upload, forger = await site.client.seal(b"x"), site.new_client("client-2", "ada").keys
    with refuses("manifest-signature"):
        site.mesh.roles.verifier.manifest(signed(upload.sealed.manifest_raw, forger, site.client.keys.chain))


@virtual
async def planted_by_a_node() -> None:
    """A node makes a job up and signs it with what it has: its own certificate."""
    site = MemorySite()
    node = site.mesh._nodes["node-1"]
    raw = altered(await site.client.seal(b"x"), client_cert=site.mesh.identity(node).fingerprint)
    with refuses("manifest-untrusted"):
        site.mesh.roles.verifier.manifest(signed(raw, node))


@virtual
async def printed_before() -> None:
    """The very job that was printed a minute ago: handed in again, asked for again."""
    site = MemorySite()
    upload = await site.client.seal(b"x")
    for url in (await site.client.announce(upload)).expect(201)["body_urls"]:
        await site.client.put(upload, url)
    await site.station.tap(BADGE)
    grant, _, _ = await site.station.print(upload.job)
    await site.station.report(grant, 1, "started")
    (await site.station.report(grant, 2, "printed")).expect(200)
    refused(await site.client.announce(upload), "job-exists")
    refused(await site.station.ask(upload.job), "shredded")


@virtual
async def blocked() -> None:
    """A blocked person's computer, which nobody has revoked, at the vault and past it at a node."""
    site = MemorySite()
    upload = await site.client.seal(b"x")
    site.mesh.roles.registrar.denybook.deny("user/ada")
    refused(await site.client.announce(upload), "locked-out")
    with refuses("locked-out"):
        site.mesh.roles.nodes["node-1"].expect(signed(upload.sealed.manifest_raw, site.client.keys))


@virtual
async def name_inherited() -> None:
    """ada left, the removal missed a job of hers, and another ada stands at the station."""
    site = MemorySite()
    job = await site.client.submit(b"x")
    await site.clock.sleep(60)
    site.mesh.desk_store.remove_user("ada")
    site.mesh.add_user(User("ada", since=site.clock.now()), BADGE)
    (await site.station.tap(BADGE)).expect(201)
    refused(await site.station.ask(job), "not-owner")


def _held_again(*_arguments: object) -> Phase:
    return Phase.HELD


@virtual
async def too_large() -> None:
    """A job of more than the site takes."""
    site = MemorySite(Settings(max_job_bytes=1000))
    refused(await site.client.announce(await site.client.seal(bytes(1001))), "job-too-large")


@virtual
async def more_than_said() -> None:
    """A body that is longer than its manifest says."""
    site = MemorySite()
    upload = await site.client.seal(b"x")
    (url,) = (await site.client.announce(upload)).expect(201)["body_urls"]
    refused(await site.client.put(Upload(upload.sealed, upload.body + bytes(10**6)), url), "body-length")


async def _any_length(self: Any, _client: Identity, job_id: str, length: int, stream: AsyncIterator[bytes]) -> Any:
    return await self._take(replace(self._holding(job_id), size=length), stream)


@virtual
async def announced_and_never_brought() -> None:
    """One client has room kept for job after job, and brings none."""
    site = MemorySite()
    answers = [await site.client.announce(await site.client.seal(b"x")) for _ in range(5)]
    assert [answer.status for answer in answers[:4]] == [201] * 4
    refused(answers[-1], "too-many-uploads")


@virtual
async def older_version() -> None:
    """A manifest of a version that promised less, rightly signed."""
    site = MemorySite()
    raw = altered(await site.client.seal(b"x"), v=0)
    with refuses("manifest-malformed"):
        site.mesh.roles.verifier.manifest(signed(raw, site.client.keys))


@virtual
async def other_suite() -> None:
    """Somebody on the way has the org part sealed by another suite than the client chose."""
    site = MemorySite()
    upload = await site.client.seal(b"x")
    box = {"epoch": 1, "suite": SUITE_PQ, "box": encode_octets(bytes(BOX_BYTES[SUITE_PQ]))}
    with refuses("manifest-signature"):
        raw = altered(upload, org_box=box)
        site.mesh.roles.verifier.manifest(Signed(raw, upload.sealed.signature, site.client.keys.chain))


@virtual
async def old_epoch() -> None:
    """Seals to the organisation's key of before, which has got out."""
    site = MemorySite()
    recipients = await site.client.recipients()
    site.mesh.roles.org.rotate()
    refused(await site.client.announce(site.client.seal_to(recipients, b"x")), "manifest-epoch")


INTAKE, HOLDINGS, MANIFEST = "tools.edgemesh.intake", "tools.edgemesh.holdings", "firmware.vault.manifest"
THREATS = (
    Threat("submitted-for-another", for_another, without((f"{MANIFEST}._client", _for_everybody))),
    Threat("submitted-backdated", backdated, without((f"{INTAKE}.check_fresh", nothing))),
    Threat(
        "submitted-after-revocation",
        after_revocation,
        without(("firmware.vault.denials.DenyList.refuses_job", no)),
    ),
    Threat("client-forged", forged_client, believing(signing.MANIFEST)),
    Threat("job-planted-by-a-node", planted_by_a_node, without((f"{MANIFEST}._client", _for_everybody))),
    Threat("job-printed-before", printed_before, without(("tools.edgemesh.leases._phase_after", _held_again))),
    Threat("submitted-by-the-blocked", blocked, without(("tools.edgemesh.evidence.Verifier.refuse_blocked", nothing))),
    Threat("name-inherited", name_inherited, without(("tools.edgemesh.people.desk.Desk.check_owner", nothing))),
    Threat("job-too-large", too_large, without((f"{INTAKE}.Intake._check", passing))),
    Threat("body-longer-than-said", more_than_said, without((f"{HOLDINGS}.Holdings.receive", _any_length))),
    Threat("room-kept-for-nothing", announced_and_never_brought, without((f"{HOLDINGS}.MAX_EXPECTED", 1000))),
    Threat("manifest-of-an-older-version", older_version, without((f"{MANIFEST}.VERSION", 0))),
    Threat("suite-swapped", other_suite, believing(signing.MANIFEST)),
    Threat("epoch-of-before", old_epoch, without((f"{INTAKE}.Intake._check", passing))),
)

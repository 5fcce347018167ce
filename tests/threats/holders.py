"""Attacks by nodes, and by whoever has a role's disk."""

from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from firmware.vault import boxes
from firmware.vault.manifest import parse
from firmware.vault.parts import PART_BYTES, Parts, derive
from firmware.vault.release import open_release
from firmware.vault.seal import body_aad
from firmware.vault.stream import SEGMENT, BodyOpener
from tests.support.mesh_http import send_json
from tests.support.mesh_site import BADGE, ORG, MemorySite
from tests.support.octets import unbase64
from tests.support.threat_model import Remove, Threat, nothing, refused, refuses, virtual, without
from tests.support.threat_vault import RogueVault
from tests.threats.releasing import held
from tools.edgemesh.peers import evidence_document
from tools.edgemesh.signed import Signed


@virtual
async def bodies_swapped() -> None:
    """A node serves the body of one job for another, of the same length."""
    site, job = await held()
    other = await site.client.submit(b"DOCUMENT")
    kept = site.mesh.bodies["node-1"].bodies
    kept[job] = kept[other]
    with refuses("body-forged"):
        await site.station.print(job)


class Malleable:
    """AES-GCM without its tag, which is AES in counter mode (NIST SP 800-38D 7.2): opens whatever it is given."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def encrypt(self, nonce: bytes, data: bytes, associated: bytes | None) -> bytes:
        return AESGCM(self._key).encrypt(nonce, data, associated)

    def decrypt(self, nonce: bytes, data: bytes, _associated: bytes | None) -> bytes:
        return Cipher(AES(self._key), CTR(nonce + b"\0\0\0\2")).decryptor().update(bytes(data)[:-16])


@virtual
async def body_cut() -> None:
    """A node serves the first pages only."""
    site = MemorySite()
    job = await site.client.submit(bytes(2 * SEGMENT))
    await site.station.tap(BADGE)
    kept = site.mesh.bodies["node-1"].bodies
    kept[job] = kept[job][:SEGMENT]
    with refuses("body-truncated"):
        await site.station.print(job)


async def _alone(kind: str) -> None:
    """The whole disk of one role, and the ciphertext, and every manifest: what is lacking are the other two parts."""
    site, job = await held()
    rogue = RogueVault(site, job)
    manifest = site.mesh.roles.verifier.manifest(rogue.manifest)
    lacking = Parts(bytes(32), bytes(32), bytes(32))
    keys = derive(replace(lacking, **{kind: part_of(site, job, kind)}), manifest.salt, ORG, job)
    opener = BodyOpener(keys.body, body_aad(rogue.manifest.raw), manifest.plaintext_size)
    with refuses("body-forged"):
        assert opener.feed(site.mesh.bodies["node-1"].bodies[job]) == [b"document"]


def part_of(site: MemorySite, job: str, kind: str) -> bytes:
    state, found = site.mesh.job_store.state(job), site.mesh.job_store.job(job)
    assert state is not None
    assert found is not None
    manifest = site.mesh.roles.verifier.manifest(Signed(found.manifest, found.signature, found.chain))
    epoch = site.mesh.epoch_store.latest()
    assert epoch is not None
    vault, node = site.mesh.roles.vault.identity, site.mesh._nodes["node-1"]
    box, key, recipient = {
        "job": (state.job_box, vault.box_key, vault.id),
        "node": (manifest.node_boxes[0].box, node.box_key, node.id),
        "org": (manifest.org_box.box, epoch.private_key, boxes.epoch_recipient(epoch.number)),
    }[kind]
    assert box is not None
    assert key is not None
    return boxes.open_box(box, key, boxes.submit_info(boxes.PartKind(kind), ORG, job, recipient))


@virtual
async def asks_for_the_others() -> None:
    """A node shows what it was shown to the key service, and to another node, to have their parts as well."""
    site, job = await held()
    rogue = RogueVault(site, job)
    wire = site.wire(site.mesh._nodes["node-1"])
    for part in ("org", "node"):
        refused(await send_json(wire, "POST", f"/v1/parts/{part}", evidence_document(rogue.evidence())), "not-allowed")


@virtual
async def gives_parts_away() -> None:
    """Somebody hands all three boxes of a release to another station, with the body: to the attacker's own."""
    site, job = await held()
    grant = (await site.station.ask(job)).expect(201)
    raw = RogueVault(site, job).manifest.raw
    with refuses("part-refused"):
        opened = open_release(
            manifest_raw=raw,
            manifest=parse(raw),
            job_box=unbase64(grant["job_box"]),
            node_box=unbase64(grant["node_box"]["box"]),
            org_box=unbase64(grant["org_box"]["box"]),
            release_id=grant["release"],
            station_id="station-1",
            box_private_key=site.new_station("station-2").keys.box_key,
        )
        assert opened.body_opener().feed(site.mesh.bodies["node-1"].bodies[job]) == [b"document"]


def _unsealed(part: bytes, *_where: object) -> bytes:
    return part + bytes(boxes.BOX_BYTES[boxes.SUITE] - len(part))


def _opened(box: bytes, *_where: object) -> bytes:
    return box[:PART_BYTES]


@virtual
async def vault_disk() -> None:
    """The vault's disk is stolen, unencrypted, while jobs are held."""
    await _alone("job")


@virtual
async def node_disk() -> None:
    """A node's disk is stolen, unencrypted, with the bodies on it."""
    await _alone("node")


@virtual
async def org_disk() -> None:
    """The key service's disk is stolen, unencrypted."""
    await _alone("org")


def _enough(kind: str) -> Remove:
    def derived(parts: Parts, *where: Any) -> Any:
        none = Parts(bytes(32), bytes(32), bytes(32))
        return derive(replace(none, **{kind: getattr(parts, kind)}), *where)

    return without(("firmware.vault.seal.derive", derived), ("firmware.vault.release.derive", derived))


STREAM = "firmware.vault.stream"
THREATS = (
    Threat("node-swaps-bodies", bodies_swapped, without((f"{STREAM}.AESGCM", Malleable))),
    Threat("node-asks-for-the-others", asks_for_the_others, without(("tools.edgemesh.interface.api._admit", nothing))),
    Threat(
        "parts-given-away",
        gives_parts_away,
        without(("firmware.vault.boxes.seal", _unsealed), ("firmware.vault.boxes.open_box", _opened)),
    ),
    Threat("node-cuts-a-body", body_cut, without((f"{STREAM}.BodyOpener.finish", nothing))),
    Threat("vault-disk-stolen", vault_disk, _enough("job")),
    Threat("node-disk-stolen", node_disk, _enough("node")),
    Threat("org-disk-stolen", org_disk, _enough("org")),
)

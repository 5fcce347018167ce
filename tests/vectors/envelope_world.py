"""The people, machines and keys of the envelope vectors, all from fixed seeds, and one well-sealed job."""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey, KEMKeyPair

from firmware.vault.identity import Kind
from firmware.vault.manifest import Manifest, NodeBox, OrgBox
from tests.support.pki import NOW, ORG, Holder, Pki
from tools.edgemesh.ca import Ca

JOB = "019a9f3c-5a80-7000-8000-000000000001"
OTHER_JOB = "019a9f3c-5a80-7000-8000-000000000002"
RELEASE, OTHER_RELEASE = "release-1", "release-2"
EPOCH = 7
SIZE = 100_000
SUITE = "x25519-hkdf-sha256-aes-256-gcm"
_HPKE = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)


def seeded(name: str, length: int = 32) -> bytes:
    """Bytes that anybody can make again: SHAKE256 of a name."""
    return hashlib.shake_256(b"lockgate envelope vectors: " + name.encode()).digest(length)


def lp(*fields: str | bytes) -> bytes:
    """The contract's LP of each field, written a second time so that it is not tested with itself."""
    encoded = [item.encode() if isinstance(item, str) else item for item in fields]
    return b"".join(len(item).to_bytes(4, "big") + item for item in encoded)


def hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA256 for one block of output (RFC 5869), from the standard library alone."""
    pseudorandom = hmac.digest(salt, key, "sha256")
    return hmac.digest(pseudorandom, info + b"\x01", "sha256")


def sealed_box(part: bytes, public_key: bytes, info: bytes) -> bytes:
    """A box made by pyhpke, whose ephemeral key can be given."""
    ephemeral = X25519PrivateKey.from_private_bytes(hashlib.sha256(part + public_key + info).digest())
    pair = KEMKeyPair(*(KEMKey.from_pyca_cryptography_key(key) for key in (ephemeral, ephemeral.public_key())))
    recipient = _HPKE.kem.deserialize_public_key(public_key)
    enc, context = _HPKE.create_sender_context(recipient, info, eks=pair)
    return bytes(enc + context.seal(part))


def submit_info(kind: str, recipient_id: str, *, org_id: str = ORG, job_id: str = JOB) -> bytes:
    return b"lockgate/v1/part/" + kind.encode() + lp(org_id, job_id, recipient_id)


def release_info(
    kind: str, *, org_id: str = ORG, job_id: str = JOB, release_id: str = RELEASE, station_id: str = "station-1"
) -> bytes:
    return b"lockgate/v1/release/" + kind.encode() + lp(org_id, job_id, release_id, station_id)


@dataclass(frozen=True)
class World:
    """Everybody in the vectors. `chains` are (DER, leaf first) by the name that cases use."""

    cas: dict[str, Ca]
    chains: dict[str, tuple[bytes, ...]]
    holders: dict[str, Holder]
    manifest: Manifest


PARTS = {"job": seeded("job part"), "node": seeded("node part"), "org": seeded("org part")}
WRONG_PARTS = {kind: seeded(f"{kind} part of another job") for kind in PARTS}
"""By kind; the wrong ones were sealed for another job and boxed for this one."""


def make_world() -> World:
    """Everybody, and the manifest of a job of ann's."""
    ours, rival, impostor = _pki(ORG, "ours"), _pki("org-2", "rival"), _pki(ORG, "impostor")
    holders = {
        "client": ours.holder(Kind.CLIENT, "client-1", users=["ann", "bob"]),
        "colleague": ours.holder(Kind.CLIENT, "client-2", users=["carol"]),
        "yesterday": ours.holder(Kind.CLIENT, "client-3", users=["ann"], now=NOW - timedelta(days=2)),
        "rival": rival.holder(Kind.CLIENT, "client-1", users=["ann"]),
        "impostor": impostor.holder(Kind.CLIENT, "client-1", users=["ann"]),
        "station": ours.holder(Kind.STATION, "station-1"),
        "station-2": ours.holder(Kind.STATION, "station-2"),
        "vault": ours.holder(Kind.VAULT, "vault-1"),
        "node": ours.holder(Kind.NODE, "node-1"),
        "node-2": ours.holder(Kind.NODE, "node-2"),
        "org": ours.holder(Kind.ORG, "org-service"),
    }
    chains = {name: holder.chain for name, holder in holders.items()}
    cas = {"ours": ours.ca, "rival": rival.ca}
    return World(cas, chains, holders, _manifest(holders))


def _pki(org_id: str, name: str) -> Pki:
    ca = Ca.create(org_id, now=NOW, key_pem=_identity_key(name), token=Chance(f"{name} serial"))
    return Pki(now=NOW, ca=ca, make_key=lambda who: _identity_key(f"{name} {who}"), make_box_key=_box_key)


class Chance:
    """What stands in for chance: bytes from a name, others at every call, the same every time."""

    def __init__(self, name: str) -> None:
        self._name, self._count = name, 0

    def __call__(self, length: int) -> bytes:
        self._count += 1
        return seeded(f"{self._name} {self._count}", length)


def _identity_key(name: str) -> bytes:
    scalar = int.from_bytes(seeded(f"identity key of {name}"), "big") >> 1
    key = ec.derive_private_key(scalar, ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _box_key(name: str) -> bytes:
    return seeded(f"box key of {name}")


def _manifest(holders: dict[str, Holder]) -> Manifest:
    salt, ids = seeded("salt"), lp(ORG, JOB)
    material = lp(PARTS["job"], PARTS["node"], PARTS["org"])
    attributes_key = hkdf(lp(PARTS["node"], PARTS["org"]), salt, b"lockgate/v1/attributes" + ids)
    submitted: datetime = NOW
    return Manifest(
        job_id=JOB,
        org_id=ORG,
        org_epoch=EPOCH,
        owner="ann",
        submitted_at=submitted,
        expires_at=submitted + timedelta(days=7),
        format="application/pdf",
        plaintext_size=SIZE,
        salt=salt,
        commitment=hkdf(material, salt, b"lockgate/v1/commitment" + ids),
        attributes=_attributes(attributes_key),
        node_boxes=tuple(
            NodeBox(node.id, SUITE, sealed_box(PARTS["node"], node.box_key, submit_info("node", node.id)))
            for node in (holders["node"], holders["node-2"])
        ),
        org_box=OrgBox(EPOCH, SUITE, sealed_box(PARTS["org"], holders["org"].box_key, submit_info("org", str(EPOCH)))),
        client_cert=hashlib.sha256(holders["client"].chain[0]).hexdigest(),
    )


def _attributes(key: bytes) -> bytes:
    nonce = seeded("attributes nonce", 12)
    text = (
        '{"title":"Grüße.pdf","copies":2,"sides":"two-sided-long-edge","color_mode":"monochrome",'
        '"media":"iso_a4_210x297mm","pages":3,"finishings":["staple"]}'
    )
    return nonce + AESGCM(key).encrypt(nonce, text.encode().ljust(256), None)


def without_attributes(manifest: Manifest) -> Manifest:
    """The same job, whose attributes nobody can open."""
    return replace(manifest, attributes=bytes(len(manifest.attributes)))

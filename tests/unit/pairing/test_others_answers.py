"""Answers for another box or of another mesh: they are refused, and nothing of them is kept."""

from base64 import b64decode
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firmware.errors import LockgateError
from firmware.mesh.port import MeshUntrustedError
from firmware.pairing import kept
from firmware.pairing.errors import PairingError
from firmware.pairing.names import CA
from firmware.vault.identity import Kind
from hal.sim import virtual_time
from tests.support.octets import b64
from tests.support.pairing_mesh import PairingMesh
from tests.unit.pairing.rig import TOKEN, Box
from tools.edgemesh.ca import Ca


def other(box: Box) -> PairingMesh:
    return PairingMesh(Ca.create("org-1", now=box.clock.now()), box.clock)


def _changes(box: Box) -> dict[str, dict[str, Any]]:
    """Answers that are wrong in one way, by what is wrong."""
    stranger, another = Box(), other(box)
    stranger.on_code = stranger.mesh.approve
    virtual_time.run(stranger.pair())
    csr = next(iter(stranger.mesh.enrolments.values())).asked["csr"]
    foreign_keys = box.mesh.issue(b64decode(csr), Kind.STATION, "lobby", [])
    return {
        "org": {"org_id": "org-2"},
        "kind": {"kind": "node"},
        "name": {"id": "attic"},
        "ca": {"ca": b64(another.ca_der)},
        "keys": {"chain": [b64(der) for der in foreign_keys]},
    }


@pytest.mark.parametrize("what", ["org", "kind", "name", "ca", "keys"])
def test_an_answer_that_is_not_for_us_is_refused(what: str) -> None:
    box = Box()
    change = _changes(box)[what]
    box.on_code = box.mesh.approve
    box.mesh.edit = lambda told: {**told, **change} if "chain" in told else told
    with pytest.raises(PairingError) as caught:
        virtual_time.run(box.pair())
    assert caught.value.code == "answer-mismatch"
    assert not kept.is_paired(box.keys)
    assert not box.has(CA)
    assert box.shown[-1] is None


@pytest.mark.parametrize("what", ["another name", "another kind", "no box key", "another CA"])
def test_a_certificate_that_is_not_ours_is_refused(what: str) -> None:
    box = Box()
    box.on_code = box.mesh.approve

    def edit(told: dict[str, Any]) -> dict[str, Any]:
        if "chain" not in told:
            return told
        csr = b64decode(next(iter(box.mesh.enrolments.values())).asked["csr"])
        name = "attic" if what == "another name" else "lobby"
        kind = Kind.CLIENT if what == "another kind" else Kind.STATION
        mesh = other(box) if what == "another CA" else box.mesh
        chain = mesh.issue(csr, kind, name, [])
        if what == "no box key":
            public = kept_public(csr)
            chain = box.mesh.ca.issue(public, kind=kind, holder_id=name, now=box.clock.now())
        return {**told, "chain": [b64(der) for der in chain]}

    box.mesh.edit = edit
    with pytest.raises(LockgateError) as caught:
        virtual_time.run(box.pair())
    assert caught.value.code == ("identity-untrusted" if what == "another CA" else "answer-mismatch")
    assert not kept.is_paired(box.keys)


def kept_public(csr: bytes) -> bytes:
    return x509.load_der_x509_csr(csr).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_a_token_is_told_to_the_ca_of_the_fingerprint_only() -> None:
    box = Box()
    box.mesh.tokens.add(TOKEN)
    with pytest.raises(PairingError) as caught:
        virtual_time.run(box.pair(token=TOKEN, ca_fingerprint="0" * 64))
    assert caught.value.code == "ca-mismatch"
    assert [request[1] for request in box.mesh.requests] == ["GET"]
    assert box.mesh.tokens == {TOKEN}


def test_a_ca_that_is_known_beforehand_must_be_the_one() -> None:
    box = Box()
    with pytest.raises(MeshUntrustedError):
        virtual_time.run(box.pair(ca_pem=other(box).ca.certificate_pem))
    box.mesh.edit = lambda told: {**told, "ca": b64(other(box).ca_der)}
    with pytest.raises(PairingError) as caught:
        virtual_time.run(box.pair(ca_pem=box.mesh.ca.certificate_pem))
    assert caught.value.code == "ca-mismatch"

"""Whom to seal to: nothing of the mesh's word is taken that the organisation's CA does not prove."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.errors import LockgateError
from firmware.mesh.decode import Fields
from firmware.mesh.port import MeshProtocolError, MeshUntrustedError
from firmware.vault import boxes
from firmware.vault.fields import encode_time
from firmware.vault.identity import Kind
from tests.support.mesh_roles import Json, Roles, described
from tests.support.octets import b64
from tests.support.pki import NOW, ORG, Holder, Pki
from tools.submit.directory import Checker, Directory

PKI, FOREIGN = Pki(), Pki()
CHECKER = Checker(ORG, PKI.anchor, NOW)
ROLES = Roles.of(PKI)
VAULT, (NODE, SECOND), SERVICE = ROLES.vault, ROLES.nodes, ROLES.service


def epoch(signer: Holder = SERVICE, **changes: object) -> Json:
    return ROLES.epoch(NOW, signer, **changes)


def mesh(**changes: object) -> Json:
    return ROLES.mesh(NOW) | changes


def read(answer: object) -> Directory:
    return CHECKER.directory(Fields(answer, "answer"))


def test_a_proven_mesh_is_sealed_to() -> None:
    found = read(mesh(replicas=2))
    recipients = found.recipients
    assert (found.replicas, found.max_job_bytes, recipients.org_id) == (2, 2**31, ORG)
    assert (recipients.vault.id, recipients.vault.box_key) == ("v", VAULT.box_key)
    assert [(node.id, node.box_key) for node in recipients.nodes] == [("n-1", NODE.box_key), ("n-2", SECOND.box_key)]
    assert (recipients.org.epoch, recipients.org.box_key, recipients.org.suite) == (3, ROLES.epoch_key, boxes.SUITE)


OLD = PKI.holder(Kind.NODE, "n-1", now=NOW - timedelta(days=9))


@pytest.mark.parametrize(
    "changes",
    [
        {"org_id": "org-2"},
        {"vault": described(FOREIGN.holder(Kind.VAULT, "v"))},
        {"vault": described(NODE)},
        {"vault": described(VAULT) | {"id": "w"}},
        {"nodes": [described(NODE), described(FOREIGN.holder(Kind.NODE, "n-2"))]},
        {"nodes": [described(PKI.holder(Kind.STATION, "n-1"))]},
        {"nodes": [described(OLD)]},
        {"epoch": epoch(FOREIGN.holder(Kind.ORG, "o"))},
        {"epoch": epoch(VAULT)},
        {"epoch": epoch(not_after=encode_time(NOW))},
        {"epoch": epoch(org_id="org-2")},
        {"epoch": epoch(suite="rot13")},
        {"epoch": epoch() | {"signature": b64(b"0" * 70)}},
        {"epoch": epoch() | {"statement": epoch(epoch=4)["statement"]}},
    ],
)
def test_what_is_not_proven_is_untrusted(changes: Json) -> None:
    with pytest.raises(MeshUntrustedError):
        read(mesh(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"replicas": 0},
        {"nodes": []} | {"replicas": "1"},
        {"vault": None},
        {"nodes": [described(NODE) | {"chain": []}]},
        {"nodes": [described(NODE)] * 65},
        {"max_job_bytes": 0},
        {"epoch": epoch(v=2)},
        {"epoch": epoch(box_key="AAAA")},
        {"epoch": epoch(box_key=None)},
        {"epoch": epoch(extra=1)},
        {"epoch": epoch() | {"statement": ""}},
    ],
)
def test_what_is_not_of_the_interface_is_refused(changes: Json) -> None:
    with pytest.raises(MeshProtocolError):
        read(mesh(**changes))


@pytest.mark.parametrize("nodes", [[], [described(NODE)], [described(NODE), described(NODE)]])
def test_too_few_nodes_are_told_before_anything_is_sealed(nodes: list[Json]) -> None:
    with pytest.raises(LockgateError) as caught:
        read(mesh(nodes=nodes, replicas=2))
    assert caught.value.code == "mesh-degraded"


@pytest.mark.parametrize("place", ["vault", "nodes", "epoch", "replicas", "max_job_bytes", "org_id"])
@settings(deadline=None)
@given(value=st.recursive(st.none() | st.integers() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3)))
def test_any_answer_is_read_or_refused(place: str, value: object) -> None:
    with suppress(LockgateError):
        read(mesh(**{place: value}))

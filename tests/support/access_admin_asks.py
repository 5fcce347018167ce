"""The right requests of those who join, of members that renew, and of administrators, for the access table."""

import hashlib
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping

from firmware.vault import requests, signing
from firmware.vault.boxes import public_box_key
from firmware.vault.fields import encode_object, encode_octets, encode_time
from firmware.vault.pairing import Transcript, commitment
from firmware.vault.signing import new_identity_key
from tests.support.access_ask import Ask, plain, posted
from tests.support.access_world import World, delegate
from tests.support.mesh_http import Json
from tests.support.mesh_site import BADGE, ORG
from tools.bench.cards import KEYS
from tools.edgemesh.interface.shapes import octets_texts

DEVICE_NONCE = hashlib.sha256(b"device").digest()
ENROL = "POST /.well-known/est/simpleenroll"
REVEAL = "POST /.well-known/est/simpleenroll/{enrolment}"
CARD_KEY = {
    "name": "campus",
    "aid": "F51B43",
    "key_no": 1,
    "key": "00" * 15 + "01",
    "method": "ev2",
    "diversify": "an10922",
}
_CSR = requests.certificate_request(new_identity_key(), "laptop")


def _enrol(_world: World, _route: str = ENROL) -> Ask:
    return posted(
        ENROL,
        {
            "kind": "client",
            "name": "laptop",
            "csr": encode_octets(_CSR),
            "commitment": encode_octets(commitment(DEVICE_NONCE)),
            "users": ["ada"],
        },
    )


async def _enrolled(world: World) -> Json:
    return (await world.send(_enrol(world), None)).expect(202)


async def _reveal(world: World, _route: str = REVEAL) -> Ask:
    offer = await _enrolled(world)
    return posted(REVEAL, {"nonce": encode_octets(DEVICE_NONCE), "token": ""}, enrolment=str(offer["enrolment"]))


async def _give_up(world: World, route: str) -> Ask:
    offer = await _enrolled(world)
    (await world.send(await _reveal(world), None)).expect(202)
    nonce = urlsafe_b64encode(DEVICE_NONCE).decode().rstrip("=")
    return plain(route, f"?nonce={nonce}", enrolment=str(offer["enrolment"]))


async def _approve(world: World, route: str) -> Ask:
    offer = await _enrolled(world)
    (await world.send(await _reveal(world), None)).expect(202)
    seen = Transcript(
        "client",
        "laptop",
        _CSR,
        b"",
        b64decode(offer["ca"]),
        b64decode(offer["nonce"]),
        DEVICE_NONCE,
        str(offer["enrolment"]),
        ("ada",),
    )
    return posted(route, {"code": seen.code, "users": ["ada"]}, enrolment=str(offer["enrolment"]))


async def _cancel(world: World, route: str) -> Ask:
    return plain(route, enrolment=str((await _enrolled(world))["enrolment"]))


def _renew(world: World, route: str) -> Ask:
    """Always that of station-1, whoever sends it."""
    keys = world.first_station
    csr = requests.certificate_request(keys.identity_key, keys.id, public_box_key(keys.box_key))
    raw = encode_object(
        {
            "v": 1,
            "org_id": ORG,
            "holder": f"station/{keys.id}",
            "csr": encode_octets(csr),
            "asked_at": encode_time(world.site.clock.now()),
        }
    )
    signed = {"request": encode_octets(raw), "signature": encode_octets(keys.signer.sign(signing.RENEWAL, raw))}
    return posted(route, {**signed, "chain": octets_texts(keys.chain)})


async def _withdraw(world: World, route: str) -> Ask:
    made = await world.send(_token(world), world.callers["admin"])
    return plain(route, token=str(made.expect(201)["id"]))


def _token(_world: World, _route: str = "") -> Ask:
    return posted("POST /v1/admin/tokens", {"kind": "client", "name": "desk", "users": ["ada"]})


async def _end_delegation(world: World, route: str) -> Ask:
    return plain(route, f"?delegation={await delegate(world)}")


def _remove_badge(world: World, route: str) -> Ask:
    badge = world.site.mesh.roles.vault.desk.badges.find(BADGE)
    assert badge is not None
    return plain(route, f"?badge={badge.badge_id}")


def card_key(world: World) -> None:
    """The mesh has a key to ask cards for."""
    book = world.site.mesh.roles.vault.desk.cards
    if not book.cards.keys:
        book.keep(book.add("bench", KEYS))


async def _remove_card_key(world: World, route: str) -> Ask:
    card_key(world)
    return plain(route, "?name=bench")


async def _settle(world: World, route: str) -> Ask:
    """Of a job whose outcome nobody knows."""
    told = {"fence": world.grant["fence"], "sequence": 1, "kind": "unknown"}
    report = posted("POST /v1/releases/{release}/events", told, release=world.grant["release"])
    (await world.send(report, world.first_station)).expect(200)
    return posted(route, {"printed": True}, job=world.released)


def _of_job(world: World, route: str) -> Ask:
    return posted(route, {}, job=world.job)


def _body(value: Json) -> Callable[[World, str], Ask]:
    return lambda _world, route: posted(route, value)


def _query(query: str) -> Callable[[World, str], Ask]:
    return lambda _world, route: plain(route, query)


ASKS: Mapping[str, Callable[[World, str], Ask | Awaitable[Ask]]] = {
    ENROL: _enrol,
    REVEAL: _reveal,
    "DELETE /.well-known/est/simpleenroll/{enrolment}": _give_up,
    "POST /.well-known/est/simplereenroll": _renew,
    "POST /v1/admin/enrolments/{enrolment}/approval": _approve,
    "DELETE /v1/admin/enrolments/{enrolment}": _cancel,
    "POST /v1/admin/tokens": _token,
    "DELETE /v1/admin/tokens/{token}": _withdraw,
    "POST /v1/admin/denials": _body({"holder": "user/bob", "reason": "left"}),
    "POST /v1/admin/denials/lift": _body({"holder": "user/bob"}),
    "POST /v1/admin/users": _body({"user": "eve", "language": "en"}),
    "DELETE /v1/admin/users": _query("?user=bob"),
    "POST /v1/admin/users/pin": _body({"user": "ada", "pin": "739146"}),
    "POST /v1/admin/users/import": _body({"csv": encode_octets(b"user,language\r\neve,en\r\n")}),
    "POST /v1/admin/users/code": _body({"user": "ada"}),
    "POST /v1/admin/cards/policy": _body({"policy": "uid-pin"}),
    "POST /v1/admin/cards/rules": _body({"rules": ["reverse-bytes"]}),
    "POST /v1/admin/cards/keys": _body(CARD_KEY),
    "DELETE /v1/admin/cards/keys": _remove_card_key,
    "POST /v1/admin/badges": _body({"number": "0411223344", "user": "ada"}),
    "DELETE /v1/admin/badges": _remove_badge,
    "POST /v1/admin/jobs/{job}/shred": _of_job,
    "POST /v1/admin/jobs/{job}/settlement": _settle,
    "GET /v1/admin/jobs/{job}/receipts": lambda world, route: plain(route, job=world.released),
    "DELETE /v1/admin/delegations": _end_delegation,
    "POST /v1/admin/epochs/{epoch}/state": _body({"state": "suspended"}),
    "POST /v1/admin/holdings/{job}/drop": _of_job,
}

"""What is asked by whoever has no certificate yet, or none any more: enrolment and renewal, in the shape of EST (RFC
7030). Everything here is read from strangers: few bytes, each field judged before it is kept."""

import base64
import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from firmware.vault.fields import encode_octets, encode_time
from firmware.vault.identity import Kind, is_id, is_user
from firmware.vault.pairing import NONCE_BYTES
from tools.edgemesh.csr import MAX_BYTES
from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.exchange import Reply
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.interface.shapes import Fields, octets_texts
from tools.edgemesh.registrar.registrar import Registrar
from tools.edgemesh.registrar.waiting import Asked, Enrolment, Stage
from tools.edgemesh.signed import Signed

MAX_BODY = 16 * 1024
KINDS = frozenset({Kind.STATION, Kind.CLIENT, Kind.NODE, Kind.ADMIN})
"""What may be paired; the mesh's own roles are made by its administrator's command."""
MAX_USERS, MAX_HOSTS, MAX_URL = 16, 8, 256
RETRY = {"retry-after": "2"}
_RESERVED = frozenset({"ca", "vault", "org", "registrar", "run"})
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.ASCII)
_MAX_HOST = 253
_MAX_TOKEN = 64
_COMMITMENT_BYTES = 32
_MAX_REQUEST, _MAX_SIGNATURE, _MAX_CHAIN_BYTES = 8192, 128, 4096


async def cacerts(call: Call) -> Reply:
    """GET /.well-known/est/cacerts"""
    return Reply(200, {"ca": [encode_octets(call.roles.registrar.ca.der)]})


async def enrol(call: Call) -> Reply:
    """POST /.well-known/est/simpleenroll"""
    registrar = call.roles.registrar
    asked = read_asked(await call.fields(MAX_BODY))
    enrolment = await registrar.admissions.ask(asked, call.request.address)
    document: dict[str, object] = {
        "enrolment": enrolment.id,
        "nonce": encode_octets(enrolment.mesh_nonce),
        "ca": encode_octets(registrar.ca.der),
        "expires": encode_time(enrolment.expires),
    }
    return Reply(202, document, headers=RETRY)


async def reveal(call: Call) -> Reply:
    """POST /.well-known/est/simpleenroll/{enrolment}"""
    registrar, fields = call.roles.registrar, await call.fields(MAX_BODY)
    nonce = _exactly(fields, "nonce", NONCE_BYTES)
    token = fields.text("token", _MAX_TOKEN) if fields.filled("token") else ""
    found = await registrar.admissions.reveal(call.names["enrolment"], nonce, token, call.request.address)
    if found.stage is not Stage.ADMITTED:
        return Reply(202, {"state": "pending"}, headers=RETRY)
    if token:
        call.roles.wake()
    return Reply(200, _admitted(registrar, found, call))


def _admitted(registrar: Registrar, enrolment: Enrolment, call: Call) -> dict[str, object]:
    return {
        "org_id": call.roles.org_id,
        "kind": enrolment.asked.kind.value,
        "id": enrolment.asked.name,
        "chain": octets_texts(enrolment.chain),
        "ca": encode_octets(registrar.ca.der),
        "config": dict(call.roles.station_config(enrolment.asked.name)) if enrolment.asked.kind is Kind.STATION else {},
        "urls": dict(call.roles.urls()),
    }


async def give_up(call: Call) -> Reply:
    """DELETE /.well-known/est/simpleenroll/{enrolment}?nonce="""
    try:
        nonce = base64.urlsafe_b64decode(call.query("nonce") + "==")
    except ValueError as exc:
        raise Problem("request-malformed", "nonce: base64url wanted") from exc
    await call.roles.registrar.admissions.give_up(call.names["enrolment"], nonce)
    return Reply(204)


async def renew(call: Call) -> Reply:
    """POST /.well-known/est/simplereenroll"""
    registrar, fields = call.roles.registrar, await call.fields(MAX_BODY)
    raw, signature = fields.blob("request", _MAX_REQUEST), fields.blob("signature", _MAX_SIGNATURE)
    chain = fields.chain("chain")
    if any(len(der) > _MAX_CHAIN_BYTES for der in chain):
        raise Problem("json-malformed", "chain: a certificate is too long")
    renewed = await registrar.renewals.renew(call.request.caller, Signed(raw, signature, chain))
    return Reply(200, {"chain": octets_texts(renewed), "ca": encode_octets(registrar.ca.der)})


def read_asked(fields: Fields) -> Asked:
    """What a device asks for. Raises `Problem`: json-malformed, csr-malformed."""
    kind, name = read_kind(fields), fields.text("name", 63)
    if not is_id(name) or (kind is Kind.NODE and name in _RESERVED):
        raise Problem("json-malformed", "name: 1 to 63 of A-Z a-z 0-9 . _ -")
    csr = fields.blob("csr", MAX_BYTES)
    commitment = _exactly(fields, "commitment", _COMMITMENT_BYTES)
    users = read_users(kind, fields.texts("users") if fields.has("users") else ())
    hosts = fields.texts("hosts") if fields.has("hosts") else ()
    url = fields.text("url", MAX_URL) if fields.filled("url") else ""
    _check_place(kind, url, hosts)
    return Asked(kind, name, csr, commitment, users, url, hosts)


def read_kind(fields: Fields) -> Kind:
    """A kind that may be paired. Raises `Problem` json-malformed."""
    kind = fields.text("kind", 16)
    if kind not in KINDS:
        raise Problem("json-malformed", "kind: station, client, node or admin wanted")
    return Kind(kind)


def read_users(kind: Kind, users: Iterable[str]) -> tuple[str, ...]:
    """The people of a client. Raises `Problem` json-malformed."""
    found = tuple(dict.fromkeys(users))
    if len(found) > MAX_USERS or not all(is_user(user) for user in found) or (found and kind is not Kind.CLIENT):
        raise Problem("json-malformed", f"users: up to {MAX_USERS} people's names, for a client only")
    return found


def _check_place(kind: Kind, url: str, hosts: tuple[str, ...]) -> None:
    """A node says where it will answer; nobody else does."""
    if kind is not Kind.NODE:
        if url or hosts:
            raise Problem("json-malformed", "url, hosts: for a node only")
        return
    if not 0 < len(hosts) <= MAX_HOSTS or not all(map(_is_host, hosts)):
        raise Problem("json-malformed", f"hosts: 1 to {MAX_HOSTS} DNS names or IP addresses")
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" and parts.hostname in hosts and (parts.port or 443) > 0
        bare = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password)
    except ValueError as exc:
        raise Problem("json-malformed", "url: not one") from exc
    if not good or not bare or not url.isascii():
        raise Problem("json-malformed", "url: https, at one of the hosts, without a path")


def _is_host(text: str) -> bool:
    try:
        return str(ipaddress.ip_address(text)) == text
    except ValueError:
        return len(text) <= _MAX_HOST and _HOST.fullmatch(text) is not None


def _exactly(fields: Fields, name: str, length: int) -> bytes:
    value = fields.blob(name, length)
    if len(value) != length:
        raise Problem("json-malformed", f"{name}: {length} bytes wanted")
    return value

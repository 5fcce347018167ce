"""What the mesh answers to whoever wants to pair or renew, read strictly: nothing of it is believed yet."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from firmware.mesh import answers
from firmware.mesh.decode import Fields
from firmware.mesh.port import MeshProtocolError
from firmware.pairing.port import Answer
from firmware.vault.identity import Kind
from firmware.vault.pairing import NONCE_BYTES

T = TypeVar("T")

_CERTIFICATE_BYTES = 16 * 1024
_MOST_TEXTS = 64
_LONGEST_NAME, _LONGEST_TEXT = 128, 2048


@dataclass(frozen=True, slots=True)
class Offer:
    """202 to an enrolment: the mesh's half of the transcript. `ca` is DER."""

    enrolment: str
    nonce: bytes = field(repr=False)
    ca: bytes = field(repr=False)
    expires: datetime


@dataclass(frozen=True, slots=True)
class Issued:
    """200 to a renewal, and the certificates of a pairing: a chain (DER, leaf first) and the CA it is under (DER)."""

    chain: tuple[bytes, ...] = field(repr=False)
    ca: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Admission:
    """200 to a reveal or a poll: we are let in. `urls` are the roles' addresses, `config` the site's settings."""

    org_id: str
    kind: Kind
    id: str
    issued: Issued
    config: dict[str, str] = field(repr=False)
    urls: dict[str, str] = field(repr=False)


def cas(answer: Answer) -> tuple[bytes, ...]:
    """GET cacerts, 200: the organisation's CAs in DER."""
    return _expect(answer, 200, lambda fields: fields.chain("ca"))


def offer(answer: Answer) -> Offer:
    """POST simpleenroll, 202."""
    return _expect(answer, 202, _offer)


def admission(answer: Answer) -> Admission | None:
    """POST simpleenroll/{enrolment}: 200, or None for 202, not approved yet."""
    if answer.reply.status == 202:
        _expect(answer, 202, lambda fields: fields.text("state", 32))
        return None
    return _expect(answer, 200, _admission)


def issued(answer: Answer) -> Issued:
    """POST simplereenroll, 200."""
    return _expect(answer, 200, _issued)


def pem(certificate: bytes) -> bytes:
    """A certificate in DER as PEM (RFC 7468 5)."""
    return ssl.DER_cert_to_PEM_cert(certificate).encode()


def _expect(answer: Answer, status: int, read: Callable[[Fields], T]) -> T:
    return answers.expect(answer.reply, status, read)


def _offer(fields: Fields) -> Offer:
    nonce = fields.octets("nonce", NONCE_BYTES)
    if len(nonce) < NONCE_BYTES:
        raise MeshProtocolError("answer.nonce is too short")
    return Offer(fields.id("enrolment"), nonce, fields.octets("ca", _CERTIFICATE_BYTES), fields.moment("expires"))


def _admission(fields: Fields) -> Admission:
    try:
        kind = Kind(fields.text("kind", 16))
    except ValueError as exc:
        raise MeshProtocolError("answer.kind is none") from exc
    tables = (fields.table(name, _MOST_TEXTS, _LONGEST_NAME, _LONGEST_TEXT) for name in ("config", "urls"))
    return Admission(fields.text("org_id", 63), kind, fields.id("id"), _issued(fields), *tables)


def _issued(fields: Fields) -> Issued:
    return Issued(fields.chain("chain"), fields.octets("ca", _CERTIFICATE_BYTES))

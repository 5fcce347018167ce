"""A registrar in memory that speaks the pairing protocol as mesh.md has it, with a person who approves, and with
faults: what each side of the line saw is kept."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firmware.mesh.port import MeshUnreachableError, MeshUntrustedError
from firmware.mesh.tls import chain_der
from firmware.mesh.transport import Reply
from firmware.pairing.port import EST, Answer
from firmware.vault import pairing, signing
from firmware.vault.fields import encode_time
from firmware.vault.identity import BOX_KEY_OID, Kind, TrustAnchor
from hal.ports.clock import Clock
from tests.support.octets import b64
from tools.edgemesh.ca import Ca

URL = "https://mesh.test"


@dataclass
class Enrolment:
    asked: dict[str, Any]
    nonce: bytes
    device_nonce: bytes = b""
    approved: bool = False
    ended: str = ""
    chain: list[bytes] = field(default_factory=list)


class PairingMesh:
    """Implements Channels. `before` may raise or answer in the registrar's place; `edit` changes its good answers."""

    def __init__(self, ca: Ca, clock: Clock) -> None:
        self.ca, self.clock, self.url = ca, clock, URL
        self.enrolments: dict[str, Enrolment] = {}
        self.tokens: set[str] = set()
        self.revoked: set[str] = set()
        self.requests: list[tuple[str, str, str]] = []
        self.issued = 0
        self.away = False
        self.lost = 0
        self.before: Callable[[str, str, str], Answer | None] = lambda trust, method, path: None
        self.edit: Callable[[dict[str, Any]], dict[str, Any]] = lambda body: body
        self.lifetime = timedelta(hours=24)
        self.late = timedelta(days=30)

    def first_contact(self, url: str) -> "Line":
        return Line(self, "first-contact", b"", b"")

    def verified(self, url: str, ca_pem: bytes) -> "Line":
        return Line(self, "verified", ca_pem, b"")

    def mutual(self, url: str, ca_pem: bytes, chain_pem: bytes, key_pem: bytes) -> "Line":
        return Line(self, "mutual", ca_pem, chain_pem)

    @property
    def ca_der(self) -> bytes:
        return self.ca.certificate.public_bytes(Encoding.DER)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.ca_der).hexdigest()

    def approve(self, typed: str) -> bool:
        """A person types a code for the newest enrolment."""
        enrolment_id, enrolment = list(self.enrolments.items())[-1]
        if pairing.fits(self.transcript(enrolment_id).code, typed):
            enrolment.approved = True
            return True
        enrolment.ended = "enrolment-refused"
        return False

    def transcript(self, enrolment_id: str) -> pairing.Transcript:
        enrolment = self.enrolments[enrolment_id]
        asked = enrolment.asked
        csr = base64.b64decode(asked["csr"])
        return pairing.Transcript(
            asked["kind"],
            asked["name"],
            csr,
            box_key(csr) or b"",
            self.ca_der,
            enrolment.nonce,
            enrolment.device_nonce,
            enrolment_id,
            tuple(asked["users"]),
        )

    def handle(self, method: str, path: str, body: Any, chain_pem: bytes) -> Answer:
        route, _, query = path.partition("?")
        if (method, route) == ("GET", f"{EST}/cacerts"):
            return ok(200, {"ca": [b64(self.ca_der)]})
        if route == f"{EST}/simpleenroll":
            return self._enrol(body)
        if route in (f"{EST}/simplereenroll", "/.well-known/est/membership"):
            return self._renew(body, chain_pem) if method == "POST" else self._leave(chain_pem)
        enrolment_id = route.rpartition("/")[2]
        enrolment = self.enrolments.get(enrolment_id)
        if enrolment is None:
            return problem(404, "enrolment-unknown")
        if method == "DELETE":
            told = base64.urlsafe_b64decode(query.removeprefix("nonce=") + "=")
            if told == enrolment.device_nonce:
                enrolment.ended = "enrolment-refused"
            return Answer(Reply(204, "", b""))
        return self._poll(enrolment, body)

    def _enrol(self, body: Any) -> Answer:
        for known, enrolment in self.enrolments.items():
            same = (enrolment.asked["csr"], enrolment.asked["commitment"]) == (body["csr"], body["commitment"])
            if same:
                return self._offer(known, enrolment)
            if not (enrolment.ended or enrolment.chain) and enrolment.asked["name"] == body["name"]:
                return problem(409, "enrolment-pending")
        new = Enrolment(body, hashlib.sha256(b"mesh" + bytes([len(self.enrolments)])).digest())
        self.enrolments[f"e-{len(self.enrolments):032x}"] = new
        return self._offer(f"e-{len(self.enrolments) - 1:032x}", new)

    def _offer(self, enrolment_id: str, enrolment: Enrolment) -> Answer:
        expires = encode_time(self.clock.now() + timedelta(minutes=10))
        told = {"enrolment": enrolment_id, "nonce": b64(enrolment.nonce), "ca": b64(self.ca_der), "expires": expires}
        return ok(202, self.edit(told), retry_after=2.0)

    def _poll(self, enrolment: Enrolment, body: Any) -> Answer:
        nonce = base64.b64decode(body["nonce"])
        if pairing.commitment(nonce) != base64.b64decode(enrolment.asked["commitment"]):
            return problem(403, "commitment-mismatch")
        enrolment.device_nonce = nonce
        if body["token"]:
            if body["token"] not in self.tokens:
                return problem(403, "token-refused")
            self.tokens.discard(body["token"])
            enrolment.approved = True
        if enrolment.ended:
            return problem(410 if enrolment.ended == "enrolment-expired" else 403, enrolment.ended)
        if not enrolment.approved:
            return ok(202, {"state": "pending"}, retry_after=2.0)
        asked = enrolment.asked
        if not enrolment.chain:
            csr = base64.b64decode(asked["csr"])
            enrolment.chain = self.issue(csr, Kind(asked["kind"]), asked["name"], asked["users"])
        told = {
            "org_id": self.ca.org_id,
            "kind": asked["kind"],
            "id": asked["name"],
            "chain": [b64(der) for der in enrolment.chain],
            "ca": b64(self.ca_der),
            "config": {"epoch": "1", "printer": "ipps://said.example/ipp/print"},
            "urls": {"registrar": self.url, "vault": self.url},
        }
        return ok(200, self.edit(told))

    def issue(self, csr: bytes, kind: Kind, name: str, users: list[str]) -> list[bytes]:
        self.issued += 1
        public = x509.load_der_x509_csr(csr).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return self.ca.issue(
            public,
            kind=kind,
            holder_id=name,
            now=self.clock.now(),
            lifetime=self.lifetime,
            users=users,
            box_key=box_key(csr),
        )

    def _renew(self, body: Any, chain_pem: bytes) -> Answer:
        raw = base64.b64decode(body["request"])
        asked = json.loads(raw)
        chain = tuple(base64.b64decode(der) for der in body["chain"])
        start, end = validity_of(chain[0])
        member = TrustAnchor(self.ca.certificate_pem).identify(chain, start)
        signing.verify(member, signing.RENEWAL, raw, base64.b64decode(body["signature"]))
        assert asked["holder"] == member.name
        if abs(datetime.fromisoformat(asked["asked_at"]) - self.clock.now()) > timedelta(minutes=5):
            return problem(403, "request-stale", date=self.clock.now())
        if member.name in self.revoked:
            return problem(403, "identity-revoked")
        if self.clock.now() > end + self.late:
            return problem(403, "identity-lapsed")
        issued = self.issue(base64.b64decode(asked["csr"]), member.kind, member.id, sorted(member.users))
        return ok(200, self.edit({"chain": [b64(der) for der in issued], "ca": b64(self.ca_der)}))

    def _leave(self, chain_pem: bytes) -> Answer:
        name = TrustAnchor(self.ca.certificate_pem).identify(chain_der(chain_pem), self.clock.now()).name
        if name in self.revoked:
            return problem(403, "identity-revoked")
        self.revoked.add(name)
        return Answer(Reply(204, "", b""))


class Line:
    """Implements Channel."""

    def __init__(self, mesh: PairingMesh, trust: str, ca_pem: bytes, chain_pem: bytes) -> None:
        self._mesh, self._trust, self._ca_pem, self._chain_pem = mesh, trust, ca_pem, chain_pem

    async def request(self, method: str, path: str, body: object | None = None) -> Answer:
        mesh = self._mesh
        await mesh.clock.sleep(0.01)
        mesh.requests.append((self._trust, method, path))
        if mesh.away:
            raise MeshUnreachableError("away")
        if self._ca_pem and self._ca_pem.strip() != mesh.ca.certificate_pem.strip():
            raise MeshUntrustedError("another CA")
        if self._chain_pem and validity_of(chain_der(self._chain_pem)[0])[1] < mesh.clock.now():
            raise MeshUntrustedError("our certificate was not accepted")
        answer = mesh.before(self._trust, method, path) or mesh.handle(method, path, body, self._chain_pem)
        if mesh.lost:
            mesh.lost -= 1
            raise MeshUnreachableError("the answer was lost")
        return answer


def validity_of(der: bytes) -> tuple[datetime, datetime]:
    certificate = x509.load_der_x509_certificate(der)
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def box_key(csr: bytes) -> bytes | None:
    """The raw box key that a request asks for."""
    request = x509.load_der_x509_csr(csr)
    assert request.is_signature_valid
    try:
        return request.extensions.get_extension_for_oid(BOX_KEY_OID).value.public_bytes()[2:]
    except x509.ExtensionNotFound:
        return None


def ok(status: int, value: object, *, retry_after: float = 0.0) -> Answer:
    return Answer(Reply(status, "application/json", json.dumps(value).encode()), retry_after)


def problem(status: int, code: str, *, date: datetime | None = None) -> Answer:
    document = {"type": f"urn:lockgate:problem:{code}", "status": status, "code": code}
    return Answer(Reply(status, "application/problem+json", json.dumps(document).encode()), 0.0, date)

"""A mesh in memory with administrators, and devices that want to be let in."""

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from firmware.vault import signing
from firmware.vault.boxes import new_box_key, public_box_key
from firmware.vault.fields import encode_object, encode_octets, encode_time
from firmware.vault.identity import Identity, Kind
from firmware.vault.pairing import Transcript, commitment, shown
from firmware.vault.requests import certificate_request
from firmware.vault.signing import Signer, new_identity_key
from tests.support.mesh_http import Answer, Json, LocalWire, send_json
from tests.support.mesh_site import MemorySite
from tests.support.octets import unbase64
from tools.edgemesh.keys import WITH_BOX, RoleKeys

EST = "/.well-known/est"


@dataclass(slots=True)
class Device:
    """One that wants to be let in, with its own keys and nonce. `token` stands for an administrator."""

    wire: LocalWire
    kind: Kind
    name: str
    nonce: bytes = bytes(32)
    users: tuple[str, ...] = ()
    url: str = ""
    hosts: tuple[str, ...] = ()
    token: str = ""
    key_pem: bytes = field(default_factory=new_identity_key, repr=False)
    box_private: bytes = field(default_factory=lambda: new_box_key()[0], repr=False)
    offer: Json = field(default_factory=dict)

    @property
    def box_key(self) -> bytes | None:
        return public_box_key(self.box_private) if self.kind in WITH_BOX else None

    @property
    def csr(self) -> bytes:
        return certificate_request(self.key_pem, self.name, self.box_key)

    @property
    def asked(self) -> Json:
        return {
            "kind": self.kind.value,
            "name": self.name,
            "csr": encode_octets(self.csr),
            "commitment": encode_octets(commitment(self.nonce)),
            "users": list(self.users),
            "url": self.url,
            "hosts": list(self.hosts),
        }

    async def enrol(self, **changes: object) -> Answer:
        answer = await send_json(self.wire, "POST", f"{EST}/simpleenroll", self.asked | changes)
        if answer.status == 202:
            self.offer = answer.json
        return answer

    @property
    def enrolment(self) -> str:
        return str(self.offer["enrolment"])

    async def reveal(self, nonce: bytes | None = None) -> Answer:
        body = {"nonce": encode_octets(self.nonce if nonce is None else nonce), "token": self.token}
        return await send_json(self.wire, "POST", f"{EST}/simpleenroll/{self.enrolment}", body)

    async def give_up(self, nonce: bytes | None = None) -> Answer:
        text = base64.urlsafe_b64encode(self.nonce if nonce is None else nonce).rstrip(b"=").decode()
        return await self.wire.send("DELETE", f"{EST}/simpleenroll/{self.enrolment}?nonce={quote(text)}")

    @property
    def code(self) -> str:
        """As the device shows it."""
        transcript = Transcript(
            kind=self.kind.value,
            name=self.name,
            csr=self.csr,
            box_key=self.box_key or b"",
            ca=unbase64(self.offer["ca"]),
            mesh_nonce=unbase64(self.offer["nonce"]),
            device_nonce=self.nonce,
            enrolment=self.enrolment,
            users=self.users,
            url=self.url,
            hosts=self.hosts,
        )
        return shown(transcript.code)

    def keys(self, admitted: Json) -> RoleKeys:
        """Who the device is, by a chain that it was given."""
        chain = tuple(unbase64(der) for der in admitted["chain"])
        return RoleKeys(self.name, self.key_pem, self.box_private, chain)


@dataclass(slots=True)
class Registry:
    """To be made inside a virtual loop. `admin` may do everything; so may `second`."""

    site: MemorySite = field(default_factory=MemorySite)
    admin: LocalWire = field(init=False)

    def __post_init__(self) -> None:
        self.admin = self.site.wire(self.site.mesh.add_admin("admin-1"))

    def unpaired(self, address: str = "192.0.2.1") -> LocalWire:
        return LocalWire(lambda: self.site.mesh.api, None, address)

    def device(
        self, kind: Kind = Kind.STATION, name: str = "lobby", *, address: str = "192.0.2.1", **what: object
    ) -> Device:
        return Device(self.unpaired(address), kind, name, **what)  # type: ignore[arg-type]

    async def approve(self, device: Device, code: str = "", **more: object) -> Answer:
        """As an administrator who grants what is asked for."""
        said = {"kind": device.kind.value, "users": list(device.users) if device.kind is Kind.CLIENT else None}
        body = {"code": code or device.code, **said, **more}
        return await send_json(self.admin, "POST", f"/v1/admin/enrolments/{device.enrolment}/approval", body)

    async def pair(self, device: Device, **more: Any) -> RoleKeys:
        """All of it, as it goes well."""
        (await device.enrol()).expect(202)
        (await device.reveal()).expect(202)
        (await self.approve(device, **more)).expect(200)
        return device.keys((await device.reveal()).expect(200))

    async def deny(self, holder: str) -> Answer:
        return await send_json(self.admin, "POST", "/v1/admin/denials", {"holder": holder, "reason": "lost"})

    def identity(self, keys: RoleKeys) -> Identity:
        return self.site.mesh.identity(keys)

    async def member(self, name: str) -> Json:
        listed = (await self.admin.send("GET", "/v1/admin/members")).expect(200)["members"]
        (found,) = [one for one in listed if f"{one['kind']}/{one['id']}" == name]
        member: Json = found
        return member


def renewal(site: MemorySite, kind: Kind, keys: RoleKeys, *, box: bool = True, **changes: object) -> Json:
    """A request to renew, signed; `changes` replace fields of what is signed."""
    box_key = public_box_key(keys.box_key) if box and kind in WITH_BOX else None
    asked: Json = {
        "v": 1,
        "org_id": site.mesh.ca.org_id,
        "holder": f"{kind}/{keys.id}",
        "csr": encode_octets(certificate_request(keys.identity_key, keys.id, box_key)),
        "asked_at": encode_time(site.clock.now()),
    }
    raw = encode_object(asked | changes)
    signature = Signer(keys.identity_key).sign(signing.RENEWAL, raw)
    chain = [encode_octets(der) for der in keys.chain]
    return {"request": encode_octets(raw), "signature": encode_octets(signature), "chain": chain}

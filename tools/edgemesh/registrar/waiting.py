"""Who asks to be let in and waits for an administrator: in memory, for ten minutes, few at a time.

Nothing of this is durable: a restart forgets it, devices then begin again. What was decided is in the member store."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest
from ipaddress import IPv6Address, ip_address

from firmware.vault.identity import Kind
from firmware.vault.pairing import NONCE_BYTES, Transcript, commitment
from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from tools.edgemesh.csr import Requested
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.registrar.rates import Rate

LIFETIME = timedelta(minutes=10)
MAX_WAITING = 64
MAX_KNOWN = 256
"""With those that ended and are still to be told so."""
PER_NAME, PER_ADDRESS = 5, 20


class Stage(StrEnum):
    """Where an enrolment is. The last two are final."""

    COMMITTED = "committed"
    REVEALED = "revealed"
    ADMITTED = "admitted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a device asks for. `csr` is DER; `users` only of a client, `url` and `hosts` only of a node."""

    kind: Kind
    name: str
    csr: bytes = field(repr=False)
    commitment: bytes = field(repr=False)
    users: tuple[str, ...] = field(repr=False, default=())
    url: str = ""
    hosts: tuple[str, ...] = ()

    @property
    def holder(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One attempt. `refusal` is the code it ended with, `chain` what it was given (DER, leaf first)."""

    id: str
    asked: Asked
    requested: Requested = field(repr=False)
    address: str
    since: datetime
    expires: datetime
    mesh_nonce: bytes = field(repr=False)
    device_nonce: bytes = field(repr=False, default=b"")
    stage: Stage = Stage.COMMITTED
    refusal: str = ""
    chain: tuple[bytes, ...] = field(repr=False, default=())

    @property
    def waiting(self) -> bool:
        return self.stage in (Stage.COMMITTED, Stage.REVEALED)

    def code(self, ca: bytes) -> str:
        """What the device shows, once both nonces are known; `ca` is the CA's certificate in DER."""
        asked = self.asked
        return Transcript(
            kind=asked.kind,
            name=asked.name,
            csr=asked.csr,
            box_key=self.requested.box_key or b"",
            ca=ca,
            mesh_nonce=self.mesh_nonce,
            device_nonce=self.device_nonce,
            enrolment=self.id,
            users=asked.users,
            url=asked.url,
            hosts=asked.hosts,
        ).code


class WaitingRoom:
    """Keeps enrolments and counts attempts. Its methods do not wait, so none sees another half done."""

    def __init__(self, clock: Clock, random: RandomSource) -> None:
        self._clock, self._random = clock, random
        self._known: dict[str, Enrolment] = {}
        self._names, self._addresses = Rate(PER_NAME), Rate(PER_ADDRESS)

    def enter(self, asked: Asked, requested: Requested, address: str) -> Enrolment:
        """A new enrolment, or the one that waits already for exactly this. Raises `Problem`: enrolment-pending,
        too-many-enrolments."""
        for other in self.waiting():
            if other.asked.holder == asked.holder:
                if other.asked == asked:
                    return other
                raise Problem("enrolment-pending")
        if len(self.waiting()) >= MAX_WAITING:
            raise Problem("too-many-enrolments", "too many devices wait at once")
        self.count(asked, address)
        self._make_room()
        now, enrolment = self._clock.now(), f"e-{self._random.token(16).hex()}"
        nonce = self._random.token(NONCE_BYTES)
        return self._keep(Enrolment(enrolment, asked, requested, address, now, now + LIFETIME, nonce))

    def count(self, asked: Asked, address: str) -> None:
        """One attempt more, for the name and the address. Raises `Problem` too-many-enrolments."""
        now, network = self._clock.now(), _network(address)
        if self._names.spent(asked.holder, now) or self._addresses.spent(network, now):
            raise Problem("too-many-enrolments", "try again in an hour")
        self._names.count(asked.holder, now)
        self._addresses.count(network, now)

    def get(self, enrolment_id: str) -> Enrolment:
        """Raises `Problem`: enrolment-unknown, enrolment-expired."""
        found = self._known.get(enrolment_id)
        if found is None:
            raise Problem("enrolment-unknown")
        if found.expires <= self._clock.now():
            raise Problem("enrolment-expired")
        return found

    def reveal(self, enrolment_id: str, nonce: bytes) -> Enrolment:
        """Take the device's nonce, or prove with it that it is the device that asks again. A wrong one ends an
        enrolment that waits. Raises `Problem`, also commitment-mismatch."""
        found = self.get(enrolment_id)
        if not fits(found, nonce):
            self.refuse(found.id, "commitment-mismatch")
            raise Problem("commitment-mismatch")
        if found.stage is Stage.COMMITTED:
            found = self._keep(replace(found, device_nonce=nonce, stage=Stage.REVEALED))
        return found

    def admit(self, enrolment_id: str, chain: tuple[bytes, ...]) -> Enrolment:
        """It is let in, and is told so for ten minutes from now."""
        found = self._known[enrolment_id]
        expires = self._clock.now() + LIFETIME
        return self._keep(replace(found, stage=Stage.ADMITTED, chain=chain, expires=expires))

    def refuse(self, enrolment_id: str, code: str) -> None:
        """It is over; no change when it was decided before."""
        found = self._known[enrolment_id]
        if found.waiting:
            self._keep(replace(found, stage=Stage.REFUSED, refusal=code))

    def waiting(self) -> Sequence[Enrolment]:
        """Those that wait now, the oldest first."""
        now = self._clock.now()
        return [one for one in self._known.values() if one.waiting and one.expires > now]

    def tidy(self) -> None:
        """Forget what ended ten minutes ago."""
        oldest = self._clock.now() - LIFETIME
        for known in [one.id for one in self._known.values() if one.expires <= oldest]:
            del self._known[known]

    def _make_room(self) -> None:
        self.tidy()
        now = self._clock.now()
        over = [one.id for one in self._known.values() if not one.waiting or one.expires <= now]
        for known in over[: max(0, len(self._known) - MAX_KNOWN + 1)]:
            del self._known[known]

    def _keep(self, enrolment: Enrolment) -> Enrolment:
        self._known[enrolment.id] = enrolment
        return enrolment


def fits(enrolment: Enrolment, nonce: bytes) -> bool:
    """Whether this is the nonce that the device committed to."""
    return compare_digest(commitment(nonce), enrolment.asked.commitment)


def _network(address: str) -> str:
    """What one caller can speak from: an IPv4 address, or an IPv6 network of 64 bits (RFC 4291 2.5.4)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(parsed) if not isinstance(parsed, IPv6Address) else parsed.exploded[:19]

"""Gives members their certificates, each newer than whatever is denied of its holder's name."""

from dataclasses import dataclass, field, replace

from firmware.mesh.tls import validity
from hal.ports.clock import Clock
from tools.edgemesh.ca import Ca
from tools.edgemesh.registrar.denybook import DenyBook
from tools.edgemesh.registrar.records import Member


@dataclass(frozen=True, slots=True)
class Certified:
    """A member with its new certificate (chain in DER, leaf first), stored before the certificate is given out."""

    member: Member
    chain: tuple[bytes, ...] = field(repr=False)


class Certifier:
    """The one place where the CA's key signs certificates for members."""

    def __init__(self, ca: Ca, denybook: DenyBook, clock: Clock) -> None:
        self.ca, self._denybook, self._clock = ca, denybook, clock

    def certify(self, member: Member, key_pem: bytes) -> Certified:
        """A day's certificate for the key whose SubjectPublicKeyInfo is `key_pem`. Raises `CaError`."""
        denial = self._denybook.denial(member.name)
        chain = self.ca.issue(
            key_pem,
            kind=member.kind,
            holder_id=member.id,
            now=self._clock.now(),
            users=member.users,
            box_key=member.box_key,
            hosts=member.hosts,
            after=denial.since if denial else None,
        )
        begins, ends = validity(chain[0])
        return Certified(replace(member, not_before=begins, not_after=ends), tuple(chain))

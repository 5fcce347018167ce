"""What a mesh says of time and of who is denied, right or wrong: for meshes that tests make up."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from firmware.mesh.messages import SignedDenials, SignedTime
from firmware.vault import denials, signing, timing
from firmware.vault.denials import DenyList
from firmware.vault.timing import AuditHead, TimeStatement
from hal.ports.clock import Clock
from tests.support.pki import Holder, Pki

SALT = bytes(16)
HOUR = timedelta(hours=1)


class Truth:
    """`ahead` is how far its clock is off, `vault` whose certificate it shows, `own` where its record stands. Its deny
    list is issued anew each hour while it `reissues`, and as soon as its date is of the future."""

    def __init__(self, pki: Pki, vault: Holder, clock: Clock) -> None:
        self.pki, self.vault, self.clock = pki, vault, clock
        self.ahead = timedelta()
        self.reissues = True
        self.number = 0
        self.denied: Mapping[str, datetime] = {}
        self._issued: tuple[datetime, SignedDenials] | None = None
        self.asked: list[tuple[int, str]] = []
        self.own = AuditHead()

    @property
    def now(self) -> datetime:
        return self.clock.now() + self.ahead

    def signed_time(self, nonce: bytes, audit: tuple[int, str] = (0, "")) -> SignedTime:
        self.asked.append(audit)
        raw = timing.encode(TimeStatement(self.pki.ca.org_id, nonce, self.now, AuditHead(*audit), self.own))
        return SignedTime(raw, self.vault.signer.sign(signing.TIME, raw), self.vault.chain)

    def deny(self, *names: str) -> None:
        """From now on, in a new issue."""
        now = self.now.replace(microsecond=0)
        self.denied = {**self.denied, **dict.fromkeys(names, now)}
        self._issued = None

    def denials(self) -> SignedDenials:
        if self._issued is None or (self.reissues and abs(self.now - self._issued[0]) >= HOUR):
            self._issued = self.now, self._issue()
        return self._issued[1]

    def _issue(self) -> SignedDenials:
        self.number += 1
        now = self.now.replace(microsecond=0)
        raw = denials.encode(DenyList.of(self.pki.ca.org_id, self.number, now, SALT, self.denied))
        return SignedDenials(raw, self.pki.ca.sign_deny_list(raw))

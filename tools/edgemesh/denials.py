"""The deny list as one process of the mesh knows it: replaced by newer issues only, too old after a day."""

from dataclasses import dataclass
from datetime import timedelta

from firmware.vault.denials import DenyList, DenyListError, SignedDenyList
from firmware.vault.identity import TrustAnchor
from hal.ports.clock import Clock
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.turns import Turns

MAX_AGE = timedelta(hours=24)
"""How old the newest issue may be before nothing is released on it; the registrar issues one each hour."""


@dataclass(frozen=True, slots=True)
class _Known:
    signed: SignedDenyList
    denied: DenyList


class Denials:
    """Shared by all roles of a process. Knows nothing until the first `take`; each new issue wakes `changes`."""

    def __init__(self, anchor: TrustAnchor, org_id: str, clock: Clock) -> None:
        self._anchor, self._org_id, self._clock = anchor, org_id, clock
        self._known: _Known | None = None
        self.changes = Turns()

    @property
    def number(self) -> int:
        """Of the issue that is known, 0 for none."""
        return self._known.denied.number if self._known else 0

    def take(self, signed: SignedDenyList) -> DenyList:
        """Take a newer issue; the one that is known again changes nothing. Raises `DenyListError` (also
        `deny-list-older`), `SignatureError`."""
        if self._known and signed == self._known.signed:
            return self._known.denied
        denied = signed.verify(self._anchor, self._org_id)
        if denied.number <= self.number:
            raise DenyListError(f"number {denied.number} after {self.number}", code="deny-list-older")
        self._known = _Known(signed, denied)
        self.changes.wake()
        return denied

    def current(self) -> DenyList:
        """What is denied now. Raises `Problem` `deny-list-stale`."""
        known = self._known
        if known is None or known.denied.issued_at + MAX_AGE < self._clock.now():
            raise Problem("deny-list-stale", "the registrar was not heard for too long")
        return known.denied

    def last(self) -> DenyList:
        """The newest known issue, however old; an empty one before the first."""
        return self._known.denied if self._known else DenyList(self._org_id, 0, self._clock.now(), b"", {})

    def signed(self) -> SignedDenyList:
        """The newest issue as it travels. Raises `Problem` `deny-list-stale` before the first."""
        if self._known is None:
            raise Problem("deny-list-stale", "no issue is known yet")
        return self._known.signed

"""The org key service: one box key an epoch, its signed statement, and the org part of each release."""

from dataclasses import replace
from datetime import timedelta

from firmware.vault import boxes, signing
from firmware.vault.boxes import PartKind
from firmware.vault.signing import Signer
from hal.ports.clock import Clock
from tools.edgemesh.evidence import Evidence, Signed, UsedRequests, Verifier
from tools.edgemesh.peers import OrgPart
from tools.edgemesh.problems import Problem
from tools.edgemesh.records import Epoch
from tools.edgemesh.statements import EpochStatement, encode_epoch, parse_epoch
from tools.edgemesh.stores import EpochStore

EPOCH_LIFETIME = timedelta(days=365)
EPOCH_OVERLAP = timedelta(days=30)
"""How long before its end an epoch is followed by the next."""


class OrgKeys:
    """The org key service's role."""

    def __init__(
        self,
        store: EpochStore,
        *,
        org_id: str,
        signer: Signer,
        chain: tuple[bytes, ...],
        verifier: Verifier,
        clock: Clock,
    ) -> None:
        self.store = store
        self._org_id, self._signer, self._chain = org_id, signer, chain
        self._verifier, self._clock = verifier, clock
        self._used = UsedRequests(clock)

    def rotate(self) -> Epoch:
        """Begin the next epoch; jobs of earlier ones stay releasable until their epoch is suspended or destroyed."""
        latest = self.store.latest()
        number = 1 if latest is None else latest.number + 1
        private_key, box_key = boxes.new_box_key()
        not_after = self._clock.now() + EPOCH_LIFETIME
        raw = encode_epoch(EpochStatement(self._org_id, number, boxes.SUITE, box_key, not_after))
        epoch = Epoch(number, private_key, False, raw, self._signer.sign(signing.EPOCH, raw))
        self.store.put(epoch)
        return epoch

    def suspend(self, number: int, *, suspended: bool) -> None:
        """Refuse the parts of an epoch, or give them again. Raises `Problem` part-withdrawn when there is none."""
        self.store.put(replace(self._epoch(number), suspended=suspended))

    def destroy(self, number: int) -> None:
        """Delete an epoch's private key: every job sealed to it is unreadable for ever."""
        self.store.put(replace(self._epoch(number), private_key=None))

    def _epoch(self, number: int) -> Epoch:
        epoch = self.store.get(number)
        if epoch is None:
            raise Problem("part-withdrawn", f"there is no epoch {number}", part="org")
        return epoch

    def current(self) -> Signed:
        """The latest epoch's statement. Raises `Problem` part-withdrawn while clients must not seal to it."""
        epoch = self.store.latest()
        if epoch is None:
            raise Problem("part-withdrawn", "there is no epoch yet", part="org")
        _usable(epoch)
        return Signed(epoch.statement, epoch.signature, self._chain)

    def part(self, evidence: Evidence) -> OrgPart:
        """The org part, sealed to the station, after our own checks. Raises `Problem`: part-withdrawn, …"""
        proven = self._verifier.release(evidence)
        epoch = self._epoch(proven.manifest.org_epoch)
        private_key = _usable(epoch)
        org_box, recipient = proven.manifest.org_box, boxes.epoch_recipient(epoch.number)
        box = proven.rebox(PartKind.ORG, org_box.box, org_box.suite, private_key, recipient)
        self._used.use(evidence)
        return OrgPart(epoch.number, boxes.SUITE, box)

    async def round(self) -> None:
        """Begin a new epoch in good time."""
        latest = self.store.latest()
        if latest is None or parse_epoch(latest.statement).not_after < self._clock.now() + EPOCH_OVERLAP:
            self.rotate()


def _usable(epoch: Epoch) -> bytes:
    if epoch.suspended:
        raise Problem("part-withdrawn", f"epoch {epoch.number} is suspended", part="org")
    if epoch.private_key is None:
        raise Problem("part-withdrawn", f"epoch {epoch.number} was destroyed", part="org")
    return epoch.private_key

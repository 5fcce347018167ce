"""The org key service: one box key an epoch, its signed statement, and the org part of each release."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from firmware.vault import boxes, signing
from firmware.vault.boxes import BoxError, PartKind
from firmware.vault.manifest import Manifest
from hal.ports.clock import Clock
from tools.edgemesh.evidence import Evidence, UsedRequests, Verifier
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.looking import Looking, Onlooker, Seen, each
from tools.edgemesh.manifests import parsed
from tools.edgemesh.peers import OrgPart
from tools.edgemesh.signed import Signed
from tools.edgemesh.statements import EpochStatement, encode_epoch, parse_epoch
from tools.edgemesh.storage.records import Epoch, Held, Rebox
from tools.edgemesh.storage.stores import EpochStore

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
        keys: RoleKeys,
        verifier: Verifier,
        clock: Clock,
    ) -> None:
        self.store = store
        self._org_id, self._keys = org_id, keys
        self._verifier, self._clock = verifier, clock
        self._used = UsedRequests(clock)

    def rotate(self, held: Held = Held.KEEP) -> Epoch:
        """Begin the next epoch. The vault then sees to it that the held jobs of the earlier ones fare as `held` says,
        or as was said more strictly before."""
        latest = self.store.latest()
        number = 1 if latest is None else latest.number + 1
        private_key, box_key = boxes.new_box_key()
        not_after = self._clock.now() + EPOCH_LIFETIME
        raw = encode_epoch(EpochStatement(self._org_id, number, boxes.SUITE, box_key, not_after))
        epoch = Epoch(number, private_key, False, raw, self._keys.signer.sign(signing.EPOCH, raw))
        earlier = [replace(old, held=held.stricter(old.held)) for old in self.store.all() if old.private_key]
        self.store.put(*earlier, epoch)
        return epoch

    def suspend(self, number: int, *, suspended: bool) -> Epoch:
        """Refuse the parts of an epoch, or give them again. Raises `Problem` epoch-unknown, epoch-destroyed."""
        epoch = self.epoch(number)
        if epoch.private_key is None:
            raise Problem("epoch-destroyed")
        return self._put(replace(epoch, suspended=suspended))

    def destroy(self, number: int) -> Epoch:
        """Delete an epoch's private key: every job sealed to it is unreadable for ever. Raises `Problem`
        epoch-unknown."""
        return self._put(replace(self.epoch(number), private_key=None))

    def retire(self, number: int) -> Epoch:
        """Delete the key of an epoch that no job needs any more, by the vault's word. Raises `Problem` epoch-unknown,
        epoch-current."""
        epoch = self.epoch(number)
        if epoch.held is None:
            raise Problem("epoch-current", f"epoch {number} is the current one")
        return epoch if epoch.private_key is None else self._put(replace(epoch, private_key=None))

    def closing(self) -> Sequence[Epoch]:
        """The epochs whose keys are still there and that others have followed."""
        return [epoch for epoch in self.store.all() if epoch.held and epoch.private_key]

    def _put(self, epoch: Epoch) -> Epoch:
        self.store.put(epoch)
        return epoch

    def epoch(self, number: int) -> Epoch:
        """Raises `Problem` epoch-unknown."""
        epoch = self.store.get(number)
        if epoch is None:
            raise Problem("epoch-unknown", f"there is no epoch {number}")
        return epoch

    def current(self) -> Signed:
        """The latest epoch's statement. Raises `Problem` part-withdrawn while clients must not seal to it."""
        epoch = self.store.latest()
        if epoch is None:
            raise Problem("part-withdrawn", "there is no epoch yet", part="org")
        _usable(epoch)
        return Signed(epoch.statement, epoch.signature, self._keys.chain)

    def place(self, signed: Signed) -> int:
        """The number of the epoch under which a job's org part lies, after it was sealed anew to the current one where
        its own gives its jobs up that way and neither is suspended. Raises `Problem` and `ManifestError`."""
        manifest = self._verifier.manifest(signed)
        found = self._sealed(manifest, signed.raw)
        epoch, current = self._of(found), self.store.latest()
        if epoch.held is not Held.REBOX or current is None or not (_is_usable(epoch) and _is_usable(current)):
            return found.epoch
        statement = parse_epoch(current.statement)
        org_id, job_id = manifest.org_id, manifest.job_id
        info, to_info = (
            boxes.submit_info(PartKind.ORG, org_id, job_id, boxes.epoch_recipient(number))
            for number in (found.epoch, current.number)
        )
        try:
            part = boxes.open_box(found.box, _usable(epoch), info, found.suite)
        except BoxError as exc:
            raise Problem("part-refused", exc.code, part="org") from exc
        box = boxes.seal(part, statement.box_key, to_info, statement.suite)
        self.store.put_rebox(replace(found, epoch=current.number, suite=statement.suite, box=box))
        return current.number

    def part(self, evidence: Evidence) -> OrgPart:
        """The org part, sealed to the station, after our own checks. Raises `Problem`: part-withdrawn, …"""
        proven = self._verifier.release(evidence)
        found = self._sealed(proven.manifest, evidence.manifest.raw)
        private_key, recipient = _usable(self._of(found)), boxes.epoch_recipient(found.epoch)
        box = proven.rebox(PartKind.ORG, found.box, found.suite, private_key, recipient)
        self._used.use(evidence)
        return OrgPart(found.epoch, boxes.SUITE, box)

    def previews(self, looking: Looking, manifests: Sequence[Signed]) -> Seen:
        """The org part of each of these jobs, for one session, after our own checks. Raises `Problem` where the request
        is refused."""
        onlooker = Onlooker(self._verifier, looking)

        def box(signed: Signed) -> bytes:
            manifest = self._verifier.manifest(signed)
            onlooker.may_see(manifest)
            found = self._sealed(manifest, signed.raw)
            key, recipient = _usable(self._of(found)), boxes.epoch_recipient(found.epoch)
            return onlooker.rebox(PartKind.ORG, manifest, found.box, found.suite, key=key, recipient=recipient)

        return each(manifests, _job_of, box)

    def _sealed(self, manifest: Manifest, raw: bytes) -> Rebox:
        """The org part as it lies now: in the manifest, or sealed anew since. Another manifest of the same job's id
        has a part of its own."""
        digest, own = hashlib.sha256(raw).digest(), manifest.org_box
        anew = self.store.rebox(manifest.job_id)
        if anew is not None and anew.manifest == digest:
            return anew
        return Rebox(manifest.job_id, digest, manifest.org_epoch, own.suite, own.box, manifest.expires_at)

    def _of(self, found: Rebox) -> Epoch:
        epoch = self.store.get(found.epoch)
        if epoch is None:
            raise Problem("part-withdrawn", f"there is no epoch {found.epoch}", part="org")
        return epoch

    async def round(self) -> None:
        """Begin a new epoch in good time; forget what was sealed anew for jobs that are over."""
        now, latest = self._clock.now(), self.store.latest()
        if latest is None or parse_epoch(latest.statement).not_after < now + EPOCH_OVERLAP:
            self.rotate()
        self.store.drop_reboxes(now)


def _job_of(signed: Signed) -> str:
    return parsed(signed.raw).job_id


def _is_usable(epoch: Epoch) -> bool:
    return epoch.private_key is not None and not epoch.suspended


def _usable(epoch: Epoch) -> bytes:
    if epoch.suspended:
        raise Problem("part-withdrawn", f"epoch {epoch.number} is suspended", part="org")
    if epoch.private_key is None:
        raise Problem("part-withdrawn", f"epoch {epoch.number} was destroyed", part="org")
    return epoch.private_key

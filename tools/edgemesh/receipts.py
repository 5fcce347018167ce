"""The receipts that stations hand in with their final reports: believed here first, kept for a while, told again."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import timedelta

from firmware.vault.identity import Identity
from firmware.vault.receipt import Receipt, ReceiptError, believe
from firmware.vault.receipt_form import parse, parse_file
from hal.ports.clock import Clock
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.leases import Told
from tools.edgemesh.storage.records import Job, KeptReceipt
from tools.edgemesh.storage.stores import DeskStore, ReceiptStore

MEMORY = timedelta(days=90)
"""How long a receipt is kept from when it was taken in, however long the job is remembered: a quarter of a year, in
which a refund is asked for. Whoever wants it for longer keeps the file, which proves itself."""


def digest(file: bytes) -> str:
    """What a record calls a receipt: the SHA-256 of its signed bytes in hex, whatever chain came with them."""
    return hashlib.sha256(parse_file(file).raw).hexdigest()


class Receipts:
    """Takes in receipts, and finds them again."""

    def __init__(self, store: ReceiptStore, people: DeskStore, verifier: Verifier, clock: Clock) -> None:
        self._store, self._people, self._verifier, self._clock = store, people, verifier, clock

    def believed(self, file: bytes, station: Identity, job: Job, told: Told) -> KeptReceipt:
        """The receipt that this station handed in with a report of this job, once all of it holds. Raises
        `ReceiptError`; `Problem` receipt-differs where it gave another one with the same report before."""
        shown = parse_file(file)
        found = parse(shown.raw)
        signer = believe(found, shown, self._verifier.anchor)
        if signer.public_key != station.public_key:
            raise ReceiptError("signed by another key than the station's own", code="receipt-foreign")
        _check_agreement(found, self._verifier.org_id, station, job, told)
        before = self._store.get(told.release_id, told.sequence)
        if before is not None and parse_file(before.file).raw != shown.raw:
            raise Problem("receipt-differs")
        return KeptReceipt(told.release_id, told.sequence, job.job_id, job.owner, self._clock.now(), file)

    def keep(self, receipt: KeptReceipt) -> None:
        """Once kept, it stays as it is."""
        self._store.put(receipt)

    def of_job(self, job_id: str) -> Sequence[KeptReceipt]:
        """Oldest first."""
        return self._store.of_job(job_id)

    def own(self, job_id: str, users: Collection[str]) -> Sequence[KeptReceipt]:
        """Those of a job of one of these people, and of nobody who had the name before."""
        return [one for one in self._store.of_job(job_id) if one.owner in users and self._is_of_now(one)]

    def _is_of_now(self, receipt: KeptReceipt) -> bool:
        owner = self._people.user(receipt.owner)
        return owner is not None and owner.since <= receipt.since

    def forget_owner(self, owner: str) -> None:
        """A person was removed."""
        self._store.forget_owner(owner)

    def tidy(self) -> None:
        """Forget what is too old."""
        self._store.drop(self._clock.now() - MEMORY)


def _check_agreement(found: Receipt, org_id: str, station: Identity, job: Job, told: Told) -> None:
    """It is about the very release that is reported, and says what the report says."""
    about = (found.org_id, found.station_id, found.job_id, found.manifest)
    if about != (org_id, station.id, job.job_id, hashlib.sha256(job.manifest).hexdigest()):
        raise ReceiptError("about another job or station", code="receipt-foreign")
    if (found.release_id, found.fence, found.sequence) != (told.release_id, told.fence, told.sequence):
        raise ReceiptError("about another release", code="receipt-foreign")
    said = (found.outcome.value, found.pages, found.impressions)
    if said != (told.kind.value, told.pages, told.impressions):
        raise ReceiptError("it says something else than the report", code="receipt-foreign")

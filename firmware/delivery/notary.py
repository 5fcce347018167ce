"""What a station signs of its releases: a draft when the transmission begins, and the receipt when it is known how it
ended. Both are texts for the ledger, so that a report told again after a crash brings the very same receipt."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from firmware.errors import LockgateError
from firmware.mesh.messages import Grant, Report
from firmware.vault.receipt import LONGEST_TEXT, Asked, Outcome, Printer, Receipt, ReceiptError, Sign
from firmware.vault.receipt_form import encode, issue, parse
from hal.ports.clock import Clock
from hal.ports.errors import DeviceError

LOG = logging.getLogger("lockgate.delivery")


@dataclass(frozen=True, slots=True)
class Notary:
    """Signs as the station does. `chain` gives its certificates as they are now (DER, leaf first), `is_trusted` says
    whether the clock goes by the mesh's signed time."""

    org_id: str
    station_id: str
    sign: Sign
    chain: Callable[[], tuple[bytes, ...]]
    clock: Clock
    is_trusted: Callable[[], bool]

    def draft(self, grant: Grant, manifest: bytes, printer: Printer, asked: Asked) -> str:
        """What is known as the transmission begins, now. `manifest` are the job's exact bytes; what a printer says of
        itself is cut to what a receipt takes."""
        now = self._now()
        receipt = Receipt(
            org_id=self.org_id,
            release_id=grant.release_id,
            job_id=grant.job_id,
            fence=grant.fence,
            sequence=0,
            manifest=hashlib.sha256(manifest).hexdigest(),
            station_id=self.station_id,
            printer=Printer(_printable(printer.uuid), _printable(printer.model), _printable(printer.name)),
            asked=asked,
            outcome=Outcome.UNKNOWN,
            pages=None,
            impressions=None,
            sheets=None,
            told=False,
            began=now,
            ended=now,
            clock_trusted=self.is_trusted(),
        )
        return encode(receipt).decode()

    def receipt(self, draft: str, report: Report, *, sheets: int | None = None, told: bool = False) -> str:
        """The signed receipt for a final report that ends the draft's release now; to be kept, and sent with the report
        as often as that is told. Empty where none can be made: an outcome is told all the same."""
        try:
            begun = parse(draft.encode())
            ended = replace(
                begun,
                sequence=report.sequence,
                outcome=Outcome(report.kind.value),
                pages=report.pages,
                impressions=report.impressions,
                sheets=sheets,
                told=told,
                ended=self._now(),
                clock_trusted=begun.clock_trusted and self.is_trusted(),
            )
            _require(begun, report)
            return issue(ended, self.sign, self.chain()).decode()
        except (LockgateError, DeviceError, ValueError) as exc:
            LOG.warning("no receipt for release %s: %s", report.release_id, getattr(exc, "code", type(exc).__name__))
            return ""

    def _now(self) -> datetime:
        return self.clock.now().replace(microsecond=0)


def _require(begun: Receipt, report: Report) -> None:
    if (begun.release_id, begun.fence) != (report.release_id, report.fence):
        raise ReceiptError("a draft of another release", code="receipt-foreign")


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:LONGEST_TEXT]

"""A receipt for people and for programs: what it says, in a few lines or as values. It says them of a proven one only;
its texts are a printer's and may not command a terminal."""

import hashlib
from dataclasses import dataclass

from firmware.mesh.answers import printable
from firmware.vault.fields import encode_time
from firmware.vault.identity import TrustAnchor
from firmware.vault.receipt import Asked, Outcome, Receipt, ReceiptError
from firmware.vault.receipt_form import parse_file, verify

_OUTCOMES = {
    Outcome.PRINTED: "Printed",
    Outcome.STOPPED: "Stopped before its end",
    Outcome.UNKNOWN: "How it ended is not known",
}


@dataclass(frozen=True, slots=True)
class Proven:
    """A receipt that was verified, and the SHA-256 in hex by which audit records name it."""

    receipt: Receipt
    digest: str


def proven(file: bytes, anchor: TrustAnchor, job_id: str = "") -> Proven:
    """The receipt in a file, once it is verified and found to be about that job (empty: any). Raises `ReceiptError`."""
    found = verify(file, anchor)
    if job_id and found.job_id != job_id:
        raise ReceiptError("about another job", code="receipt-foreign")
    return Proven(found, hashlib.sha256(parse_file(file).raw).hexdigest())


def sentence(found: Proven) -> str:
    """All of it, as lines."""
    receipt = found.receipt
    lines = {
        "job": receipt.job_id,
        "release": receipt.release_id,
        "station": f"{receipt.station_id} of {receipt.org_id}",
        "printer": ", ".join(
            text for text in (receipt.printer.name, receipt.printer.model, receipt.printer.uuid) if text
        ),
        "asked for": _asked(receipt.asked),
        "began": encode_time(receipt.began) if receipt.began else "never",
        "ended": encode_time(receipt.ended) + ("" if receipt.clock_trusted else " (by a clock that nobody had set)"),
        "known by": _known_by(receipt),
        "manifest": receipt.manifest,
        "digest": found.digest,
    }
    body = "\n".join(f"  {name:<10} {printable(text) or '-'}" for name, text in lines.items())
    signed = f"Signed by station {receipt.station_id}; the signature is good."
    return f"{_OUTCOMES[receipt.outcome]}{_counts(receipt)}.\n{body}\n{signed}"


def _counts(receipt: Receipt) -> str:
    in_all, now = (" in all", " this time") if receipt.asked.first_page > 1 else ("", "")
    counts = ((receipt.pages, "page", in_all), (receipt.impressions, "impression", now), (receipt.sheets, "sheet", now))
    told = [f"{count} {name}{'' if count == 1 else 's'}{when}" for count, name, when in counts if count is not None]
    return f": {', '.join(told)}" if told else ""


def _known_by(receipt: Receipt) -> str:
    if receipt.told:
        return "a person's word"
    return "nobody" if receipt.outcome is Outcome.UNKNOWN else "the printer's word"


def _asked(asked: Asked) -> str:
    copies = "1 copy" if asked.copies == 1 else f"{asked.copies} copies"
    first = f"from page {asked.first_page}" if asked.first_page > 1 else ""
    return ", ".join(text for text in (copies, asked.sides, asked.color_mode, first) if text)


def values(found: Proven) -> dict[str, object]:
    """The same for a program."""
    receipt = found.receipt
    printer, asked = receipt.printer, receipt.asked
    return {
        "valid": True,
        "digest": found.digest,
        "outcome": receipt.outcome.value,
        "pages": receipt.pages,
        "impressions": receipt.impressions,
        "sheets": receipt.sheets,
        "told": receipt.told,
        "org_id": receipt.org_id,
        "station": receipt.station_id,
        "job": receipt.job_id,
        "release": receipt.release_id,
        "fence": receipt.fence,
        "sequence": receipt.sequence,
        "manifest": receipt.manifest,
        "printer": {"uuid": printer.uuid, "model": printer.model, "name": printer.name},
        "asked": {
            "copies": asked.copies,
            "sides": asked.sides,
            "color_mode": asked.color_mode,
            "first_page": asked.first_page,
        },
        "began": encode_time(receipt.began) if receipt.began else None,
        "ended": encode_time(receipt.ended),
        "clock_trusted": receipt.clock_trusted,
    }

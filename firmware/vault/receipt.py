"""The receipt: what a station says, over its signature, of what became of one release. It is what a refund is asked
for with, so whoever has the organisation's CA can check it, without the mesh and years later."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from firmware.errors import LockgateError
from firmware.vault import signing
from firmware.vault.identity import Identity, IdentityError, Kind, TrustAnchor
from firmware.vault.signing import SignatureError

LONGEST_TEXT = 255
MOST_COPIES = 9999
_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class ReceiptError(LockgateError):
    """Codes: `receipt-malformed`, `receipt-untrusted` (its signer has no certificate of the organisation's CA that was
    valid when it ended), `receipt-forged` (the signature does not fit), `receipt-foreign` (signed by another than the
    station it names, or about another release than the one it came with)."""

    code = "receipt-malformed"


class Outcome(StrEnum):
    """What became of a release; as in a report."""

    PRINTED = "printed"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Printer:
    """The printer by its printer-uuid, its make and model, and its name: as it says them or as they are configured,
    each empty where nobody says it, and of at most 255 printable characters."""

    uuid: str = ""
    model: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the printer was really asked for: `sides` and `color_mode` are IPP keywords, empty where that was left to
    the printer; `first_page` is the document's page that the print began with, from 1."""

    copies: int = 1
    sides: str = ""
    color_mode: str = ""
    first_page: int = 1


@dataclass(frozen=True, slots=True)
class Receipt:
    """One release, as the station saw it end.

    `manifest` is the SHA-256 of the job's manifest in hex. `pages`: so many of the document's first pages are known
    to have come out, those of earlier releases among them; `impressions` and `sheets` are the printer's own counts of
    this release; None each where nobody knows. `told`: a person's word was needed. `began` is when the transmission
    began, None where it never did. Times are aware, UTC, whole seconds; `clock_trusted` says whether the station had
    them from the mesh's signed time."""

    org_id: str
    release_id: str
    job_id: str
    fence: int
    sequence: int
    manifest: str
    station_id: str
    printer: Printer
    asked: Asked
    outcome: Outcome
    pages: int | None
    impressions: int | None
    sheets: int | None
    told: bool
    began: datetime | None
    ended: datetime
    clock_trusted: bool


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt as it travels: its exact bytes, the signature (label `lockgate/v1/receipt`), and the station's chain
    (DER, leaf first)."""

    raw: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)


Sign = Callable[[bytes, bytes], bytes]
"""`Signer.sign` of the station's identity: a signature over a message under a label."""


def signed(raw: bytes, sign: Sign, chain: tuple[bytes, ...]) -> SignedReceipt:
    """The bytes of an encoded receipt, signed by the station with that chain."""
    return SignedReceipt(raw, sign(signing.RECEIPT, raw), chain)


def believe(receipt: Receipt, shown: SignedReceipt, anchor: TrustAnchor) -> Identity:
    """Check that the station which `receipt` names signed it (`shown` is what it was read from), under a certificate
    that was valid when the release ended. Where the station had no trusted time, at any time. Raises `ReceiptError`."""
    signer = _signer(receipt, shown, anchor)
    try:
        signing.verify(signer, signing.RECEIPT, shown.raw, shown.signature)
    except SignatureError as exc:
        raise ReceiptError("the signature does not fit", code="receipt-forged") from exc
    if (signer.org_id, signer.kind, signer.id) != (receipt.org_id, Kind.STATION, receipt.station_id):
        raise ReceiptError("signed by another than the station it names", code="receipt-foreign")
    return signer


def _signer(receipt: Receipt, shown: SignedReceipt, anchor: TrustAnchor) -> Identity:
    """A chain can be told valid `at some time from the beginning of time on` where no better time is known."""
    moment = receipt.ended if receipt.clock_trusted else _ANY_TIME
    try:
        return anchor.identify(shown.chain, moment, or_later=not receipt.clock_trusted)
    except IdentityError as exc:
        raise ReceiptError(exc.code, code="receipt-untrusted") from exc

"""How a receipt is spelt: the one form of its bytes, the file it travels in with its signature, and their strict
reading."""

import re
from collections.abc import Callable

from firmware.vault.fields import FieldError, Fields, encode_object, encode_octets, encode_time, read_object
from firmware.vault.identity import MAX_CHAIN, TrustAnchor, is_id, is_org_id
from firmware.vault.receipt import (
    LONGEST_TEXT,
    MOST_COPIES,
    Asked,
    Outcome,
    Printer,
    Receipt,
    ReceiptError,
    Sign,
    SignedReceipt,
    believe,
    signed,
)

VERSION = 1
MAX_BYTES = 16 * 1024
"""Of the file, its signature and chain among them."""
_MAX_SIGNATURE = 128  # an ECDSA P-256 signature in DER has at most 72
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEYWORD = re.compile(r"[a-z0-9._-]*")
_NAMES = (
    *("v", "org_id", "release_id", "job_id", "fence", "sequence", "manifest", "station_id", "printer", "asked"),
    *("outcome", "pages", "impressions", "sheets", "told", "began", "ended", "clock_trusted"),
)


def encode(receipt: Receipt) -> bytes:
    """The bytes to sign."""
    printer, asked = receipt.printer, receipt.asked
    return encode_object(
        {
            "v": VERSION,
            "org_id": receipt.org_id,
            "release_id": receipt.release_id,
            "job_id": receipt.job_id,
            "fence": receipt.fence,
            "sequence": receipt.sequence,
            "manifest": receipt.manifest,
            "station_id": receipt.station_id,
            "printer": {"uuid": printer.uuid, "model": printer.model, "name": printer.name},
            "asked": {
                "copies": asked.copies,
                "sides": asked.sides,
                "color_mode": asked.color_mode,
                "first_page": asked.first_page,
            },
            "outcome": receipt.outcome.value,
            "pages": receipt.pages,
            "impressions": receipt.impressions,
            "sheets": receipt.sheets,
            "told": receipt.told,
            "began": None if receipt.began is None else encode_time(receipt.began),
            "ended": encode_time(receipt.ended),
            "clock_trusted": receipt.clock_trusted,
        }
    )


def parse(raw: bytes) -> Receipt:
    """Read what was signed; believe nothing of it yet. Only the very bytes that `encode` makes are one: what else says
    the same is none. Raises `ReceiptError` `receipt-malformed`."""
    if len(raw) > MAX_BYTES:
        raise ReceiptError("longer than 16 KiB")
    try:
        found = _receipt(read_object(raw, _NAMES))
    except FieldError as exc:
        raise _malformed(exc) from exc
    if encode(found) != raw:
        raise ReceiptError("not in its one form")
    return found


def issue(receipt: Receipt, sign: Sign, chain: tuple[bytes, ...]) -> bytes:
    """The file of a receipt that this station signs now. Raises `ReceiptError` for one that nobody would read."""
    raw = encode(receipt)
    parse(raw)
    file = pack(signed(raw, sign, chain))
    parse_file(file)
    return file


def pack(shown: SignedReceipt) -> bytes:
    """A signed receipt as one file."""
    chain = [encode_octets(certificate) for certificate in shown.chain]
    about = {"receipt": encode_octets(shown.raw), "signature": encode_octets(shown.signature), "chain": chain}
    return encode_object({"v": VERSION, **about})


def parse_file(file: bytes) -> SignedReceipt:
    """Read a file of at most 16 KiB; nothing is verified yet. Raises `ReceiptError` `receipt-malformed`."""
    if len(file) > MAX_BYTES:
        raise ReceiptError("longer than 16 KiB")
    try:
        fields = read_object(file, ("v", "receipt", "signature", "chain"))
        fields.integer("v", least=VERSION, most=VERSION)
        raw = fields.octets("receipt", shortest=1, longest=MAX_BYTES)
        signature = fields.octets("signature", shortest=1, longest=_MAX_SIGNATURE)
        items = fields.items("chain", fewest=1, most=MAX_CHAIN)
        return SignedReceipt(raw, signature, tuple(_certificate(item) for item in items))
    except FieldError as exc:
        raise _malformed(exc) from exc


def verify(file: bytes, anchor: TrustAnchor) -> Receipt:
    """What a file says, once it is proven that the station it names signed it. Raises `ReceiptError`."""
    shown = parse_file(file)
    found = parse(shown.raw)
    believe(found, shown, anchor)
    return found


def _malformed(error: FieldError) -> ReceiptError:
    """In words, also where the error is a field's name alone."""
    said = str(error)
    return ReceiptError(said if " " in said else f'"{said}" is not as it must be')


def _certificate(item: object) -> bytes:
    return Fields({"chain": item}, ("chain",)).octets("chain", shortest=1, longest=MAX_BYTES)


def _receipt(fields: Fields) -> Receipt:
    fields.integer("v", least=VERSION, most=VERSION)
    return Receipt(
        org_id=_matching(fields, "org_id", is_org_id),
        release_id=_matching(fields, "release_id", is_id),
        job_id=_matching(fields, "job_id", is_id),
        fence=fields.integer("fence", least=1),
        sequence=fields.integer("sequence"),
        manifest=_matching(fields, "manifest", _DIGEST.fullmatch),
        station_id=_matching(fields, "station_id", is_id),
        printer=_printer(fields.value("printer")),
        asked=_asked(fields.value("asked")),
        outcome=_outcome(fields.text("outcome", longest=16)),
        pages=_count(fields, "pages"),
        impressions=_count(fields, "impressions"),
        sheets=_count(fields, "sheets"),
        told=_flag(fields, "told"),
        began=None if fields.value("began") is None else fields.time("began"),
        ended=fields.time("ended"),
        clock_trusted=_flag(fields, "clock_trusted"),
    )


def _printer(value: object) -> Printer:
    fields = Fields(value, ("uuid", "model", "name"))
    return Printer(*(_matching(fields, name, str.isprintable, 0) for name in ("uuid", "model", "name")))


def _asked(value: object) -> Asked:
    fields = Fields(value, ("copies", "sides", "color_mode", "first_page"))
    sides, color = (_matching(fields, name, _KEYWORD.fullmatch, 0) for name in ("sides", "color_mode"))
    copies = fields.integer("copies", least=1, most=MOST_COPIES)
    return Asked(copies, sides, color, fields.integer("first_page", least=1))


def _outcome(text: str) -> Outcome:
    try:
        return Outcome(text)
    except ValueError as exc:
        raise FieldError("outcome") from exc


def _matching(fields: Fields, name: str, fits: Callable[[str], object], shortest: int = 1) -> str:
    text = fields.text(name, longest=LONGEST_TEXT, shortest=shortest)
    if not fits(text):
        raise FieldError(name)
    return text


def _count(fields: Fields, name: str) -> int | None:
    return None if fields.value(name) is None else fields.integer(name)


def _flag(fields: Fields, name: str) -> bool:
    value = fields.value(name)
    if not isinstance(value, bool):
        raise FieldError(name)
    return value

"""Receipts: what is signed is what is read, there is one spelling, and nobody signs what nobody would read."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.vault.fields import MAX_INTEGER
from firmware.vault.identity import Kind
from firmware.vault.receipt import MOST_COPIES, Asked, Outcome, Printer, Receipt, ReceiptError, SignedReceipt
from firmware.vault.receipt_form import MAX_BYTES, encode, issue, pack, parse, parse_file, verify
from tests.support.pki import NOW, ORG, Pki

PKI = Pki()
STATION = PKI.holder(Kind.STATION, "lobby")
GOOD = Receipt(
    org_id=ORG,
    release_id=f"r-{'0' * 32}",
    job_id="01900000-0000-7000-8000-000000000000",
    fence=1,
    sequence=1_000_000,
    manifest="0" * 64,
    station_id="lobby",
    printer=Printer("urn:uuid:0", "Grüner 9000", "hall"),
    asked=Asked(),
    outcome=Outcome.PRINTED,
    pages=3,
    impressions=3,
    sheets=None,
    told=False,
    began=NOW,
    ended=NOW + timedelta(minutes=1),
    clock_trusted=True,
)

COUNTS = st.none() | st.integers(0, MAX_INTEGER)
TIMES = st.integers(0, 253_402_300_799).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
TEXTS = st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=255).filter(str.isprintable)
KEYWORDS = st.text("abcz059-_.", max_size=255)
RECEIPTS = st.builds(
    replace,
    st.just(GOOD),
    fence=st.integers(1, MAX_INTEGER),
    sequence=st.integers(0, MAX_INTEGER),
    printer=st.builds(Printer, TEXTS, TEXTS, TEXTS),
    asked=st.builds(Asked, st.integers(1, MOST_COPIES), KEYWORDS, KEYWORDS, st.integers(1, MAX_INTEGER)),
    outcome=st.sampled_from(Outcome),
    pages=COUNTS,
    impressions=COUNTS,
    sheets=COUNTS,
    told=st.booleans(),
    began=st.none() | TIMES,
    ended=TIMES,
    clock_trusted=st.just(False),
)


@given(RECEIPTS)
def test_what_was_signed_is_what_is_read(receipt: Receipt) -> None:
    file = issue(receipt, STATION.signer.sign, STATION.chain)
    assert verify(file, PKI.anchor) == receipt
    assert pack(parse_file(file)) == file
    assert len(file) < MAX_BYTES


@given(st.data())
def test_no_change_of_a_byte_goes_unseen(data: st.DataObject) -> None:
    """Whatever still reads as a receipt says the same, or is not believed."""
    file = bytearray(issue(GOOD, STATION.signer.sign, STATION.chain))
    file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ReceiptError):
        assert verify(bytes(file), PKI.anchor) == GOOD


@given(st.binary(max_size=300))
def test_bytes_are_a_receipt_or_refused(raw: bytes) -> None:
    for read in (parse, parse_file):
        with pytest.raises(ReceiptError, match="receipt-malformed"):
            read(raw)


@pytest.mark.parametrize(
    "changes",
    [
        {"station_id": "the lobby"},
        {"manifest": "none"},
        {"pages": -1},
        {"fence": 0},
        {"printer": Printer(model="two\nlines")},
        {"printer": Printer(name="n" * 256)},
        {"asked": Asked(copies=0)},
        {"asked": Asked(sides="Both Sides")},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_nobody_signs_what_nobody_would_read(changes: dict[str, Any]) -> None:
    with pytest.raises(ReceiptError, match="receipt-malformed"):
        issue(replace(GOOD, **changes), STATION.signer.sign, STATION.chain)


def test_a_file_has_a_greatest_size() -> None:
    raw = encode(GOOD)
    with pytest.raises(ReceiptError, match="16 KiB"):
        parse(raw.ljust(MAX_BYTES + 1))
    with pytest.raises(ReceiptError, match="16 KiB"):
        parse_file(pack(SignedReceipt(raw, b"signature", (bytes(MAX_BYTES),))))
    with pytest.raises(ReceiptError, match="16 KiB"):
        issue(GOOD, STATION.signer.sign, (bytes(MAX_BYTES),))


def test_nothing_of_it_is_in_its_repr() -> None:
    shown = SignedReceipt(encode(GOOD), b"signature", STATION.chain)
    assert "lobby" not in repr(shown)

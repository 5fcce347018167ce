"""Receipts in words: what a person reads, what a program gets, and that only a proven one is said at all."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from firmware.mesh.decode import Fields
from firmware.mesh.port import MeshProtocolError
from firmware.vault.fields import encode_octets
from firmware.vault.identity import Kind
from firmware.vault.receipt import Asked, Outcome, Printer, Receipt, ReceiptError
from firmware.vault.receipt_form import issue
from tests.support.pki import NOW, ORG, Pki
from tools.submit.errors import SubmitError
from tools.submit.receipt_words import proven, sentence, values
from tools.submit.receipts import answered, parse, standing, write_newest

PKI = Pki()
STATION = PKI.holder(Kind.STATION, "lobby")
JOB = "01900000-0000-7000-8000-000000000000"
GOOD = Receipt(
    org_id=ORG,
    release_id=f"r-{'0' * 32}",
    job_id=JOB,
    fence=1,
    sequence=9,
    manifest="0" * 64,
    station_id="lobby",
    printer=Printer("urn:uuid:0", "Example 9000", ""),
    asked=Asked(2, "one-sided", "", 3),
    outcome=Outcome.STOPPED,
    pages=4,
    impressions=1,
    sheets=None,
    told=True,
    began=None,
    ended=NOW + timedelta(minutes=1),
    clock_trusted=True,
)


def file(**changes: Any) -> bytes:
    return issue(replace(GOOD, **changes), STATION.signer.sign, STATION.chain)


def test_a_person_reads_what_was_printed() -> None:
    text = sentence(proven(file(), PKI.anchor, JOB))
    assert text.startswith("Stopped before its end: 4 pages in all, 1 impression this time.\n")
    for line in (
        "asked for  2 copies, one-sided, from page 3",
        "printer    Example 9000, urn:uuid:0",
        "began      never",
    ):
        assert f"  {line}\n" in text
    assert "known by   a person's word" in text
    assert text.endswith("Signed by station lobby; the signature is good.")


def test_what_is_not_known_is_not_said() -> None:
    nothing: dict[str, Any] = {
        "pages": None,
        "impressions": None,
        "printer": Printer(),
        "asked": Asked(),
        "told": False,
    }
    text = sentence(proven(file(outcome=Outcome.UNKNOWN, began=NOW, clock_trusted=False, **nothing), PKI.anchor))
    assert text.startswith("How it ended is not known.\n")
    for line in ("printer    -", "asked for  1 copy", "known by   nobody"):
        assert f"  {line}\n" in text
    assert "(by a clock that nobody had set)" in text


def test_who_knows_it_is_said() -> None:
    printed = sentence(proven(file(outcome=Outcome.PRINTED, told=False), PKI.anchor))
    assert "  known by   the printer's word\n" in printed


def test_a_program_gets_all_of_it() -> None:
    told = values(proven(file(), PKI.anchor))
    assert {"valid": True, "outcome": "stopped", "pages": 4, "sheets": None, "told": True}.items() <= told.items()
    assert told["asked"] == {"copies": 2, "sides": "one-sided", "color_mode": "", "first_page": 3}


def test_another_jobs_is_none_of_this_one() -> None:
    with pytest.raises(ReceiptError, match="receipt-foreign"):
        proven(file(), PKI.anchor, JOB.replace("8000", "9000"))


@pytest.mark.parametrize(
    ("state", "pages", "words"),
    [
        ("held", 2, "held again after page 2"),
        ("held", None, "held"),
        ("unknown", 2, "unknown, at least as far as page 2"),
        ("printed", 2, "printed"),
        ("", None, ""),
    ],
)
def test_how_a_job_stands(state: str, pages: int | None, words: str) -> None:
    assert standing(state, pages) == words


def test_an_answer_with_something_unreadable_is_none() -> None:
    good, bad = ({"receipt": encode_octets(file())}, {"receipt": "*"})
    assert answered(Fields({"receipts": [good], "state": "held"}, "answer")).files == (file(),)
    with pytest.raises(MeshProtocolError):
        answered(Fields({"receipts": [good, bad]}, "answer"))


def test_the_newest_is_written_once(tmp_path: Path) -> None:
    out = tmp_path / "receipt.json"
    with pytest.raises(SubmitError, match="receipt-unknown"):
        write_newest(out, ())
    write_newest(out, (b"older", b"newest"))
    assert (out.read_bytes(), out.stat().st_mode & 0o777) == (b"newest", 0o600)
    with pytest.raises(SubmitError, match="receipt-unwritten"):
        write_newest(out, (b"another",))
    assert out.read_bytes() == b"newest"


@pytest.mark.parametrize("words", [[], ["job"], [JOB, JOB], [JOB, "--out"], ["../../x"]])
def test_words_that_are_none(words: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse(words)

"""The station's own side of a receipt: drafted as a transmission begins, signed as it ends, and never in the way."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from firmware.delivery.notary import Notary
from firmware.mesh.messages import Grant, Report, ReportKind
from firmware.vault.identity import Kind
from firmware.vault.receipt import Asked, Outcome, Printer, ReceiptError
from firmware.vault.receipt_form import parse, verify
from hal.ports.errors import KeyMissingError, StorageError
from hal.sim.clock import VirtualClock
from hal.sim.virtual_time import run
from tests.support.pki import ORG, Pki

GRANT = Grant("r-1", "j-1", 3, datetime(2026, 1, 5, tzinfo=UTC), b"", b"", b"", (), 56)
STOPPED = Report("r-1", 3, 1_000_000, ReportKind.STOPPED, "media-jam", 4, 2)
ASKED = Asked(2, "one-sided", "", 3)


class Station:
    """To be made inside a virtual loop."""

    def __init__(self) -> None:
        self.clock, self.known = VirtualClock(), True
        self.pki = Pki(now=self.clock.now())
        self.keys = self.pki.holder(Kind.STATION, "lobby")
        chain, sign = self.keys.chain, self.keys.signer.sign
        self.notary = Notary(ORG, "lobby", sign, lambda: chain, self.clock, lambda: self.known)

    def draft(self, **changes: Any) -> str:
        return self.notary.draft(GRANT, b"manifest", Printer(model="Example 9000"), ASKED, **changes)


def test_a_receipt_says_what_was_asked_and_what_was_reported() -> None:
    async def story() -> None:
        here = Station()
        draft, began = here.draft(), here.clock.now().replace(microsecond=0)
        await here.clock.sleep(60)
        text = here.notary.receipt(draft, STOPPED, sheets=2, told=True)
        found = verify(text.encode(), here.pki.anchor)
        assert (found.release_id, found.job_id, found.fence, found.sequence) == ("r-1", "j-1", 3, 1_000_000)
        assert (found.outcome, found.pages, found.impressions, found.sheets) == (Outcome.STOPPED, 2, 4, 2)
        assert (found.asked, found.printer, found.told) == (ASKED, Printer(model="Example 9000"), True)
        assert (found.began, found.ended, found.clock_trusted) == (began, began + timedelta(seconds=60), True)

    run(story())


@pytest.mark.parametrize("known", [(False, True), (True, False)])
def test_a_time_that_was_not_trusted_throughout_is_not_said_to_be(known: tuple[bool, bool]) -> None:
    async def story() -> None:
        here = Station()
        here.known = known[0]
        draft = here.draft()
        here.known = known[1]
        assert not verify(here.notary.receipt(draft, STOPPED).encode(), here.pki.anchor).clock_trusted

    run(story())


def test_what_a_printer_says_of_itself_is_cut_to_what_a_receipt_takes() -> None:
    async def story() -> None:
        printer = Printer("urn:uuid:0", "two\nlines", "n" * 300)
        found = parse(Station().notary.draft(GRANT, b"manifest", printer, ASKED).encode())
        assert found.printer == Printer("urn:uuid:0", "twolines", "n" * 255)

    run(story())


@pytest.mark.parametrize(
    ("draft", "report"),
    [
        ("", STOPPED),
        ("{}", STOPPED),
        ("\ud800", STOPPED),
        (None, Report("r-2", 3, 9, ReportKind.STOPPED)),
        (None, Report("r-1", 4, 9, ReportKind.STOPPED)),
        (None, Report("r-1", 3, 9, ReportKind.STARTED)),
        (None, Report("r-1", 3, 9, ReportKind.STOPPED, pages=-1)),
    ],
    ids=["none", "no-draft", "damaged", "another-release", "another-fence", "no-outcome", "nonsense"],
)
def test_where_none_can_be_made_there_is_none(
    draft: str | None, report: Report, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        here = Station()
        with caplog.at_level(logging.WARNING):
            assert here.notary.receipt(here.draft() if draft is None else draft, report) == ""
        assert [record.levelname for record in caplog.records] == ["WARNING"]

    run(story())


@pytest.mark.parametrize("error", [KeyMissingError("keys"), StorageError("keys"), ReceiptError("no")])
def test_a_key_store_that_fails_costs_the_receipt_and_nothing_else(error: Exception) -> None:
    async def story() -> None:
        here = Station()

        def chain() -> tuple[bytes, ...]:
            raise error

        draft = here.draft()
        assert replace(here.notary, chain=chain).receipt(draft, STOPPED) == ""

    run(story())

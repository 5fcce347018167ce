"""PDF through a private cupsd and its filters to a printer that takes only raster: the real ippeveprinter."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from hal.drivers.cups_printer import CupsPrinter
from hal.ports.errors import PrinterUnreachableError
from hal.ports.printer import JobState, JobTicket
from tests.support import aio, cups_rig
from tests.support.cups_jobs import LIMIT, over, sent
from tests.support.printer_rigs import PDF, document
from tools.demo.sample import sample_pdf
from tools.peers.ippeveprinter import IppEvePrinter
from tools.peers.ports import free_port

PWG_MAGIC = b"RaS2"
"""PWG 5102.4 4.1: the synchronisation word."""


def pages(raster: bytes) -> int:
    """How often its pages' first words, the header's `PwgRaster`, come (PWG 5102.4 4.3)."""
    return raster.count(b"PwgRaster\x00")


def printing(act: Callable[[CupsPrinter, IppEvePrinter], object], tmp_path: Path, model: str) -> None:
    async def main(peer: IppEvePrinter) -> None:
        printer = cups_rig.opened(cups_rig.ipp_device(peer.uri), model)
        try:
            await act(printer, peer)  # type: ignore[misc]  # all of them are coroutines
        finally:
            await printer.aclose()

    with IppEvePrinter.start(tmp_path, formats=["image/pwg-raster"]) as peer:
        aio.run(main(peer))


@pytest.mark.parametrize("model", [cups_rig.PWG, "everywhere"])
def test_a_pdf_comes_out_as_raster(model: str, tmp_path: Path) -> None:
    async def act(printer: CupsPrinter, peer: IppEvePrinter) -> None:
        said = await printer.capabilities()
        assert {PDF, "application/postscript", "image/jpeg", "text/plain"} <= set(said.formats)
        assert "iso_a4_210x297mm" in said.media
        assert said.page_ranges
        status = await over(printer, await sent(printer, sample_pdf()))
        assert (status.state, status.expected, status.impressions) == (JobState.COMPLETED, 2, None)
        raster = peer.documents()[-1].read_bytes()
        assert raster.startswith(PWG_MAGIC)
        assert pages(raster) == 2

    printing(act, tmp_path, model)


def test_only_the_pages_that_were_asked_for(tmp_path: Path) -> None:
    async def act(printer: CupsPrinter, peer: IppEvePrinter) -> None:
        asked = JobTicket("rest", PDF, len(sample_pdf()), pages=((2, 2),))
        job_id = (await printer.create_job(asked)).job_id
        await printer.send_document(job_id, asked, document(sample_pdf()))
        assert (await over(printer, job_id)).state is JobState.COMPLETED
        assert pages(peer.documents()[-1].read_bytes()) == 1

    printing(act, tmp_path, cups_rig.PWG)


def test_a_document_that_no_filter_can_read_is_never_just_completed(tmp_path: Path) -> None:
    async def act(printer: CupsPrinter, peer: IppEvePrinter) -> None:
        ended = await over(printer, await sent(printer, b"%PDF-1.7 and no more"))
        assert (ended.state, ended.reasons) == (JobState.ABORTED, ("aborted-by-system",))
        assert (await printer.find_job(ended.name) or ended).state is JobState.ABORTED
        root = printer.server.root
        assert root is not None
        assert list((root / "spool").glob("d*")) == []
        assert (await over(printer, await sent(printer, sample_pdf()))).state is JobState.COMPLETED

    printing(act, tmp_path, cups_rig.PWG)


def test_a_printer_that_is_off_does_not_say_what_it_can_do() -> None:
    async def main() -> None:
        printer = cups_rig.opened(f"ipp://127.0.0.1:{free_port()}/ipp/print", "everywhere")
        with pytest.raises(PrinterUnreachableError, match="did not say"):
            await printer.status()
        await printer.aclose()

    aio.run(main())


def test_a_job_waits_for_a_printer_that_is_off_and_can_be_cancelled() -> None:
    async def main() -> None:
        printer = cups_rig.opened(f"ipp://127.0.0.1:{free_port()}/ipp/print?snmp=false")
        job_id = await sent(printer, b"%PDF")
        async with asyncio.timeout(LIMIT):
            while (await printer.status()).reasons != ("connecting-to-device",):
                await printer.next_change(0.02)
        assert not (await printer.job_status(job_id)).state.final
        found = await printer.find_job("nobody's")
        assert found is None
        await printer.cancel_job(job_id)
        assert (await over(printer, job_id)).state is JobState.CANCELED
        await printer.aclose()

    aio.run(main())

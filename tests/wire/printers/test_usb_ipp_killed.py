"""The real ipp-usb is killed on the way: nothing is called sent that was cut, and the next job is whole."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from firmware.core.events import Outcome
from firmware.delivery.outcomes import delivered_before
from hal.ports.errors import OutcomeUnknownError, PrinterRefusedError, PrinterUnreachableError
from hal.ports.printer import JobState
from tests.support.printer_rigs import MIB, document, noise, pieces, printed, ticket, weighed
from tests.support.usb_rig import IppUsbRig
from tests.wire.printers.test_cut_uploads import last_word
from tests.wire.printers.test_cut_uploads import weighed as weighed_as
from tools.peers.ipp_usb import ipp_usb


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[IppUsbRig]:
    with ipp_usb() as peer:
        made = IppUsbRig(peer, monkeypatch)
        yield made
        made.close()


def kill(rig: IppUsbRig) -> None:
    """The daemon of this bus, at once."""
    ours = f"UMOCKDEV_DIR={rig.peer.usb.root}".encode()
    found = 0
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if (folder / "comm").read_text() == "ipp-usb\n" and ours in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)
                found += 1
    assert found == 1
    rig.peer.stop()


async def started_again(rig: IppUsbRig) -> None:
    with pytest.raises(PrinterUnreachableError, match="ipp-usb does not run"):
        await rig.printer.status()
    rig.peer.start()


async def the_next_one_is_whole(rig: IppUsbRig, cancel: int = 0) -> None:
    """Where the printer waits for the document of a job, that one is taken back first, as a station does."""
    if cancel:
        with suppress(PrinterRefusedError):  # what it got of it, it may have called a whole document, and be done with
            await rig.printer.cancel_job(cancel)
    job_id = await printed(rig, b"%PDF-after")
    assert rig.arrived(job_id) == weighed(b"%PDF-after")


def test_in_the_middle_of_a_document(rig: IppUsbRig) -> None:
    async def main() -> None:
        asked = ticket(8 * MIB)
        created = await rig.printer.create_job(asked)

        async def deadly() -> AsyncIterator[bytes]:
            for index, chunk in enumerate(pieces(8 * MIB)):
                yield chunk
                if index == 1:
                    kill(rig)

        with pytest.raises(OutcomeUnknownError) as caught:
            await rig.printer.send_document(created.job_id, asked, deadly())
        assert rig.arrived(created.job_id).size < 8 * MIB
        delivered = delivered_before(caught.value, handed_over=2 * MIB, whole=False)
        await started_again(rig)
        said = await last_word(rig.printer, created.job_id)  # of a cut document it is often "completed"
        assert weighed_as(delivered, said) in (Outcome.UNKNOWN, Outcome.HELD)
        await the_next_one_is_whole(rig, cancel=created.job_id)
        assert rig.arrived(created.job_id).size < 8 * MIB

    rig.run(main())


def test_between_creating_and_sending(rig: IppUsbRig) -> None:
    async def main() -> None:
        asked = ticket(MIB)
        created = await rig.printer.create_job(asked)
        kill(rig)
        with pytest.raises(PrinterUnreachableError):
            await rig.printer.send_document(created.job_id, asked, document(noise(1, MIB)))
        assert rig.arrived(created.job_id).size == 0
        await started_again(rig)
        await the_next_one_is_whole(rig, cancel=created.job_id)

    rig.run(main())


def test_after_the_document_the_printer_still_knows_how_it_ended(rig: IppUsbRig) -> None:
    async def main() -> None:
        asked = ticket(4)
        created = await rig.printer.create_job(asked)
        await rig.printer.send_document(created.job_id, asked, document(b"%PDF"))
        kill(rig)
        await started_again(rig)
        await the_next_one_is_whole(rig)
        status = await rig.printer.job_status(created.job_id)
        assert (status.state, status.name) == (JobState.COMPLETED, asked.name)
        assert rig.arrived(created.job_id) == weighed(b"%PDF")

    rig.run(main())

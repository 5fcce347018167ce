"""Documents that are cut off on their way to the real ippeveprinter, which calls most of them completed: whatever it
says, the driver knows no success, and nothing is ever weighed as printed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from firmware.core.events import Outcome
from firmware.delivery.outcomes import Delivered, Missing, delivered_before, weigh
from hal.drivers import printer_address
from hal.ports.errors import DeviceError, OutcomeUnknownError, PrinterRefusedError
from hal.ports.printer import JobStatus, Printer
from tests.support import aio
from tests.support.printer_rigs import MIB, PeerRig, document, pieces, ticket
from tests.support.relay import relay
from tools.peers import ippeveprinter
from tools.peers.ippeveprinter import IppEvePrinter

SIZE = 6 * MIB
CUT_AFTER = 2 * MIB
POLLS = 50
"""A printer that has not ended the job by then waits for the rest, perhaps for ever."""
ENCRYPTED = {"plain": False, "tls": True}
WAYS = [
    pytest.param(encrypted, reset, announced, id=f"{wire}-{'rst' if reset else 'fin'}-{framing}")
    for wire, encrypted in ENCRYPTED.items()
    for reset in (True, False)
    for framing, announced in (("length", True), ("chunked", False))
    if ippeveprinter.available()
]


class BrokenSourceError(Exception):
    """What authenticates a document said no."""


def uri_of(peer: IppEvePrinter, *, encrypted: bool) -> str:
    return peer.pinned_uri if encrypted else f"ipp://localhost:{peer.port}/ipp/print?insecure=yes-not-encrypted"


async def last_word(printer: Printer, job_id: int) -> JobStatus | Missing:
    """What the printer says in the end; `SILENT` where there is no end."""
    for _ in range(POLLS):
        try:
            status = await printer.job_status(job_id)
        except PrinterRefusedError:
            return Missing.FORGOTTEN
        if status.state.final:
            return status
        await asyncio.sleep(0.02)
    return Missing.SILENT


def weighed(delivered: Delivered, said: JobStatus | Missing) -> Outcome:
    return weigh(delivered, said, "transfer-broken").outcome


@pytest.mark.parametrize(("encrypted", "reset", "announced"), WAYS)
def test_a_connection_cut_in_the_middle(tmp_path: Path, encrypted: bool, reset: bool, announced: bool) -> None:
    with IppEvePrinter.start(tmp_path) as peer:
        rig = PeerRig(peer)
        aio.run(cut_on_the_way(rig, uri_of(peer, encrypted=encrypted), reset=reset, announced=announced))
        rig.close()


async def cut_on_the_way(rig: PeerRig, uri: str, *, reset: bool, announced: bool) -> None:
    printer, handed_over = rig.open(uri), 0
    asked = ticket(SIZE if announced else None)
    job_id = (await printer.create_job(asked)).job_id

    async def counted() -> AsyncIterator[bytes]:
        nonlocal handed_over
        for piece in pieces(SIZE):
            yield piece
            handed_over += len(piece)

    port = printer_address.parse(uri).port
    async with relay(port, CUT_AFTER, reset=reset) as through:
        cut = rig.open(uri.replace(f":{port}/", f":{through}/"))
        with pytest.raises(OutcomeUnknownError) as caught:
            await cut.send_document(job_id, asked, counted())
    said = await last_word(printer, job_id)
    assert rig.arrived(job_id).size < SIZE
    delivered = delivered_before(caught.value, handed_over=handed_over, whole=handed_over >= SIZE)
    assert weighed(delivered, said) in (Outcome.HELD, Outcome.UNKNOWN)


@pytest.mark.parametrize(("encrypted", "announced"), [(way.values[0], way.values[2]) for way in WAYS if way.values[1]])
def test_a_document_that_ends_in_an_error(tmp_path: Path, encrypted: bool, announced: bool) -> None:
    with IppEvePrinter.start(tmp_path) as peer:
        rig = PeerRig(peer)
        aio.run(broken_off(rig, uri_of(peer, encrypted=encrypted), announced=announced))
        rig.close()


async def broken_off(rig: PeerRig, uri: str, *, announced: bool) -> None:
    printer = rig.open(uri)
    asked = ticket(SIZE if announced else None)
    job_id = (await printer.create_job(asked)).job_id

    async def breaking() -> AsyncIterator[bytes]:
        for piece in pieces(CUT_AFTER):
            yield piece
        raise BrokenSourceError

    with pytest.raises(BrokenSourceError):
        await printer.send_document(job_id, asked, breaking())
    said = await last_word(printer, job_id)
    assert rig.arrived(job_id).size < SIZE
    assert weighed(Delivered.CUT, said) in (Outcome.HELD, Outcome.UNKNOWN)


@pytest.mark.parametrize("encrypted", [way.values[0] for way in WAYS if way.values[1] and way.values[2]])
def test_a_whole_one_is_told_from_them(tmp_path: Path, encrypted: bool) -> None:
    async def main(rig: PeerRig, uri: str) -> None:
        printer, asked = rig.open(uri), ticket(SIZE)
        job_id = (await printer.create_job(asked)).job_id
        await printer.send_document(job_id, asked, document(*pieces(SIZE)))
        said = await last_word(printer, job_id)
        assert rig.arrived(job_id).size == SIZE
        assert weighed(Delivered.WHOLE, said) is not Outcome.HELD

    with IppEvePrinter.start(tmp_path) as peer:
        rig = PeerRig(peer)
        aio.run(main(rig, uri_of(peer, encrypted=encrypted)))
        rig.close()


def test_an_error_of_the_driver_is_never_taken_for_success() -> None:
    for error in (OutcomeUnknownError("printer", "cut"), DeviceError("printer")):
        assert delivered_before(error, handed_over=CUT_AFTER, whole=False) is not Delivered.WHOLE

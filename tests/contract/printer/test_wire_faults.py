"""Faults only a wire has: answers cut at any byte, printers that stop reading, connections that die in between."""

import asyncio
import socket
import threading
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import replace

import pytest

from hal.drivers import ipp_printer, printer_address
from hal.drivers.context import DriverContext
from hal.drivers.ipp_connection import IppConnection
from hal.drivers.ipp_printer import IppPrinter
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.framing.ipp import IppStatus, Message, encode_response
from hal.ports.errors import (
    DeviceError,
    OutcomeUnknownError,
    PrinterProtocolError,
    PrinterRefusedError,
    PrinterUnreachableError,
)
from tests.support.printer_rigs import (
    MIB,
    PeerRig,
    Peers,
    ServedRig,
    document,
    final,
    pieces,
    printed,
    ticket,
    weighed,
)
from tests.support.reader_rig import until
from tests.support.relay import relay
from tools.peers import ippeveprinter

BIG = 32 * MIB
"""More than the buffers between two sockets hold."""
CUTS = [("served", at, reset) for at in (0, 100, 1_500, 3_000, 100_000, MIB, 3 * MIB) for reset in (True, False)]
REAL_CUTS = [("ippeveprinter", 1_500, True), ("ippeveprinter", MIB, True), ("ippeveprinter", 3 * MIB, False)]


async def fails(printing: Awaitable[object], *errors: type[DeviceError]) -> bool:
    try:
        await printing
    except errors:
        return True
    return False


def test_an_answer_cut_at_any_byte_is_never_taken_for_one(served: ServedRig) -> None:
    async def main() -> None:
        cut_at = served.server.cut_answer_at = 0
        while await fails(served.printer.create_job(ticket()), PrinterUnreachableError, PrinterProtocolError):
            cut_at = served.server.cut_answer_at = cut_at + 17
        assert cut_at > 250

    served.run(main())


def test_a_document_answer_cut_at_any_byte_leaves_the_outcome_unknown(served: ServedRig) -> None:
    async def sent() -> None:
        asked = ticket(4)
        job_id = (await served.printer.create_job(asked)).job_id
        served.server.cut_answer_at = cut_at
        await served.printer.send_document(job_id, asked, document(b"%PDF"))

    cut_at = 0

    async def main() -> None:
        nonlocal cut_at
        while await fails(sent(), OutcomeUnknownError):
            cut_at += 31
        assert cut_at > 250

    served.run(main())


@pytest.mark.parametrize("announced", [True, False], ids=["length", "chunked"])
def test_a_close_without_a_reset_is_a_cut_too(served: ServedRig, announced: bool) -> None:
    async def main() -> None:
        served.server.resets = False
        served.twin.faults.cut_after = MIB
        asked = ticket(3 * MIB if announced else None)
        job_id = (await served.printer.create_job(asked)).job_id
        with pytest.raises(OutcomeUnknownError):
            await served.printer.send_document(job_id, asked, document(*pieces(3 * MIB)))

    served.run(main())


def test_a_kept_connection_that_died_is_replaced_unnoticed(served: ServedRig) -> None:
    async def main() -> None:
        await served.printer.status()
        served.server.drop_connections()
        await served.printer.status()
        job_id = await printed(served, b"%PDF")
        served.server.drop_connections()
        await served.printer.job_status(job_id)

    served.run(main())


def test_a_busy_printer_is_asked_again(served: ServedRig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        monkeypatch.setattr(ipp_printer, "BUSY_WAITS", (0.001,) * 10_000)
        served.twin.faults.busy = True
        task = asyncio.create_task(served.printer.create_job(ticket()))
        await until(lambda: served.server.requests > 2)
        assert not task.done()
        served.twin.faults.busy = False
        assert (await task).job_id == 1

    served.run(main())


def test_an_early_refusal_is_heard_while_it_has_stopped_reading(served: ServedRig) -> None:
    """A refusal that comes with the request's head ends an upload which would otherwise wait for the stall limit."""

    async def main() -> None:
        asked = ticket(BIG, "application/vnd.example")
        job_id = (await served.printer.create_job(asked)).job_id
        with pytest.raises(PrinterRefusedError):
            await served.printer.send_document(job_id, asked, document(*pieces(BIG)))

    served.run(main())


def test_success_before_the_document_was_taken_is_none(served: ServedRig) -> None:
    said = encode_response(IppStatus.OK, Message(0, 1))
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: %d\r\n\r\n" % len(said)

    async def hasty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(head + said)
                await writer.drain()
                await reader.read()
        finally:
            writer.close()  # also where the loop ends first

    async def main() -> None:
        async with await asyncio.start_server(hasty, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            printer = served.open(f"ipp://127.0.0.1:{port}?insecure=yes-not-encrypted")
            with pytest.raises(OutcomeUnknownError, match="before it had"):
                await printer.send_document(1, ticket(BIG), document(*pieces(BIG)))

    served.run(main())


def test_success_before_the_document_had_left_us_is_none(served: ServedRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it is written, and most of it waits in our own kernel."""
    said = encode_response(IppStatus.OK, Message(0, 1))
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: %d\r\n\r\n" % len(said)
    end, written, judged = IppConnection.end, threading.Event(), threading.Event()

    def ended(connection: IppConnection) -> bool:
        whole = end(connection)
        written.set()
        return whole

    def hasty(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer:
            peer.settimeout(60)
            peer.recv(100)
            assert written.wait(60)
            peer.sendall(head + said)
            assert judged.wait(60)
            while peer.recv(MIB):
                pass

    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            answering = asyncio.create_task(asyncio.to_thread(hasty, listener))
            printer = served.open(f"ipp://127.0.0.1:{listener.getsockname()[1]}?insecure=yes-not-encrypted")
            with pytest.raises(OutcomeUnknownError, match="before it had"):
                await printer.send_document(1, ticket(MIB), document(*pieces(MIB)))
            judged.set()
            with suppress(ConnectionError, TimeoutError):
                await answering

    monkeypatch.setattr(IppConnection, "end", ended)
    served.run(main())


def test_a_printer_that_pauses_gets_the_rest_when_it_reads_on(served: ServedRig) -> None:
    async def main() -> None:
        asked = ticket(BIG)
        job_id = (await served.printer.create_job(asked)).job_id
        served.server.reading.clear()
        task = asyncio.create_task(served.printer.send_document(job_id, asked, document(*pieces(BIG))))
        await until(lambda: bool(served.twin.deliveries))
        served.server.reading.set()
        await task
        assert served.arrived(job_id) == weighed(*pieces(BIG))

    served.run(main())


def test_a_printer_that_stalls_for_good_leaves_the_outcome_unknown(served: ServedRig) -> None:
    async def main() -> None:
        address = replace(printer_address.parse(served.server.pinned_uri), stall=0.2)
        printer = IppPrinter(address, DriverContext(served.clock, served.workers, SystemRandom()))
        asked = ticket(BIG)
        job_id = (await printer.create_job(asked)).job_id
        served.server.reading.clear()
        with pytest.raises(OutcomeUnknownError, match="nothing happened"):
            await printer.send_document(job_id, asked, document(*pieces(BIG)))

    served.run(main())


def test_cancelling_a_blocked_transfer_frees_its_thread(served: ServedRig) -> None:
    async def main() -> None:
        workers = ThreadWorkers(1)
        context = DriverContext(served.clock, workers, SystemRandom())
        printer = ipp_printer.open(served.server.pinned_uri, context)
        asked = ticket(BIG)
        job_id = (await printer.create_job(asked)).job_id
        served.server.reading.clear()
        task = asyncio.create_task(printer.send_document(job_id, asked, document(*pieces(BIG))))
        await until(lambda: bool(served.twin.deliveries))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(60):
            assert await workers.run(lambda: "free") == "free"
        workers.close()
        served.server.reading.set()
        await until(lambda: served.twin.engine.jobs[job_id].state.final)
        assert not served.twin.deliveries[-1].whole

    served.run(main())


@pytest.mark.parametrize(("kind", "cut_after", "reset"), CUTS + (REAL_CUTS if ippeveprinter.available() else []))
def test_a_network_cut_at_any_byte_is_never_success(
    kind: str, cut_after: int, reset: bool, request: pytest.FixtureRequest
) -> None:
    """Through a relay that cuts the ciphertext: in a handshake, a request, a document."""
    if kind == "served":
        served: ServedRig = request.getfixturevalue("served")
        served.run(_cut_off(served, cut_after, reset))
        return
    peers: Peers = request.getfixturevalue("peers")
    real = PeerRig(peers.take())
    real.run(_cut_off(real, cut_after, reset))
    real.close()
    peers.spoil()  # it may wait for the rest of a cut document for ever, and take no other job meanwhile


async def _cut_off(rig: ServedRig | PeerRig, cut_after: int, reset: bool) -> None:
    asked = ticket(4 * MIB)
    job_id = (await rig.printer.create_job(asked)).job_id
    uri = rig.server.pinned_uri if isinstance(rig, ServedRig) else rig.peer.pinned_uri
    address = printer_address.parse(uri)
    async with relay(address.port, cut_after, reset=reset) as port:
        cut = rig.open(uri.replace(f":{address.port}/", f":{port}/"))
        with pytest.raises(DeviceError) as caught:
            await cut.send_document(job_id, asked, document(*pieces(4 * MIB)))
    assert isinstance(caught.value, PrinterUnreachableError | OutcomeUnknownError)
    arrived = rig.arrived(job_id)
    assert arrived.size < 4 * MIB
    if isinstance(caught.value, PrinterUnreachableError):
        assert arrived.size == 0


def test_the_station_goes_on_after_an_unknown_outcome(served: ServedRig) -> None:
    async def main() -> None:
        served.twin.faults.cut_after = 10
        asked = ticket(20)
        job_id = (await served.printer.create_job(asked)).job_id
        with pytest.raises(OutcomeUnknownError):
            await served.printer.send_document(job_id, asked, document(b"x" * 20))
        await final(served, job_id)
        await printed(served, b"%PDF")

    served.run(main())

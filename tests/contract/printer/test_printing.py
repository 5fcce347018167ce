"""What every printer does: take a document byte for byte, tell how it goes, let go of a job."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator

import pytest

from hal.ports.errors import DocumentLengthError, PrinterRefusedError
from hal.ports.printer import JobState, JobTicket, PrinterState
from tests.support.printer_rigs import (
    MIB,
    PDF,
    Arrived,
    PeerRig,
    Rig,
    document,
    final,
    noise,
    pieces,
    printed,
    ticket,
    weighed,
)

NOT_FOUND = 0x0406
FORMAT_REFUSED = (0x040A, 0x040B)
"""RFC 8011 4.3.1 says the first; ippeveprinter answers attributes-or-values-not-supported."""
BROKEN_OFF = (JobState.ABORTED, JobState.CANCELED)
"""The connection is reset and the job canceled, one right after the other: a printer with a thread for each connection
may hear of either first, and then calls it aborted or canceled."""


class SourceError(Exception):
    """What a document's source fails with."""


async def failing(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    raise SourceError


def test_it_says_what_it_is(rig: Rig) -> None:
    async def main() -> None:
        status = await rig.printer.status()
        assert status.state is PrinterState.IDLE
        assert status.accepting
        assert status.reasons == ()
        assert PDF in (await rig.printer.capabilities()).formats
        assert status.name
        assert status.uuid.startswith("urn:uuid:")

    rig.run(main())


@pytest.mark.parametrize("announced", [True, False], ids=["length", "chunked"])
@pytest.mark.parametrize("size", [1, MIB, MIB + 1])
def test_a_document_arrives_byte_for_byte(rig: Rig, size: int, announced: bool) -> None:
    async def main() -> None:
        chunks = pieces(size)
        job_id = await printed(rig, *chunks, announced=announced)
        assert rig.arrived(job_id) == weighed(*chunks)

    rig.run(main())


def test_odd_chunks_and_empty_ones_change_nothing(rig: Rig) -> None:
    async def main() -> None:
        chunks = [b"", b"%PDF", b"", b"x" * 70_000, b"", b"\r\n0\r\n\r\n", b""]
        job_id = await printed(rig, *chunks, announced=False)
        assert rig.arrived(job_id) == weighed(*chunks)

    rig.run(main())


def test_fifty_megabytes_pass_through_little_memory(rig: Rig) -> None:
    size = 50 * MIB
    chunk = noise(0, MIB)

    async def flood() -> AsyncIterator[bytes]:
        for _ in range(size // MIB):
            yield chunk

    async def main() -> None:
        asked = ticket(size)
        job_id = (await rig.printer.create_job(asked)).job_id
        tracemalloc.start()
        try:
            await rig.printer.send_document(job_id, asked, flood())
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 8 * MIB
        await final(rig, job_id)
        assert rig.arrived(job_id) == weighed(*[chunk] * (size // MIB))

    rig.run(main())


def test_settings_are_taken(rig: Rig) -> None:
    async def main() -> None:
        asked = JobTicket("settings", PDF, 4, 2, "two-sided-long-edge", "monochrome", "iso_a4_210x297mm")
        job_id = (await rig.printer.create_job(asked)).job_id
        await rig.printer.send_document(job_id, asked, document(b"%PDF"))
        assert (await final(rig, job_id)).state is JobState.COMPLETED

    rig.run(main())


def test_jobs_follow_one_another_at_once(rig: Rig) -> None:
    async def main() -> None:
        for number in range(4):
            asked = ticket(1000)
            job_id = (await rig.printer.create_job(asked)).job_id
            await rig.printer.send_document(job_id, asked, document(noise(number, 1000)))
            await final(rig, job_id)
            assert rig.arrived(job_id) == weighed(noise(number, 1000))

    rig.run(main())


def test_questions_are_answered_while_a_document_is_on_its_way(rig: Rig) -> None:
    async def main() -> None:
        asked = ticket(2 * MIB)
        job_id = (await rig.printer.create_job(asked)).job_id

        async def curious() -> AsyncIterator[bytes]:
            for chunk in pieces(2 * MIB):
                yield chunk
                assert not (await rig.printer.job_status(job_id)).state.final
                await rig.printer.status()

        await rig.printer.send_document(job_id, asked, curious())
        await final(rig, job_id)
        assert rig.arrived(job_id) == weighed(*pieces(2 * MIB))

    rig.run(main())


def test_a_format_it_does_not_take_is_refused(rig: Rig) -> None:
    async def main() -> None:
        asked = ticket(3 * MIB, "application/vnd.example")
        job_id = (await rig.printer.create_job(asked)).job_id
        with pytest.raises(PrinterRefusedError) as caught:
            await rig.printer.send_document(job_id, asked, document(*pieces(3 * MIB)))
        assert caught.value.status in FORMAT_REFUSED
        assert rig.arrived(job_id).size == 0
        await rig.printer.cancel_job(job_id)
        assert (await final(rig, job_id)).state is JobState.CANCELED

    rig.run(main())


def test_a_job_it_does_not_know_is_refused(rig: Rig) -> None:
    async def main() -> None:
        for asking in (rig.printer.job_status(999_999), rig.printer.cancel_job(999_999)):
            with pytest.raises(PrinterRefusedError) as caught:
                await asking
            assert caught.value.status == NOT_FOUND

    rig.run(main())


def test_an_empty_job_can_be_cancelled(rig: Rig) -> None:
    async def main() -> None:
        job_id = (await rig.printer.create_job(ticket())).job_id
        assert not (await rig.printer.job_status(job_id)).state.final
        await rig.printer.cancel_job(job_id)
        assert (await rig.printer.job_status(job_id)).state is JobState.CANCELED
        await printed(rig, b"%PDF")

    rig.run(main())


def test_a_source_that_fails_at_once_sends_nothing(rig: Rig) -> None:
    async def main() -> None:
        asked = ticket(100)
        job_id = (await rig.printer.create_job(asked)).job_id
        with pytest.raises(SourceError):
            await rig.printer.send_document(job_id, asked, failing())
        assert (await rig.printer.job_status(job_id)).state is JobState.CANCELED
        assert rig.arrived(job_id).size == 0
        await printed(rig, b"%PDF")

    rig.run(main())


@pytest.mark.parametrize("sent", [1, MIB, 3 * MIB, 4 * MIB])
def test_a_source_that_fails_on_the_way_leaves_no_whole_document(rig: Rig, sent: int) -> None:
    """Even after its last byte: what authenticates a document may say no at its very end."""

    async def main() -> None:
        asked = ticket(4 * MIB)
        job_id = (await rig.printer.create_job(asked)).job_id
        with pytest.raises(SourceError):
            await rig.printer.send_document(job_id, asked, failing(*pieces(sent)))
        await rig.printer.status()
        assert rig.arrived(job_id).size < 4 * MIB
        if isinstance(rig, PeerRig):  # by FIN instead of RST, or chunked, it would say completed
            assert (await final(rig, job_id)).state in BROKEN_OFF

    rig.run(main())


@pytest.mark.parametrize(("announced", "chunks"), [(4, [b"%PDF-"]), (6, [b"%PDF-"]), (MIB, pieces(MIB + 1)), (1, [])])
def test_a_length_that_was_wrong_is_never_made_to_look_right(rig: Rig, announced: int, chunks: list[bytes]) -> None:
    async def main() -> None:
        asked = ticket(announced)
        job_id = (await rig.printer.create_job(asked)).job_id
        with pytest.raises(DocumentLengthError):
            await rig.printer.send_document(job_id, asked, document(*chunks))
        assert rig.arrived(job_id).size < announced

    rig.run(main())


def test_a_cancelled_transfer_ends_and_the_next_document_is_whole(rig: Rig) -> None:
    async def main() -> None:
        asked = ticket(8 * MIB)
        job_id = (await rig.printer.create_job(asked)).job_id
        pulled, never = asyncio.Event(), asyncio.Event()

        async def stuck() -> AsyncIterator[bytes]:
            yield noise(0, MIB)
            pulled.set()
            await never.wait()

        task = asyncio.create_task(rig.printer.send_document(job_id, asked, stuck()))
        await pulled.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert rig.arrived(job_id).size < 8 * MIB

    rig.run(main())


def test_nothing_arrived_is_nothing(rig: Rig) -> None:
    async def main() -> None:
        job_id = (await rig.printer.create_job(ticket())).job_id
        await rig.printer.cancel_job(job_id)
        assert rig.arrived(job_id) == Arrived(0, weighed().digest)

    rig.run(main())

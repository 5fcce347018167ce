"""The printer twin's body: sheets come in their time, whatever the printer claims."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hal.ports.errors import OutcomeUnknownError, PrinterProtocolError, PrinterRefusedError, PrinterUntrustedError
from hal.ports.printer import JobState, JobTicket, PrinterState
from hal.sim.clock import VirtualClock
from hal.sim.commands import Plain, Wait
from hal.sim.commands_printer import Jam, PrinterCuts, PrinterRefuses
from hal.sim.printer import SimPrinter
from hal.sim.printer_commands import obey
from hal.sim.printer_pages import PageCounter
from hal.sim.random_source import SeededRandom
from hal.sim.virtual_time import run
from tests.support.printer_rigs import PDF, document

PAGE = b"1 0 obj << /Type /Page >> endobj\n"


def pdf(pages: int) -> bytes:
    return b"%PDF-1.7\n2 0 obj << /Type /Pages >> endobj\n" + PAGE * pages


def printer() -> SimPrinter:
    return SimPrinter(VirtualClock(), SeededRandom(1), page_seconds=2.0, latency=0.0)


async def submit(twin: SimPrinter, pages: int, copies: int = 1) -> int:
    asked = JobTicket(f"job of {pages}", PDF, copies=copies)
    job_id = (await twin.create_job(asked)).job_id
    await twin.send_document(job_id, asked, document(pdf(pages)))
    return job_id


async def state(twin: SimPrinter, job_id: int) -> tuple[JobState, int | None, int]:
    """What it claims of the job and of its impressions, and the sheets that are really out."""
    status = await twin.job_status(job_id)
    return status.state, status.impressions, len(twin.sheets())


async def wait(twin: SimPrinter, seconds: float) -> None:
    await twin.engine.clock.sleep(seconds)


def test_pages_come_out_one_by_one() -> None:
    async def main() -> None:
        twin = printer()
        job_id = await submit(twin, 3)
        assert await state(twin, job_id) == (JobState.PROCESSING, 0, 0)
        assert (await twin.status()).state is PrinterState.PROCESSING
        await wait(twin, 2.5)
        assert await state(twin, job_id) == (JobState.PROCESSING, 1, 1)
        await wait(twin, 60)
        assert await state(twin, job_id) == (JobState.COMPLETED, 3, 3)
        assert [(sheet.page, sheet.at) for sheet in twin.sheets()] == [(1, 2.0), (2, 4.0), (3, 6.0)]
        assert (await twin.status()).state is PrinterState.IDLE
        assert bytes(twin.deliveries[0].data) == pdf(3)

    run(main())


def test_copies_and_the_next_job_follow_without_a_pause() -> None:
    async def main() -> None:
        twin = printer()
        first, second = await submit(twin, 2, copies=2), await submit(twin, 1)
        assert (await twin.job_status(second)).state is JobState.PENDING
        await wait(twin, 3600)
        assert [(sheet.job_id, sheet.page, sheet.at) for sheet in twin.sheets()] == [
            (first, 1, 2.0),
            (first, 2, 4.0),
            (first, 1, 6.0),
            (first, 2, 8.0),
            (second, 1, 10.0),
        ]

    run(main())


def test_a_jam_stops_everything_until_it_is_cleared() -> None:
    async def main() -> None:
        twin = printer()
        obey(twin, Jam(2))
        job_id = await submit(twin, 3)
        await wait(twin, 3600)
        assert await state(twin, job_id) == (JobState.STOPPED, 1, 1)
        status = await twin.status()
        assert (status.state, status.reasons) == (PrinterState.STOPPED, ("media-jam-error",))
        obey(twin, Plain.CLEAR_JAM)
        await wait(twin, 2.5)
        assert await state(twin, job_id) == (JobState.PROCESSING, 2, 2)
        await wait(twin, 2)
        assert await state(twin, job_id) == (JobState.COMPLETED, 3, 3)

    run(main())


def test_a_liar_says_completed_while_the_paper_is_still_inside() -> None:
    async def main() -> None:
        twin = printer()
        obey(twin, Plain.PRINTER_LIES_COMPLETED)
        job_id = await submit(twin, 2)
        assert await state(twin, job_id) == (JobState.COMPLETED, 2, 0)
        obey(twin, Jam())
        await wait(twin, 60)
        assert await state(twin, job_id) == (JobState.COMPLETED, 2, 0)

    run(main())


def test_a_document_dropped_is_claimed_and_never_made() -> None:
    async def main() -> None:
        twin = printer()
        obey(twin, Plain.PRINTER_DROPS_DOCUMENT)
        job_id = await submit(twin, 2)
        await wait(twin, 60)
        assert await state(twin, job_id) == (JobState.COMPLETED, 2, 0)
        assert twin.deliveries[0].whole

    run(main())


def test_what_is_cancelled_half_way_stays_half_way() -> None:
    async def main() -> None:
        twin = printer()
        first, second = await submit(twin, 3), await submit(twin, 1)
        await wait(twin, 2.5)
        await twin.cancel_job(first)
        await wait(twin, 60)
        assert await state(twin, first) == (JobState.CANCELED, 1, 2)
        assert [(sheet.job_id, sheet.at) for sheet in twin.sheets()] == [(first, 2.0), (second, 4.5)]
        with pytest.raises(PrinterRefusedError):
            await twin.cancel_job(first)

    run(main())


def test_a_cut_document_may_still_come_out_in_part() -> None:
    async def main() -> None:
        twin = printer()
        obey(twin, PrinterCuts(len(pdf(2))))
        asked = JobTicket("cut", PDF)
        job_id = (await twin.create_job(asked)).job_id
        with pytest.raises(OutcomeUnknownError):
            await twin.send_document(job_id, asked, document(pdf(2), PAGE))
        await wait(twin, 60)
        assert await state(twin, job_id) == (JobState.COMPLETED, 2, 2)
        assert not twin.deliveries[0].whole

    run(main())


def test_a_cold_printer_takes_its_time() -> None:
    async def main() -> None:
        twin = printer()
        twin.faults.warm_up = 30.0
        await submit(twin, 2)
        await wait(twin, 3600)
        assert [sheet.at for sheet in twin.sheets()] == [32.0, 34.0]

    run(main())


def test_power_off_forgets_jobs_and_their_numbers() -> None:
    async def main() -> None:
        twin = printer()
        job_id = await submit(twin, 5)
        await wait(twin, 5)
        obey(twin, Plain.PRINTER_OFF)
        await wait(twin, 60)
        obey(twin, Plain.PRINTER_ON)
        assert await submit(twin, 1) == job_id
        await wait(twin, 60)
        assert [sheet.job_name for sheet in twin.sheets()] == ["job of 5", "job of 5", "job of 1"]

    run(main())


def test_a_document_is_taken_once() -> None:
    async def main() -> None:
        twin = printer()
        job_id = await submit(twin, 1)
        with pytest.raises(PrinterRefusedError):
            await twin.send_document(job_id, JobTicket("again", PDF), document(pdf(1)))
        assert len(twin.deliveries) == 1

    run(main())


@pytest.mark.parametrize(
    ("command", "reasons"),
    [
        (Plain.PAPER_OUT, ("media-empty-error",)),
        (Plain.PAPER_IN, ()),
        (Plain.COVER_OPEN, ("cover-open-error",)),
        (Plain.COVER_CLOSED, ()),
        (Plain.TONER_OUT, ("toner-empty-error",)),
        (Plain.TONER_IN, ()),
        (Jam(), ("media-jam-error",)),
        (Plain.CLEAR_JAM, ()),
    ],
)
def test_commands_about_its_body(command: Plain | Jam, reasons: tuple[str, ...]) -> None:
    async def main() -> None:
        twin = printer()
        assert obey(twin, command)
        assert (await twin.status()).reasons == reasons

    run(main())


def test_commands_about_its_manners_until_it_behaves() -> None:
    async def main() -> None:
        twin = printer()
        for command, error in (
            (Plain.PRINTER_CHANGES_CERTIFICATE, PrinterUntrustedError),
            (Plain.PRINTER_MALFORMED, PrinterProtocolError),
            (Plain.PRINTER_OVERSIZED, PrinterProtocolError),
        ):
            assert obey(twin, command)
            with pytest.raises(error):
                await twin.status()
            assert obey(twin, Plain.PRINTER_BEHAVES)
            await twin.status()
        obey(twin, PrinterRefuses(PDF))
        with pytest.raises(PrinterRefusedError):
            await submit(twin, 1)

    run(main())


@pytest.mark.parametrize("command", [Plain.CUT_NETWORK, Plain.UNPLUG_READER, Wait(1)])
def test_commands_about_something_else_are_left_alone(command: Plain | Wait) -> None:
    assert not obey(printer(), command)


def test_the_same_seed_and_times_give_the_same_sheets() -> None:
    async def main() -> tuple[str, list[object]]:
        twin = printer()
        obey(twin, Jam(2))
        await submit(twin, 3)
        await wait(twin, 10)
        obey(twin, Plain.CLEAR_JAM)
        await wait(twin, 60)
        return twin.uuid, list(twin.sheets())

    assert run(main()) == run(main())


DOCUMENTS = {
    PDF: (pdf(3), 3),
    "application/postscript": (b"%!PS\n%%Pages: 2\n%%Page: 1 1\nshow\n%%Page: 2 2\nshow\n", 2),
    "image/pwg-raster": (b"RaS2" + (b"PwgRaster\0" + b"\0" * 90) * 4, 4),
    "text/plain": (b"one\ftwo\fthree\f", 3),
    "image/jpeg": (b"\xff\xd8" + b"\0" * 300, 1),
    "application/octet-stream": (b"", 1),
}


@settings(deadline=None)
@given(st.sampled_from(sorted(DOCUMENTS)), st.lists(st.integers(0, 130), max_size=8))
def test_pages_are_the_same_in_any_chunking(format: str, cuts: list[int]) -> None:
    data, pages = DOCUMENTS[format]
    counter = PageCounter(format)
    borders = [0, *sorted(cuts), len(data)]
    for start, end in pairwise(borders):
        counter.feed(data[start:end])
    assert counter.pages == pages

"""Everything the printer twin can do wrong: each fault has its words, and each is true of the paper."""

import asyncio
from dataclasses import fields
from typing import Any

import pytest

from hal.ports.errors import PrinterRefusedError
from hal.ports.printer import JobState, JobTicket, PrinterState
from hal.sim.clock import VirtualClock
from hal.sim.printer import SimPrinter
from hal.sim.printer_commands import SPOKEN, obey
from hal.sim.printer_faults import FAULTS, Counting, Fault, Faults
from hal.sim.printer_reasons import REASONS, SEVERITIES, is_reason
from hal.sim.random_source import SeededRandom
from hal.sim.virtual_time import run
from hal.sim.words import WordsError, parse, vocabulary
from tests.support.printer_rigs import PDF, document

PAGE = b"1 0 obj << /Type /Page >> endobj\n"
ABOUT_PRINTERS = ("printer ", "jam", "clear jam", "paper ", "media ", "cover ", "toner ", "tray ", "output ")
TWO_SIDED = "two-sided-long-edge"


def printer(*words: str) -> SimPrinter:
    twin = SimPrinter(VirtualClock(), SeededRandom(1), page_seconds=2.0, latency=0.0)
    for said in words:
        assert obey(twin, parse(said))
    return twin


async def submit(twin: SimPrinter, long: int = 3, **asked: Any) -> int:
    """A document `long` pages long; `asked` are fields of its ticket."""
    ticket = JobTicket("job", PDF, **asked)
    job_id = (await twin.create_job(ticket)).job_id
    await twin.send_document(job_id, ticket, document(b"%PDF-1.7\n" + PAGE * long))
    return job_id


def pages(twin: SimPrinter) -> list[tuple[int, ...]]:
    """The pages on each good sheet."""
    return [tuple(side.page for side in sheet.sides) for sheet in twin.stack()]


def after(seconds: float, *words: str, long: int = 3, **asked: Any) -> SimPrinter:
    """A printer with those faults, `seconds` after it got a document."""

    async def main() -> SimPrinter:
        twin = printer(*words)
        await submit(twin, long, **asked)
        await twin.engine.clock.sleep(seconds)
        twin.sheets()
        return twin

    return run(main())


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_fault_can_be_said_and_put_right(fault: Fault) -> None:
    async def main() -> None:
        twin = printer(fault.words)
        assert obey(twin, parse(fault.mend))
        assert obey(twin, parse("printer behaves"))
        assert twin.faults == Faults()

    run(main())


def test_the_table_is_complete_and_says_everything_once() -> None:
    async def main() -> None:
        reached = {field for fault in FAULTS for field in changed(printer(fault.words).faults)}
        assert reached == {field.name for field in fields(Faults)}

    run(main())
    assert len({fault.name for fault in FAULTS}) == len({fault.words for fault in FAULTS}) == len(FAULTS)
    assert set(SPOKEN) == {usage for usage in vocabulary() if usage.startswith(ABOUT_PRINTERS)}


def changed(faults: Faults) -> set[str]:
    good = Faults()
    return {field.name for field in fields(Faults) if getattr(faults, field.name) != getattr(good, field.name)}


def test_two_sides_of_a_sheet_and_the_pages_and_copies_that_were_asked_for() -> None:
    assert pages(after(60, sides=TWO_SIDED)) == [(1, 2), (3,)]
    assert pages(after(60, sides=TWO_SIDED, copies=2)) == [(1, 2), (3,), (1, 2), (3,)]
    assert pages(after(60, long=9, pages=((2, 3), (8, 20)))) == [(2,), (3,), (8,), (9,)]
    assert pages(after(60, "printer lacks two-sided", sides=TWO_SIDED)) == [(1,), (2,), (3,)]
    assert pages(after(60, "printer lacks copies", copies=2)) == [(1,), (2,), (3,)]
    assert pages(after(60, "printer ignores page-ranges", pages=((2, 2),))) == [(1,), (2,), (3,)]


def test_a_part_behind_the_end_of_the_document_is_no_success() -> None:
    twin = after(60, pages=((7, 9),))
    assert twin.stack() == []
    assert twin.engine.jobs[1].state is JobState.ABORTED


def test_a_printer_without_page_ranges_refuses_them() -> None:
    with pytest.raises(PrinterRefusedError):
        after(0, "printer lacks page-ranges", pages=((1, 1),))


def test_what_jams_is_spoilt_and_made_again() -> None:
    async def main() -> None:
        twin = printer("jam at page 2")
        await submit(twin, 4, sides=TWO_SIDED)
        await twin.engine.clock.sleep(60)
        assert pages(twin) == []
        assert [side.page for sheet in twin.spoilt() for side in sheet.sides] == [1, 2]
        assert obey(twin, parse("clear jam"))
        await twin.engine.clock.sleep(60)
        assert pages(twin) == [(1, 2), (3, 4)]

    run(main())


def test_a_page_that_jammed_may_be_lost_and_still_counted() -> None:
    async def main() -> None:
        twin = printer("jam at page 2", "printer loses jammed pages")
        job_id = await submit(twin)
        await twin.engine.clock.sleep(60)
        assert obey(twin, parse("clear jam"))
        await twin.engine.clock.sleep(60)
        status = await twin.job_status(job_id)
        assert (status.state, status.impressions, pages(twin)) == (JobState.COMPLETED, 3, [(1,), (3,)])

    run(main())


@pytest.mark.parametrize(
    ("words", "mend", "reason", "before"),
    [
        ("tray 1 has 2 sheets", "paper in", "media-empty-error", 2),
        ("output takes 1 sheets", "output emptied", "output-area-full-error", 1),
        ("tray 1 holds iso_a5_148x210mm", "media in", "media-needed-error", 0),
        ("printer says marker-waste-full-error", "printer no longer says marker-waste-full-error", "", 0),
        ("printer says paused", "printer behaves", "paused", 0),
        ("cover open", "cover closed", "cover-open-error", 0),
    ],
)
def test_paper_stops_until_somebody_comes(words: str, mend: str, reason: str, before: int) -> None:
    async def main() -> None:
        twin = printer(words)
        await submit(twin, media="iso_a4_210x297mm")
        await twin.engine.clock.sleep(60)
        status = await twin.status()
        assert status.state is PrinterState.STOPPED
        assert (reason or "marker-waste-full-error") in status.reasons
        assert len(twin.stack()) == before
        assert obey(twin, parse(mend))
        await twin.engine.clock.sleep(60)
        assert len(twin.stack()) == 3
        assert (await twin.status()).state is PrinterState.IDLE

    run(main())


@pytest.mark.parametrize(
    ("counting", "said"),
    [("right", (4, 2)), ("never", (None, None)), ("zero", (0, 0)), ("twice", (8, 4)), ("sheets", (2, 2))],
)
def test_what_it_counts_is_no_business_of_the_paper(counting: str, said: tuple[int | None, int | None]) -> None:
    async def main() -> None:
        twin = printer(f"printer counts {counting}")
        job_id = await submit(twin, 4, sides=TWO_SIDED)
        await twin.engine.clock.sleep(60)
        status = await twin.job_status(job_id)
        assert (status.impressions, status.sheets) == said
        assert pages(twin) == [(1, 2), (3, 4)]
        assert {*Counting} >= {Counting(counting)}

    run(main())


@pytest.mark.parametrize(
    ("words", "job_id", "sheets"),
    [("printer behaves", 1, 3), ("printer numbers on", 2, 3), ("printer remembers jobs", 2, 6)],
)
def test_what_a_power_cut_leaves(words: str, job_id: int, sheets: int) -> None:
    async def main() -> None:
        twin = printer(words)
        await submit(twin, 4)
        await twin.engine.clock.sleep(4.5)
        for said in ("printer off", "printer on"):
            assert obey(twin, parse(said))
        assert await submit(twin, 1 if sheets == 3 else 2) == job_id
        await twin.engine.clock.sleep(60)
        assert len(twin.stack()) == sheets

    run(main())


def test_a_sleeping_printer_says_so_and_takes_its_time() -> None:
    twin = after(21, "printer sleeps 20s", long=1)
    assert twin.stack() == []
    assert [side.at for side in after(60, "printer sleeps 20s", long=1).sheets()] == [22.0]


def test_cancelling_may_change_nothing() -> None:
    async def main() -> None:
        twin = printer("printer ignores cancel")
        await twin.cancel_job(await submit(twin))
        await twin.engine.clock.sleep(60)
        assert len(twin.stack()) == 3

    run(main())


def test_it_tells_its_news_at_once_and_a_silent_one_does_not() -> None:
    async def main(*words: str) -> list[float]:
        twin = printer(*words)
        await submit(twin, 2)
        told = []
        for _ in range(3):
            await twin.next_change(100)
            told.append(twin.engine.clock.monotonic())
        return told

    assert run(main()) == [0.0, 2.0, 4.0]
    assert run(main("printer lacks events")) == [100.0, 200.0, 300.0]


def test_somebody_at_the_machine_is_news() -> None:
    async def main() -> None:
        twin = printer()
        asyncio.get_running_loop().call_later(7, obey, twin, parse("cover open"))
        await twin.next_change(100)
        assert twin.engine.clock.monotonic() == 7

    run(main())


def test_every_reason_of_the_registry_can_be_shown_with_every_severity() -> None:
    async def main() -> None:
        twin = printer()
        for reason in sorted(REASONS):
            for said in (reason, *(reason + severity for severity in SEVERITIES)):
                assert obey(twin, parse(f"printer says {said}"))
                assert said in (await twin.status()).reasons
                assert obey(twin, parse(f"printer no longer says {said}"))
        assert (await twin.status()).reasons == ()

    run(main())
    assert not is_reason("paper-eaten-by-dog-error")
    with pytest.raises(WordsError, match="words-unknown"):
        parse("printer says paper-eaten-by-dog")

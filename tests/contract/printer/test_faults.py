"""What goes wrong with a printer comes out as the port's own errors, on the twin and through the driver alike."""

from collections.abc import AsyncIterator

import pytest

from hal.drivers import ipp_connection, ipp_printer
from hal.ports.errors import (
    OutcomeUnknownError,
    PrinterProtocolError,
    PrinterRefusedError,
    PrinterUnreachableError,
    PrinterUntrustedError,
)
from hal.ports.printer import JobState
from hal.sim.printer_abilities import capabilities
from hal.sim.printer_faults import Ability, Answers, Condition, Counting, CutLeaves
from tests.support.printer_rigs import (
    MIB,
    Rig,
    ServedRig,
    TwinRig,
    document,
    final,
    noise,
    pieces,
    printed,
    ticket,
    weighed,
)

BUSY = 0x0507
SIZE = 3 * MIB
AnyTwin = TwinRig | ServedRig


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real wait of the driver takes no time; the twin's are virtual."""
    monkeypatch.setattr(ipp_printer, "BUSY_WAITS", (0.0, 0.0))


async def every_question(rig: Rig, error: type[Exception]) -> None:
    job_id = 1
    for asking in (
        rig.printer.status(),
        rig.printer.create_job(ticket()),
        rig.printer.job_status(job_id),
        rig.printer.cancel_job(job_id),
    ):
        with pytest.raises(error):
            await asking


async def send(rig: Rig, job_size: int = SIZE) -> int:
    """Send a document that cannot arrive well; the job-id."""
    asked = ticket(job_size)
    job_id = (await rig.printer.create_job(asked)).job_id
    with pytest.raises(OutcomeUnknownError):
        await rig.printer.send_document(job_id, asked, document(*pieces(job_size)))
    return job_id


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        (Answers.MALFORMED, PrinterProtocolError),
        (Answers.OVERSIZED, PrinterProtocolError),
        (Answers.ENDLESS, PrinterProtocolError),
        (Answers.HTML, PrinterProtocolError),
        (Answers.SILENT, PrinterUnreachableError),
        (Answers.CUT, PrinterUnreachableError),
    ],
)
def test_bad_answers_to_questions(
    twin: AnyTwin, answers: Answers, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        await twin.printer.create_job(ticket())
        twin.twin.faults.answers = answers
        if answers is Answers.SILENT:
            monkeypatch.setattr(ipp_connection, "ANSWER_LIMIT", 0.2)
        await every_question(twin, error)

    twin.run(main())


@pytest.mark.parametrize("answers", [Answers.MALFORMED, Answers.OVERSIZED, Answers.ENDLESS, Answers.HTML, Answers.CUT])
def test_a_bad_answer_to_a_document_leaves_its_outcome_unknown(twin: AnyTwin, answers: Answers) -> None:
    async def main() -> None:
        twin.twin.faults.document_answer = answers
        job_id = await send(twin)
        assert twin.arrived(job_id) == weighed(*pieces(SIZE))
        assert (await final(twin, job_id)).state is JobState.COMPLETED

    twin.run(main())


@pytest.mark.parametrize("leaves", list(CutLeaves))
@pytest.mark.parametrize("after", [0, 1, 65_536, MIB, SIZE - 1, SIZE])
def test_a_cut_on_the_way_leaves_the_outcome_unknown(twin: AnyTwin, after: int, leaves: CutLeaves) -> None:
    async def main() -> None:
        twin.twin.faults.cut_after = after
        twin.twin.faults.cut_leaves = leaves
        job_id = await send(twin)
        assert twin.arrived(job_id).size == after
        await expect(twin, job_id, leaves)

    twin.run(main())


async def expect(rig: AnyTwin, job_id: int, leaves: CutLeaves) -> None:
    """The three ends a real printer has shown, two of which say nothing true about the document."""
    if leaves is CutLeaves.INCOMING:
        await rig.printer.cancel_job(job_id)
        status = await rig.printer.job_status(job_id)
        assert (status.state, status.reasons) == (JobState.HELD, ("job-incoming",))
        return
    status = await final(rig, job_id)
    assert status.state is (JobState.COMPLETED if leaves is CutLeaves.COMPLETED else JobState.ABORTED)
    assert len(rig.twin.sheets()) == (1 if leaves is CutLeaves.COMPLETED else 0)


def test_another_key_is_told_in_time(twin: AnyTwin) -> None:
    async def main() -> None:
        asked = ticket(SIZE)
        job_id = (await twin.printer.create_job(asked)).job_id
        twin.twin.faults.untrusted = True
        await every_question(twin, PrinterUntrustedError)
        with pytest.raises(PrinterUntrustedError):
            await twin.printer.send_document(job_id, asked, document(*pieces(SIZE)))
        assert twin.arrived(job_id).size == 0

    twin.run(main())


def test_switched_off_it_is_not_there_and_forgets(twin: AnyTwin) -> None:
    async def main() -> None:
        job_id = (await twin.printer.create_job(ticket())).job_id
        twin.twin.switch(on=False)
        await every_question(twin, PrinterUnreachableError)
        twin.twin.switch(on=True)
        with pytest.raises(PrinterRefusedError):
            await twin.printer.job_status(job_id)
        assert await printed(twin, b"%PDF") == job_id

    twin.run(main())


def test_switched_off_in_the_middle_of_a_document(twin: AnyTwin) -> None:
    async def power_cut() -> AsyncIterator[bytes]:
        yield noise(0, MIB)
        twin.twin.switch(on=False)
        yield noise(1, MIB)
        yield noise(2, MIB)

    async def main() -> None:
        asked = ticket(SIZE)
        job_id = (await twin.printer.create_job(asked)).job_id
        with pytest.raises(OutcomeUnknownError):
            await twin.printer.send_document(job_id, asked, power_cut())
        assert twin.twin.sheets() == []

    twin.run(main())


def test_a_printer_that_stays_busy_refuses(twin: AnyTwin) -> None:
    async def main() -> None:
        twin.twin.faults.busy = True
        with pytest.raises(PrinterRefusedError) as caught:
            await twin.printer.create_job(ticket())
        assert caught.value.status == BUSY
        assert not (await twin.printer.status()).accepting

    twin.run(main())


def test_a_job_can_be_stuck_for_ever(twin: AnyTwin) -> None:
    async def main() -> None:
        twin.twin.faults.stuck_incoming = True
        asked = ticket(4)
        job_id = (await twin.printer.create_job(asked)).job_id
        await twin.printer.send_document(job_id, asked, document(b"%PDF"))
        await expect(twin, job_id, CutLeaves.INCOMING)
        assert twin.twin.sheets() == []

    twin.run(main())


def test_what_stops_it_is_named(twin: AnyTwin) -> None:
    async def main() -> None:
        for condition in Condition:
            twin.twin.engine.put(condition)
            assert (await twin.printer.status()).reasons == (condition.value,)
            twin.twin.engine.mend(condition)
        assert (await twin.printer.status()).reasons == ()

    twin.run(main())


def test_a_jobs_number_may_come_again_and_its_uuid_never(twin: AnyTwin) -> None:
    async def main() -> None:
        before = await twin.printer.create_job(ticket())
        twin.twin.switch(on=False)
        twin.twin.switch(on=True)
        after = await twin.printer.create_job(ticket())
        assert before.job_id == after.job_id
        assert before.uuid != after.uuid
        assert (await twin.printer.job_status(after.job_id)).uuid == after.uuid

    twin.run(main())


@pytest.mark.parametrize("counting", list(Counting))
def test_what_it_counts_is_passed_on_as_it_says_it(twin: AnyTwin, counting: Counting) -> None:
    async def main() -> None:
        twin.twin.faults.counting = counting
        status = await twin.printer.job_status(await printed(twin, b"%PDF"))
        expected = {Counting.NEVER: None, Counting.ZERO: 0, Counting.TWICE: 2}
        assert (status.impressions, status.sheets) == (expected.get(counting, 1),) * 2

    twin.run(main())


def test_a_printer_that_takes_one_job_refuses_the_next(twin: AnyTwin) -> None:
    async def main() -> None:
        twin.twin.faults.one_job = True
        await twin.printer.create_job(ticket())
        with pytest.raises(PrinterRefusedError) as caught:
            await twin.printer.create_job(ticket())
        assert caught.value.status == BUSY

    twin.run(main())


@pytest.mark.parametrize("ability", list(Ability))
def test_what_it_lacks_it_does_not_claim(twin: AnyTwin, ability: Ability) -> None:
    """The same over IPP as in memory."""

    async def main() -> None:
        twin.twin.faults.lacks.add(ability)
        can, truth = await twin.printer.capabilities(), capabilities(twin.twin.engine)
        assert (can.formats, can.media, can.media_ready, can.sides) == (
            truth.formats,
            truth.media,
            truth.media_ready,
            truth.sides,
        )
        assert (can.color_modes, can.page_ranges) == (truth.color_modes, truth.page_ranges)

    twin.run(main())

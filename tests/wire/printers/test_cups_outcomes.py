"""How jobs end behind a real private cupsd: what its backend says, what becomes of the queue, and who dies when."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from hal.drivers import cups_line
from hal.drivers.cups_daemon import members
from hal.ports.errors import OutcomeUnknownError, PrinterRefusedError, PrinterUnreachableError
from hal.ports.printer import JobState, PrinterState
from tests.support import aio
from tests.support.cups_jobs import LIMIT, NOT_FOUND, eventually, over, sent
from tests.support.cups_rig import Gutter
from tests.support.printer_rigs import MIB, pieces, ticket


@pytest.mark.parametrize(
    ("code", "state"),
    [(0, JobState.COMPLETED), (5, JobState.CANCELED), *((code, JobState.ABORTED) for code in (1, 2, 3, 4, 6, 7, 99))],
)
def test_a_backend_ends_a_job_and_never_the_queue(gutter: Gutter, code: int, state: JobState) -> None:
    async def main() -> None:
        printer = gutter.opened()
        gutter.ends_with(code)
        job_id = await sent(printer, b"%PDF")
        ended = await over(printer, job_id)
        assert ended.state is state
        assert gutter.taken(job_id) == b"%PDF"
        assert (await printer.status()).state is PrinterState.IDLE
        gutter.ends_with(0)
        assert (await over(printer, await sent(printer, b"%!PS"))).state is JobState.COMPLETED
        assert len(list(gutter.folder.glob("taken-*"))) == 2  # none of them came twice
        await printer.aclose()

    aio.run(main())


def test_the_devices_reasons_are_the_printers_and_go_when_it_says_so(gutter: Gutter) -> None:
    async def main() -> None:
        printer = gutter.opened()
        gutter.says("STATE: +media-empty-error,cover-open-error")
        gutter.shut()
        job_id = await sent(printer, b"%PDF")
        await eventually(lambda: gutter.waits(job_id))
        async with asyncio.timeout(LIMIT):
            while set((await printer.status()).reasons) != {"media-empty-error", "cover-open-error"}:
                await printer.next_change(0.01)
        assert (await printer.job_status(job_id)).state is JobState.PROCESSING
        gutter.says("STATE: -media-empty-error,cover-open-error")
        gutter.let_go()
        assert (await over(printer, job_id)).state is JobState.COMPLETED
        await over(printer, await sent(printer, b"%PDF"))
        assert (await printer.status()).reasons == ()
        await printer.aclose()

    aio.run(main())


def test_a_queue_that_somebody_stopped_is_started(gutter: Gutter) -> None:
    async def main() -> None:
        printer = gutter.opened()
        line = await printer.server.line()
        await line.ask(lambda way: way.disablePrinter("lockgate"))
        assert (await printer.status()).state is PrinterState.IDLE
        await line.ask(lambda way: way.disablePrinter("lockgate"))
        assert (await over(printer, await sent(printer, b"%PDF"))).state is JobState.COMPLETED
        await printer.aclose()

    aio.run(main())


def test_a_cancelled_job_ends_its_backend(gutter: Gutter) -> None:
    async def main() -> None:
        printer = gutter.opened()
        gutter.shut()
        job_id = await sent(printer, b"%PDF")
        await eventually(lambda: gutter.waits(job_id))
        await printer.cancel_job(job_id)
        assert (await over(printer, job_id)).state is JobState.CANCELED
        await eventually(lambda: members(printer.server.pid) == [printer.server.pid])
        with pytest.raises(PrinterRefusedError):
            await printer.cancel_job(job_id)
        await printer.aclose()

    aio.run(main())


def test_a_cupsd_killed_on_the_way_has_printed_nothing_and_the_next_job_is_whole(gutter: Gutter) -> None:
    async def main() -> None:
        printer = gutter.opened()
        asked = ticket(4 * MIB)
        job_id = (await printer.create_job(asked)).job_id

        async def deadly() -> AsyncIterator[bytes]:
            for chunk in pieces(4 * MIB):
                yield chunk
                if printer.server.pid:
                    os.kill(printer.server.pid, signal.SIGKILL)

        with pytest.raises(OutcomeUnknownError):
            await printer.send_document(job_id, asked, deadly())
        await eventually(lambda: not printer.server.is_alive)
        left = await printer.job_status(job_id)
        assert (left.state, left.name) == (JobState.ABORTED, asked.name)  # without its name it would be nobody's
        with pytest.raises(PrinterRefusedError) as caught:
            await printer.job_status(job_id + 1)
        assert caught.value.status == NOT_FOUND
        assert await printer.find_job(asked.name) is None
        next_id = await sent(printer, b"%PDF")
        assert next_id > job_id
        assert (await over(printer, next_id)).state is JobState.COMPLETED
        assert [one.name for one in gutter.folder.glob("taken-*")] == [f"taken-{next_id}"]
        await printer.aclose()

    aio.run(main())


def test_a_cupsd_killed_while_its_backend_prints_takes_the_backend_along(gutter: Gutter) -> None:
    async def main() -> None:
        printer = gutter.opened()
        gutter.shut()
        job_id = await sent(printer, b"%PDF")
        await eventually(lambda: gutter.waits(job_id))
        pid = printer.server.pid
        assert len(members(pid)) > 1
        os.kill(pid, signal.SIGKILL)
        await eventually(lambda: not printer.server.is_alive)
        assert (await printer.status()).state is PrinterState.IDLE
        assert members(pid) == []
        with pytest.raises(PrinterRefusedError):
            await printer.job_status(job_id)
        await printer.aclose()

    aio.run(main())


def test_a_cupsd_that_wedges_is_killed_and_replaced(gutter: Gutter, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        printer = gutter.opened()
        await printer.status()
        stuck = printer.server.pid
        os.kill(stuck, signal.SIGSTOP)
        monkeypatch.setattr(cups_line, "ANSWER_LIMIT", 0.2)
        with pytest.raises(PrinterUnreachableError, match="killed"):
            await printer.status()
        monkeypatch.setattr(cups_line, "ANSWER_LIMIT", LIMIT)
        await printer.status()
        assert printer.server.pid != stuck
        await printer.aclose()

    aio.run(main())


def test_three_lines_at_once_do_not_disturb_each_other(gutter: Gutter) -> None:
    async def main() -> None:
        printer = gutter.opened()
        await printer.status()
        lines = [printer.server.another_line() for _ in range(3)]
        said = await asyncio.gather(
            *(
                line.ask(lambda way: way.getPrinters()["lockgate"]["printer-state"])
                for line in lines
                for _ in range(300)
            )
        )
        assert said == [3] * 900
        for line in lines:
            line.close()
        await printer.aclose()

    aio.run(main())


def test_let_go_of_it_is_gone_for_good(gutter: Gutter) -> None:
    async def main() -> None:
        printer = gutter.opened()
        await printer.status()
        pid, root = printer.server.pid, printer.server.root
        assert root is not None
        await printer.aclose()
        await printer.aclose()
        assert (members(pid), root.exists()) == ([], False)
        with pytest.raises(PrinterUnreachableError):
            await printer.status()

    aio.run(main())

"""What every printer tells of itself and its jobs: what it can do, which job is ours, that something has changed."""

import pytest

from hal.ports.errors import PrinterRefusedError
from hal.ports.printer import JobState
from tests.support.printer_rigs import PDF, Rig, ServedRig, TwinRig, printed, ticket

NOT_SUPPORTED = 0x0501


def test_it_says_what_it_can_do(rig: Rig) -> None:
    async def main() -> None:
        can = await rig.printer.capabilities()
        assert PDF in can.formats
        assert can == await rig.printer.capabilities()
        assert can.max_copies is None or can.max_copies >= 1
        assert list(can.resolutions) == sorted(set(can.resolutions))
        assert list(can.raster.dpi) == sorted(set(can.raster.dpi))

    rig.run(main())


def test_a_job_is_found_by_its_name_while_it_waits(rig: Rig) -> None:
    async def main() -> None:
        asked = ticket()
        created = await rig.printer.create_job(asked)
        found = await rig.printer.find_job(asked.name)
        assert found is not None
        assert (found.job_id, found.name, found.state.final) == (created.job_id, asked.name, False)
        await rig.printer.cancel_job(created.job_id)

    rig.run(main())


def test_a_job_is_found_by_its_name_when_it_is_over(rig: Rig) -> None:
    async def main() -> None:
        job_id = await printed(rig, b"%PDF")
        name = (await rig.printer.job_status(job_id)).name
        found = await rig.printer.find_job(name)
        assert found is not None
        assert (found.job_id, found.state) == (job_id, JobState.COMPLETED)

    rig.run(main())


def test_a_job_that_was_never_there_is_not_found(rig: Rig) -> None:
    async def main() -> None:
        await printed(rig, b"%PDF")
        assert await rig.printer.find_job("never-there") is None
        assert await rig.printer.find_job("") is None

    rig.run(main())


@pytest.mark.parametrize("seconds", [0.0, 0.05])
def test_a_wait_for_news_ends(rig: Rig, seconds: float) -> None:
    async def main() -> None:
        for _ in range(3):
            await rig.printer.next_change(seconds)
        await rig.printer.aclose()

    rig.run(main())


def test_it_shows_which_one_it_is_or_says_that_it_cannot(rig: Rig) -> None:
    async def main() -> None:
        refused: list[int] = []
        try:
            await rig.printer.identify()
        except PrinterRefusedError as exc:
            refused.append(exc.status)
        assert refused in ([], [NOT_SUPPORTED])

    rig.run(main())


def test_it_shows_itself_as_often_as_it_is_asked(twin: TwinRig | ServedRig) -> None:
    async def main() -> None:
        for times in (1, 2):
            await twin.printer.identify()
            assert twin.twin.identified == times

    twin.run(main())


def test_letting_go_twice_is_letting_go(rig: Rig) -> None:
    async def main() -> None:
        await rig.printer.status()
        await rig.printer.aclose()
        await rig.printer.aclose()

    rig.run(main())

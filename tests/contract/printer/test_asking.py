"""What the driver asks of printers that differ: capabilities read again when they changed, jobs found as the printer
lets them be found."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from hal.framing.ipp import Attribute, IppOperation, IppStatus, IppTag, Message
from hal.ports.errors import PrinterRefusedError
from hal.ports.printer import Printer
from tests.support import aio
from tests.support.canned_printer import JOB, PRINTER, CannedPrinter, Groups
from tests.support.printer_rigs import DriverRig, ticket


@pytest.fixture
def rig() -> Iterator[DriverRig]:
    made = DriverRig()
    yield made
    made.close()


@asynccontextmanager
async def opened(rig: DriverRig, canned: CannedPrinter) -> AsyncIterator[Printer]:
    async with canned.serving() as uri:
        printer = rig.open(f"{uri}?insecure=yes-not-encrypted")
        yield printer
        await printer.aclose()


class Changeable:
    """A printer whose configuration a test may change."""

    def __init__(self) -> None:
        self.stamp = Attribute("printer-config-change-time", IppTag.INTEGER, [1])
        self.model = "One"

    def __call__(self, _message: Message) -> Groups:
        model = Attribute("printer-make-and-model", IppTag.TEXT, [self.model])
        return [(IppTag.PRINTER, [*PRINTER, self.stamp, model])]


@pytest.mark.parametrize(
    "stamp",
    [
        Attribute("printer-config-change-time", IppTag.INTEGER, [2]),
        Attribute("printer-uuid", IppTag.URI, ["urn:uuid:2"]),
    ],
    ids=["configured", "another"],
)
def test_capabilities_are_read_once_and_again_when_they_changed(rig: DriverRig, stamp: Attribute) -> None:
    async def main() -> None:
        says = Changeable()
        canned = CannedPrinter(says=says)
        async with opened(rig, canned) as printer:
            assert (await printer.capabilities()).model == "One"
            await printer.status()
            says.model = "Two"
            assert (await printer.capabilities()).model == "One"
            assert len(canned.heard) == 2
            says.stamp = stamp
            await printer.status()
            assert (await printer.capabilities()).model == "Two"
            await printer.status()
            await printer.capabilities()
        assert len(canned.heard) == 5

    aio.run(main())


def of(which: str, mine: bool) -> CannedPrinter:
    """One that has our job among those, and knows my-jobs or not."""

    def says(message: Message) -> Groups:
        there = message.operation["which-jobs"] == (which,) and ("my-jobs" in message.operation) <= mine
        return [(IppTag.JOB, list(JOB))] if there else []

    def door(_request: object, message: Message) -> IppStatus | None:
        return IppStatus.ERROR_ATTRIBUTES_OR_VALUES if "my-jobs" in message.operation and not mine else None

    return CannedPrinter(door=door, says=says)


@pytest.mark.parametrize("mine", [True, False], ids=["mine", "everybodys"])
@pytest.mark.parametrize("which", ["not-completed", "completed"])
def test_a_job_is_found_wherever_the_printer_lists_it(rig: DriverRig, which: str, mine: bool) -> None:
    async def main() -> None:
        canned = of(which, mine)
        async with opened(rig, canned) as printer:
            found = await printer.find_job("ours")
            assert found is not None
            assert found.job_id == 1
            assert await printer.find_job("another") is None

    aio.run(main())


def test_a_job_that_another_user_seems_to_own_is_found(rig: DriverRig) -> None:
    """Some printers put a name of their own to a job, and then it is not among ours."""

    def says(message: Message) -> Groups:
        return [] if "my-jobs" in message.operation else [(IppTag.JOB, list(JOB))]

    async def main() -> None:
        async with opened(rig, CannedPrinter(says=says)) as printer:
            assert await printer.find_job("ours") is not None

    aio.run(main())


def test_a_printer_that_lists_nothing_has_not_said_that_there_is_nothing(rig: DriverRig) -> None:
    async def main() -> None:
        canned = CannedPrinter(door=lambda _request, _message: IppStatus.ERROR_OPERATION_NOT_SUPPORTED)
        async with opened(rig, canned) as printer:
            with pytest.raises(PrinterRefusedError):
                await printer.find_job("ours")
        assert set(canned.codes()) == {IppOperation.GET_JOBS}

    aio.run(main())


def test_jobs_are_looked_for_among_ours_first_and_among_those_under_way_first(rig: DriverRig) -> None:
    """Else one that ends in between would be in neither list."""
    asked: list[tuple[object, bool]] = []

    def says(message: Message) -> Groups:
        asked.append((message.operation["which-jobs"], "my-jobs" in message.operation))
        return []

    async def main() -> None:
        async with opened(rig, CannedPrinter(says=says)) as printer:
            assert await printer.find_job("ours") is None
        under_way, over = ("not-completed",), ("completed",)
        assert asked == [(under_way, True), (over, True), (under_way, False), (over, False)]

    aio.run(main())


@pytest.mark.parametrize("status", [IppStatus.ERROR_NOT_AUTHORIZED, IppStatus.ERROR_INTERNAL])
def test_a_job_that_is_refused_for_good_is_asked_for_once(rig: DriverRig, status: IppStatus) -> None:
    """A printer that is busy is asked again, and no other: it might have made one all the same."""

    async def main() -> None:
        canned = CannedPrinter(door=lambda _request, _message: status)
        async with opened(rig, canned) as printer:
            with pytest.raises(PrinterRefusedError) as caught:
                await printer.create_job(ticket())
        assert caught.value.status == status
        assert canned.codes() == [IppOperation.CREATE_JOB]

    aio.run(main())

"""The test page on the printer twin: followed to its end, and taken back where nobody waits for it any more."""

import asyncio

import pytest

from firmware.technician.printer import Bench, PrinterUseError
from firmware.technician.printer_test import print_test
from hal.ports.printer import JobState
from hal.sim import virtual_time
from hal.sim.clock import VirtualClock
from hal.sim.printer import SimPrinter
from hal.sim.printer_faults import Condition
from hal.sim.random_source import SeededRandom
from hal.sim.workers import InlineWorkers


class Stand:
    """To be made inside a virtual loop."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.printer = SimPrinter(self.clock, SeededRandom(1))
        self.bench = Bench(self.printer, self.clock, SeededRandom(2), InlineWorkers())
        self.told: list[str] = []

    async def print(self) -> str:
        return await print_test(self.bench, "lobby", self.told.append)


def test_the_page_comes_out_and_is_not_said_to_be_good() -> None:
    async def story() -> None:
        stand = Stand()
        assert "look whether it did" in await stand.print()
        assert len(stand.printer.sheets()) == 1

    virtual_time.run(story())


def test_what_it_waits_for_is_told_and_an_end_at_the_printer_is_no_success() -> None:
    async def story() -> None:
        stand = Stand()
        stand.printer.engine.put(Condition.PAPER_OUT)
        printing = asyncio.create_task(stand.print())
        await stand.clock.sleep(10)
        assert any("There is no paper." in line for line in stand.told)
        await stand.printer.cancel_job(1)
        with pytest.raises(PrinterUseError) as caught:
            await printing
        assert caught.value.code == "printer-not-printed"

    virtual_time.run(story())


def test_a_printer_that_forgot_the_page_has_said_nothing_of_it() -> None:
    """As one at usblp always does."""

    async def story() -> None:
        stand = Stand()
        stand.printer.engine.put(Condition.PAPER_OUT)
        printing = asyncio.create_task(stand.print())
        await stand.clock.sleep(10)
        stand.printer.switch(on=False)
        stand.printer.switch(on=True)
        with pytest.raises(PrinterUseError, match="nobody can say what became of job 1: look whether") as caught:
            await printing
        assert caught.value.code == "printer-not-printed"

    virtual_time.run(story())


def test_a_page_that_nobody_waits_for_is_taken_back() -> None:
    async def story() -> None:
        stand = Stand()
        stand.printer.engine.put(Condition.PAPER_OUT)
        printing = asyncio.create_task(stand.print())
        await stand.clock.sleep(10)
        printing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await printing
        assert (await stand.printer.job_status(1)).state is JobState.CANCELED

    virtual_time.run(story())

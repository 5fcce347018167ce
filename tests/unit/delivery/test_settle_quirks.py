"""After a start, with what is known of the printer's words, and of the pages that were out before the last release."""

from dataclasses import replace

import pytest

from firmware.core.events import Outcome
from firmware.delivery.records import Step
from firmware.delivery.settle import settle
from hal.ports.errors import PrinterUnreachableError
from hal.ports.printer import Capabilities, JobState
from hal.sim.virtual_time import run
from tests.unit.delivery.test_settle import at_printer, left_at, settled
from tests.unit.delivery.world import World


def known_for(world: World, monkeypatch: pytest.MonkeyPatch, quirk: str) -> None:
    ask = world.printer.capabilities

    async def capabilities() -> Capabilities:
        return replace(await ask(), quirks=frozenset({quirk}))

    monkeypatch.setattr(world.printer, "capabilities", capabilities)


def test_one_that_cancels_what_it_printed_is_not_believed_after_a_start_either(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    known_for(world, monkeypatch, "cancels-printed")
    left_at(world, Step.SENT)
    at_printer(world, JobState.CANCELED, printed=7)
    assert settled(world).outcome is Outcome.UNKNOWN


def test_a_printer_that_does_not_say_what_it_can_do_keeps_no_release_open(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()

    async def capabilities() -> Capabilities:
        raise PrinterUnreachableError("printer", "not now")

    monkeypatch.setattr(world.printer, "capabilities", capabilities)
    left_at(world, Step.SENT)
    at_printer(world, JobState.COMPLETED)
    assert settled(world).outcome is Outcome.PRINTED


@pytest.mark.parametrize(("first_page", "pages"), [(1, None), (4, 3)])
def test_a_rest_that_never_began_leaves_the_pages_that_were_out(first_page: int, pages: int | None) -> None:
    world = World()
    left_at(world, Step.CREATED, first_page=first_page)
    at_printer(world, JobState.HELD)

    async def story() -> int | None:
        means = world.start()
        await settle(means.ledger.unsettled(), means, world.said.append)
        return means.ledger.entry("r-1").pages

    assert run(story()) == pages

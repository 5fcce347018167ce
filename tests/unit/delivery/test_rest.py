"""The rest of a document from a page on: by the printer, by the station, or not at all, and never beyond its end."""

import asyncio
from dataclasses import replace

import pytest

from firmware.core.events import DeliveryAdvanced, Outcome, Stage
from firmware.delivery.means import Means
from firmware.delivery.outcomes import Ended
from firmware.delivery.planning import LAST_PAGE
from firmware.delivery.settle import settle
from firmware.vault.attributes import Attributes
from hal.sim.printer_faults import Ability, Counting
from hal.sim.virtual_time import run
from tests.unit.delivery.world import TITLE, World, after, pdf

PRINTED, HELD = Outcome.PRINTED, Outcome.HELD
FIVE = Attributes(TITLE, pages=5)


class Unable:
    """A converter that has no way for anything."""

    most_bytes = 0

    def targets(self, _source: str) -> tuple[str, ...]:
        return ()


def pages_of(world: World) -> list[int]:
    return [sheet.page for sheet in world.printer.sheets()]


def test_the_printer_prints_the_rest_where_it_can() -> None:
    world = World()
    job = world.submit(pdf(pages=5), attributes=FIVE)
    assert run(world.deliver(job, first_page=4)) == Ended(PRINTED, "", 2, pages=5)
    assert pages_of(world) == [4, 5]
    (made,) = world.printer.engine.jobs.values()
    assert made.ticket.pages == ((4, LAST_PAGE),)  # the client may have counted too few
    shown = [event.page for event in world.events if isinstance(event, DeliveryAdvanced) and event.page]
    assert shown == [4, 5]
    (entry,) = world.entries()
    assert (entry.first_page, entry.pages) == (4, 5)


@pytest.mark.parametrize("counting", [Counting.RIGHT, Counting.TWICE])
def test_a_printer_that_begins_the_rest_with_page_one_loses_no_page_when_it_is_interrupted(counting: Counting) -> None:
    world = World()
    world.printer.faults.ignores_page_ranges = True
    world.printer.faults.counting = counting
    world.printer.faults.jam_at_page = 3
    job, cancel = world.submit(pdf(pages=9), attributes=Attributes(TITLE, pages=9)), asyncio.Event()
    ended = run(after(60, cancel.set, world.deliver(job, cancel=cancel, first_page=5)))
    assert pages_of(world) == [1, 2]
    assert (ended.outcome, ended.pages) == (HELD, 4)


def test_an_interrupted_rest_of_a_printer_that_begins_where_it_is_told_goes_on_where_it_was() -> None:
    world = World()
    world.printer.faults.jam_at_page = 3
    job, cancel = world.submit(pdf(pages=9), attributes=Attributes(TITLE, pages=9)), asyncio.Event()
    ended = run(after(60, cancel.set, world.deliver(job, cancel=cancel, first_page=5)))
    assert pages_of(world) == [5, 6]
    assert (ended.outcome, ended.pages) == (HELD, 6)


def test_a_rest_that_a_power_cut_interrupts_is_counted_with_the_same_care() -> None:
    world = World()
    world.printer.faults.ignores_page_ranges = True
    world.printer.faults.jam_at_page = 3
    job = world.submit(pdf(pages=9), attributes=Attributes(TITLE, pages=9))

    async def lives() -> None:
        first = asyncio.create_task(world.deliver(job, first_page=5, alone=False))
        await world.clock.sleep(30)
        first.cancel()
        await asyncio.wait([first])
        world.printer.engine.cancel(1)  # somebody at its own panel
        means = world.start()
        await settle(means.ledger.unsettled(), means, world.said.append)

    run(lives())
    (entry,) = world.entries()
    assert pages_of(world) == [1, 2]
    assert (entry.outcome, entry.pages) == (HELD, 4)


def test_where_nobody_counted_the_pages_the_rest_goes_on_to_the_end() -> None:
    world = World()
    job = world.submit(pdf(pages=5))
    assert run(world.deliver(job, first_page=3)).outcome is PRINTED
    assert pages_of(world) == [3, 4, 5]


def test_the_station_makes_the_rest_where_the_printer_cannot() -> None:
    world = World()
    world.printer.faults.lacks.add(Ability.PAGE_RANGES)
    job = world.submit(pdf(pages=5), attributes=FIVE)
    assert run(world.deliver(job, first_page=4)) == Ended(PRINTED, "", 2, pages=5)
    (made,) = world.printer.engine.jobs.values()
    assert (made.ticket.format, made.ticket.pages, made.ticket.size) == ("image/pwg-raster", (), None)
    assert world.sheets() == 2
    stages = [event.stage for event in world.events if isinstance(event, DeliveryAdvanced) and not event.page]
    assert stages == [Stage.ASKING, Stage.CONVERTING, Stage.SENDING, Stage.PRINTING]


def test_a_printer_without_pdf_is_sent_pages() -> None:
    world = World()
    world.printer.faults.lacks.add(Ability.PDF)
    job = world.submit(pdf(pages=5), attributes=FIVE)
    assert run(world.deliver(job)) == Ended(PRINTED, "", 5, pages=5)
    assert pages_of(world) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("first_page", "lacking", "code"),
    [(2, Ability.PAGE_RANGES, "rest-unsupported"), (1, Ability.PDF, "format-unsupported")],
)
def test_what_nobody_can_make_is_refused_before_the_mesh_is_asked(
    first_page: int, lacking: Ability, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    world.printer.faults.lacks.add(lacking)
    monkeypatch.setattr(world, "converter", Unable())
    job = world.submit(pdf(pages=5), attributes=FIVE)
    assert run(world.deliver(job, first_page=first_page)) == Ended(HELD, code)
    assert world.mesh.asked == 0


def test_a_document_too_large_to_be_made_into_pages_is_refused_before_the_mesh_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    world.printer.faults.lacks.add(Ability.PDF)
    monkeypatch.setattr(world.converter, "most_bytes", 100, raising=False)
    job = world.submit(pdf(pages=5))
    assert run(world.deliver(job)) == Ended(HELD, "document-too-large")
    assert world.mesh.asked == 0


def test_a_client_that_counted_too_few_pages_cuts_off_nothing_of_the_rest() -> None:
    world = World()
    job = world.submit(pdf(pages=5), attributes=Attributes(TITLE, pages=3))
    assert run(world.deliver(job, first_page=3)).outcome is PRINTED
    assert pages_of(world) == [3, 4, 5]


@pytest.mark.parametrize("attributes", [FIVE, None])
def test_pages_out_beyond_all_documents_are_refused_before_the_mesh_is_asked(attributes: Attributes | None) -> None:
    world = World()
    job = world.submit(pdf(pages=5), attributes=attributes)
    assert run(world.deliver(job, first_page=LAST_PAGE + 1)) == Ended(HELD, "page-beyond-end")
    assert world.mesh.asked == 0


def test_a_rest_behind_the_last_page_is_refused_and_what_was_out_stays_known() -> None:
    world = World()
    job = replace(world.submit(pdf(pages=5), attributes=FIVE), pages_out=2)
    assert run(world.deliver(job, first_page=6)) == Ended(HELD, "page-beyond-end", pages=2)
    assert world.printer.deliveries == []
    assert world.mesh.kinds()[-1] == "stopped page-beyond-end"


def test_a_part_and_then_the_rest_make_the_whole_document_once() -> None:
    world = World()
    job = world.submit(pdf(pages=5), attributes=FIVE)
    world.printer.faults.jam_at_page = 3

    async def story() -> list[Ended]:
        means: Means = world.start()
        cancel = asyncio.Event()
        asyncio.get_running_loop().call_later(60, cancel.set)
        first = await world.deliver(job, means=means, cancel=cancel)
        world.printer.engine.conditions.clear()
        rest = await world.deliver(job, means=means, first_page=(first.pages or 0) + 1)
        return [first, rest]

    first, rest = run(story())
    assert first == Ended(HELD, "canceled", 2, pages=2)
    assert rest == Ended(PRINTED, "", 3, pages=5)
    assert pages_of(world) == [1, 2, 3, 4, 5]
    assert world.mesh.reports[-1].pages == 5

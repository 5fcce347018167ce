"""A claim of pages that comes sooner than the printer can have made them is not believed; any other is as before."""

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from firmware.core.events import DeliveryAsks, Event, Outcome
from firmware.core.questions import Answer, AnswerKind, Question, QuestionKind
from firmware.delivery.answers import Answers
from firmware.delivery.counting import Extent
from firmware.delivery.outcomes import Delivered, Ended, Missing, weigh
from firmware.delivery.pace import FASTER, LEAST_SECONDS, Pace
from firmware.vault.attributes import Attributes
from hal.ports.printer import Capabilities, JobState, JobStatus
from hal.sim.clock import VirtualClock
from hal.sim.printer_faults import Ability, Condition
from hal.sim.virtual_time import run
from tests.unit.delivery.world import TITLE, World, after, pdf

PRINTED, HELD, UNKNOWN = Outcome.PRINTED, Outcome.HELD, Outcome.UNKNOWN
SOON = Ended(UNKNOWN, "printed-too-soon", 12)


def completed(impressions: int | None, expected: int | None = None) -> JobStatus:
    return JobStatus(1, JobState.COMPLETED, (), impressions, expected=expected)


def beyond(
    rate: int | None, seconds: float, status: JobStatus, pages: int | None, *quirks: str, copies: int = 1
) -> bool:
    """Whether that claim, so many seconds after the first byte, is beyond a printer of so many pages a minute."""
    clock = VirtualClock()
    pace = Pace(clock, Capabilities((), pages_per_minute=rate, quirks=frozenset(quirks)))

    async def story() -> bool:
        pace.begin()
        await clock.sleep(seconds)
        return pace.is_beyond(status, Extent(pages, copies))

    return run(story())


@pytest.mark.parametrize(
    ("rate", "seconds", "status", "pages", "is_beyond"),
    [
        (30, 4.9, completed(10), 10, True),  # 20 s at its rate, 5 s at four times that
        (30, 5.0, completed(10), 10, False),
        (30, 0.0, completed(2), 2, False),  # 4 s
        (24, 0.0, completed(2), 2, True),  # 5 s, and that is enough
        (25, 0.0, completed(2), 2, False),
        (1, 0.0, completed(1), 1, False),  # one page says nothing of a rate
        (30, 4.9, completed(10), None, True),  # nobody counted but the printer
        (30, 4.9, completed(None, 10), None, True),
        (30, 0.0, completed(None), None, False),  # nobody at all
        (30, 4.9, completed(None), 10, True),  # it says no number, and completed
        (30, 4.9, completed(20), 10, True),
        (30, 5.1, completed(20), 10, False),  # who counts twice has not made twice as many
        (None, 0.0, completed(1000), 1000, False),
        (0, 0.0, completed(1000), 1000, False),
        (1, 0.0, completed(1000), 1000, False),  # nobody told PAPPL, or a driver's file, how fast it is
        (2, 0.0, completed(1000), 1000, True),
        (600, 1.3, completed(50), 50, False),
    ],
)
def test_when_a_claim_is_beyond_a_printer(
    rate: int | None, seconds: float, status: JobStatus, pages: int | None, is_beyond: bool
) -> None:
    assert beyond(rate, seconds, status, pages) is is_beyond


def test_copies_take_their_time_too() -> None:
    assert beyond(30, 2.0, completed(6), 2, copies=3) is True
    assert beyond(30, 3.1, completed(6), 2, copies=3) is False


def test_one_whose_rate_is_known_to_be_none_is_not_timed() -> None:
    assert beyond(30, 0.0, completed(10), 10, "no-rate") is False


def test_before_the_first_byte_nothing_is_timed() -> None:
    pace = Pace(VirtualClock(), Capabilities((), pages_per_minute=30))
    assert pace.is_beyond(completed(100), Extent(100)) is False


def test_the_figures_leave_an_honest_printer_room() -> None:
    assert FASTER >= 3
    assert LEAST_SECONDS >= 5


@pytest.mark.parametrize("delivered", list(Delivered))
def test_too_soon_is_never_printed_and_nothing_else_changes(delivered: Delivered) -> None:
    ended = weigh(delivered, completed(5), "transfer-broken", Extent(5), is_too_soon=True)
    if delivered is Delivered.WHOLE:
        assert ended == Ended(UNKNOWN, "printed-too-soon", 5)
    else:
        assert ended == weigh(delivered, completed(5), "transfer-broken", Extent(5))


@pytest.mark.parametrize("status", [replace(completed(5), state=JobState.CANCELED), Missing.SILENT, Missing.FORGOTTEN])
def test_what_is_not_called_completed_is_not_timed(status: JobStatus | Missing) -> None:
    weighed = weigh(Delivered.WHOLE, status, "", Extent(5))
    assert weigh(Delivered.WHOLE, status, "", Extent(5), is_too_soon=True) == weighed


def delivered(world: World, answer: Answer | None = None, pages: int = 12) -> Ended:
    """A job at the twin, which makes 60 pages a minute and says so; asked, the person gives that answer."""
    answers = Answers()

    def react(event: Event) -> None:
        if isinstance(event, DeliveryAsks) and answer is not None:
            asyncio.get_running_loop().call_later(5, partial(answers.give, event.number, answer))

    world.react = react
    job = world.submit(pdf(pages=pages), attributes=Attributes(TITLE, pages=pages))
    return run(world.deliver(job, answers=answers))


def asked(world: World) -> list[Question]:
    return [event.question for event in world.events if isinstance(event, DeliveryAsks)]


@pytest.mark.parametrize(
    ("answer", "ended"),
    [
        (Answer(AnswerKind.YES), Ended(PRINTED, "", 12, pages=12, told=True)),
        (Answer(AnswerKind.NO), Ended(HELD, "not-printed", 12, pages=0, told=True)),
        (Answer(AnswerKind.PAGES, 4), Ended(HELD, "printed-in-part", 12, pages=4, told=True)),
        (None, SOON),
    ],
)
def test_a_printer_that_drops_a_document_and_claims_all_of_it_is_not_believed(
    answer: Answer | None, ended: Ended
) -> None:
    world = World()
    world.printer.faults.drops_document = True
    assert delivered(world, answer) == ended
    assert asked(world) == [Question(QuestionKind.CAME_OUT, page=12)]
    (entry,) = world.entries()
    assert (entry.outcome, entry.code, entry.pages) == (ended.outcome, ended.code, ended.pages)
    assert world.mesh.reports[-1].pages == ended.pages


def test_a_printer_that_does_not_say_how_fast_it_is_cannot_be_too_fast() -> None:
    world = World()
    world.printer.faults.lacks.add(Ability.SPEED)
    world.printer.faults.drops_document = True
    assert delivered(world).outcome is PRINTED


def test_one_page_that_was_ready_at_once_is_believed() -> None:
    world = World()
    world.printer.engine.page_seconds = 60.0
    world.printer.faults.drops_document = True
    assert delivered(world, pages=1).outcome is PRINTED
    assert asked(world) == []


def test_a_printer_that_is_three_times_as_fast_as_it_says_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    ask = world.printer.capabilities

    async def understating() -> Capabilities:
        return replace(await ask(), pages_per_minute=20)

    monkeypatch.setattr(world.printer, "capabilities", understating)
    assert delivered(world) == Ended(PRINTED, "", 12, pages=12)
    assert asked(world) == []


@pytest.mark.parametrize("pages", [2, 12, 120])
def test_who_says_completed_early_and_prints_on_is_waited_for_as_long_as_it_prints(pages: int) -> None:
    """For 120 pages that is longer than any fan turns."""
    world = World()
    world.printer.faults.lies_completed = True
    assert delivered(world, pages=pages) == Ended(PRINTED, "", pages, pages=pages)
    assert asked(world) == []
    assert world.sheets() == pages


def test_who_says_completed_early_and_then_jams_is_waited_for() -> None:
    world = World()
    world.printer.faults.lies_completed = True
    world.printer.faults.jam_at_page = 2
    job = world.submit(pdf(pages=12), attributes=Attributes(TITLE, pages=12))

    async def story() -> tuple[Ended, int]:
        ended = await after(100, partial(world.printer.engine.mend, Condition.JAM), world.deliver(job))
        return ended, world.sheets()

    ended, sheets = run(story())
    assert (ended.outcome, sheets) == (PRINTED, 12)


def test_whoever_wants_an_end_is_asked_about_a_claim_that_came_too_soon() -> None:
    world, cancel = World(), asyncio.Event()
    world.printer.faults.lies_completed = True
    job = world.submit(pdf(pages=60), attributes=Attributes(TITLE, pages=60))
    ended = run(after(3, cancel.set, world.deliver(job, cancel=cancel, answers=Answers())))
    assert ended.code == "printed-too-soon"
    assert asked(world) == [Question(QuestionKind.CAME_OUT, page=60)]

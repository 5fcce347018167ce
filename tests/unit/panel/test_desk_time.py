"""How long a visit lasts, and how somebody gets more of it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from firmware.core.effects import SetDeadline
from firmware.core.events import DeadlinePassed, DeliveryAsks, SessionOpened, SessionRefused
from firmware.core.policy import Policy
from firmware.core.questions import Question, QuestionKind
from firmware.core.wishes import Wishes
from firmware.panel.refusals import DeskError
from firmware.panel.view import PREFS_SECONDS, Prefs, Screen
from hal.sim.virtual_time import run
from tests.unit.panel.at_the_desk import ADA, BEN, AtTheDesk, job

LARGE = Prefs(large=True)


def test_a_visit_counts_down_and_goes_on_when_more_time_is_asked_for() -> None:
    async def play() -> None:
        at = AtTheDesk()
        visit = at.visit(job("mine"))
        assert at.look().deadline == 30.0
        assert 20 <= at.look().warning_seconds < 30
        await asyncio.sleep(25)
        at.desk.stay(visit)
        assert at.look().deadline == 55.0
        assert at.journal[-1] == "more time asked for -> choosing"
        await asyncio.sleep(30)
        at.give(DeadlinePassed("idle", visit))
        assert (at.look().visit, at.look().deadline) == (0, None)

    run(play())


def test_once_the_list_is_put_away_nothing_counts_down() -> None:
    async def play() -> None:
        at = AtTheDesk()
        visit = at.visit(job("mine"))
        at.desk.print_chosen(visit)
        assert at.look().deadline == 30.0
        await asyncio.sleep(30)
        at.give(DeadlinePassed("idle", visit))
        assert (at.look().visit, at.look().screen, at.look().deadline) == (visit, Screen.PRINTING, None)

    run(play())


def test_a_visit_that_ends_before_its_time_leaves_no_countdown() -> None:
    at = AtTheDesk()
    at.visit(job("mine"))
    at.tap(BEN)
    assert at.look().deadline is None


def test_whoever_does_something_is_there() -> None:
    async def play() -> None:
        at = AtTheDesk()
        visit = at.visit(job("mine"))
        lines = list(at.journal)
        acts: list[Callable[[], None]] = [
            lambda: at.desk.choose(visit, "mine", wanted=False),
            lambda: at.desk.choose_all(visit),
            lambda: at.desk.wish(visit, Wishes(grey=True)),
            lambda: at.desk.more(visit),
            lambda: at.desk.prefer(visit, LARGE),
        ]
        for seconds, act in enumerate(acts, start=1):
            await asyncio.sleep(1)
            act()
            assert at.look().deadline == 30.0 + seconds
        assert at.journal == lines

    run(play())


def test_more_time_is_given_ten_times_in_a_row() -> None:
    at = AtTheDesk()
    visit = at.visit(job("mine"))
    for _ in range(Policy().max_stays + 1):
        at.desk.stay(visit)
    at.settle()
    assert at.journal[-2:] == ["more time asked for -> choosing", "ignored stay asked in choosing"]
    at.desk.choose_none(visit)
    at.desk.stay(visit)
    at.settle()
    assert at.journal[-1] == "more time asked for -> choosing"


def test_whoever_goes_through_a_list_by_keypad_is_there_however_often() -> None:
    async def play() -> None:
        at = AtTheDesk()
        visit = at.visit(job("mine"))
        for times in range(1, 3 * Policy().max_stays):
            await asyncio.sleep(20)
            at.desk.touch(visit)
            assert at.look().deadline == 20.0 * times + 30.0

    run(play())


@pytest.mark.parametrize("asked", [1, 19, 20, 29, 30, 45, 3600])
def test_between_the_warning_and_the_end_are_twenty_seconds_and_before_it_ten_however_short_the_site_is(
    asked: int,
) -> None:
    at = AtTheDesk()
    visit = at.tap()
    at.give(SessionOpened(visit, "session-1", auto_release=False, idle_seconds=asked))
    at.show([job("mine")])
    view = at.look()
    assert view.warning_seconds == 20
    assert view.deadline is not None
    assert view.deadline - view.warning_seconds >= 10


def test_more_time_to_type() -> None:
    async def play() -> None:
        at = AtTheDesk()
        visit = at.tap()
        at.give(SessionRefused(visit, "pin-required"))
        await asyncio.sleep(20)
        at.desk.stay(visit)
        assert (at.look().screen, at.look().deadline) == (Screen.PIN, 50.0)

    run(play())


@pytest.mark.parametrize("auto", [True, False])
def test_more_time_for_a_question(auto: bool) -> None:
    async def play() -> None:
        at = AtTheDesk()
        visit = at.visit(job("mine"), auto=auto)
        if auto:
            with pytest.raises(DeskError, match="not-now"):
                at.desk.stay(visit)
        else:
            at.desk.print_chosen(visit)
            at.settle()
        at.give(DeliveryAsks(1, Question(QuestionKind.CAME_OUT, 3), 7))
        await asyncio.sleep(25)
        at.desk.stay(visit)
        at.settle()
        assert SetDeadline("question", 1, 60.0) in at.effects[-3:]
        assert at.look().deadline == (85.0 if auto else 55.0)
        assert at.look().screen is Screen.QUESTION

    run(play())


def test_how_the_screen_is_wanted_lasts_as_long_as_the_visit() -> None:
    at = AtTheDesk()
    at.desk.prefer(0, replace(LARGE, language="ja"))
    visit = at.visit(job("mine"))
    assert at.look().prefs == Prefs(large=True, language="ja")
    at.desk.prefer(visit, Prefs(contrast=True))
    assert at.look().prefs == Prefs(contrast=True)
    at.tap(BEN)
    assert at.look().prefs == Prefs()


def test_what_a_passer_by_touched_is_undone() -> None:
    async def play() -> None:
        at = AtTheDesk()
        duty = asyncio.create_task(at.desk.keep_on())
        at.desk.prefer(0, LARGE)
        await asyncio.sleep(PREFS_SECONDS - 1)
        at.desk.prefer(0, LARGE)
        await asyncio.sleep(PREFS_SECONDS - 1)
        assert at.look().prefs == LARGE
        await asyncio.sleep(2)
        assert at.look().prefs == Prefs()
        at.desk.prefer(0, LARGE)
        at.visit(job("mine"), badge=ADA)
        await asyncio.sleep(PREFS_SECONDS + 1)
        assert at.look().prefs == LARGE
        duty.cancel()

    run(play())


def test_each_new_view_is_handed_on_and_old_ones_are_passed_over() -> None:
    async def play() -> None:
        at = AtTheDesk()
        seen = []

        async def watch() -> None:
            async for view in at.desk.views():
                seen.append(view.screen)

        watching = asyncio.create_task(watch())
        await asyncio.sleep(1)
        at.visit(job("mine"))
        await asyncio.sleep(1)
        at.desk.leave(at.core.visit)
        at.settle()
        await asyncio.sleep(1)
        watching.cancel()
        assert seen == [Screen.READY, Screen.JOBS, Screen.READY]

    run(play())

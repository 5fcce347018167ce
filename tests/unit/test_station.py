"""The dispatcher in virtual time: order, deadlines, watchdog, stopping, and what happens when something breaks."""

import asyncio
from typing import Any

import pytest

from firmware.core.effects import (
    CancelDelivery,
    CloseSession,
    Deliver,
    Effect,
    OpenSession,
    SetDeadline,
)
from firmware.core.events import BadgeRead, DeadlinePassed, Event, LogOut, SessionOpened, Started
from firmware.core.machine import Core
from firmware.core.signs import Notice
from firmware.station import GRACE_SECONDS, MAILBOX_LIMIT, Station
from hal.sim import virtual_time
from hal.sim.watchdog import SimWatchdog
from tests.unit.scene import CREDENTIAL, GOOD_WORLD, TAP, Scene, accept, script


def test_a_tap_becomes_paper_and_the_story_is_told() -> None:
    scene = Scene(GOOD_WORLD)
    assert scene.play(script((0, Started()), (1, TAP))) == 0
    assert scene.lines == [
        "started -> ready",
        "badge read at reader-1 -> authenticating",
        "badge accepted -> listing",
        "1 job listed -> releasing",
        "delivery 1 asking",
        "delivery 1 printed",
        "deliveries ended -> idle",
        "session 1 closed",
        "stop asked -> stopping",
        "drained -> stopped",
    ]
    assert scene.told == [Notice.READY, Notice.READING, Notice.GOOD, Notice.PRINTING, Notice.DONE, Notice.READY]
    assert not any(isinstance(effect, SetDeadline) for effect in scene.performed)


def test_deadlines_are_kept_by_the_clock() -> None:
    scene = Scene()
    scene.play(script((0, Started()), (1, TAP), (9.9, LogOut(7)), (0.2, LogOut(7))))
    assert scene.lines[2:5] == [
        "late log out for session 7 dropped",
        "no answer to the badge -> idle",
        "late log out for session 7 dropped",
    ]


def test_a_dropped_deadline_never_comes_even_when_its_event_already_lies_in_the_mailbox() -> None:
    async def race(scene: Scene) -> None:
        scene.station.post(Started())
        scene.station.post(TAP)
        await scene.clock.sleep(10)  # the deadline sounds in this very turn, right behind our answer
        scene.station.post(SessionOpened(1, "session-1", False, 30))
        await scene.clock.sleep(1)
        scene.station.stop()

    scene = Scene()
    scene.play(race)
    assert scene.lines[2] == "badge accepted -> listing"
    assert not [line for line in scene.lines if "deadline" in line]


def test_dropped_deadlines_do_not_pile_up() -> None:
    tasks: list[int] = []

    async def busy_day(scene: Scene) -> None:
        scene.station.post(Started())
        for _ in range(100):
            scene.station.post(TAP)
            await scene.clock.sleep(30)
            tasks.append(len(asyncio.all_tasks()))
        scene.station.stop()

    assert Scene(GOOD_WORLD).play(busy_day) == 0
    assert max(tasks) == tasks[0]


def test_a_deadline_that_nobody_set_is_not_believed() -> None:
    scene = Scene()
    scene.play(script((0, Started()), (1, TAP), (1, DeadlinePassed("auth", 1))))
    assert scene.lines[2] == "no answer to the badge -> idle"
    assert len(scene.lines) == 5


def test_the_watchdog_is_fed_by_the_dispatcher_and_told_when_ready() -> None:
    scene = Scene()
    scene.play(script((3, Started()), (100, LogOut(7))))
    assert scene.watchdog.started
    assert scene.watchdog.bites == ()
    assert scene.watchdog.feedings == 163 // (scene.watchdog.interval / 2)


def test_without_a_watchdog_nothing_ticks() -> None:
    scene = Scene()
    scene.watchdog = SimWatchdog(scene.clock, timeout=float("inf"))
    scene.station = Station(Core(), scene.watchdog, scene.clock, scene)
    assert scene.play(script((0, Started()))) == 0
    assert scene.watchdog.feedings == 0


def test_stopping_waits_for_the_running_delivery() -> None:
    async def stop_early(scene: Scene) -> None:
        scene.station.post(Started())
        scene.station.post(TAP)
        await scene.clock.sleep(5)
        scene.station.stop()

    scene = Scene(GOOD_WORLD)
    assert scene.play(stop_early) == 0
    assert scene.lines[-4:] == [
        "visit ended -> idle",
        "delivery 1 printed",
        "session 1 closed",
        "drained -> stopped",
    ]


def test_a_delivery_that_never_ends_holds_nothing_up() -> None:
    async def stop_early(scene: Scene) -> None:
        scene.station.post(Started())
        scene.station.post(TAP)
        await scene.clock.sleep(5)
        scene.station.stop()

    async def hang(scene: Scene, _effect: Deliver) -> None:
        await scene.clock.sleep(10**6)

    async def timed(scene: Scene) -> float:
        assert await scene.station.run(scene, [stop_early(scene)]) == 0
        return scene.now()

    scene = Scene({**GOOD_WORLD, Deliver: hang})
    assert virtual_time.run(timed(scene)) == pytest.approx(5 + 30 + 30 + GRACE_SECONDS)
    assert CancelDelivery(1) in scene.performed


def test_the_last_words_to_the_mesh_are_waited_for() -> None:
    closed: list[float] = []

    async def close(scene: Scene, _effect: CloseSession) -> None:
        await scene.clock.sleep(GRACE_SECONDS / 2)
        closed.append(scene.now())

    async def stop_early(scene: Scene) -> None:
        scene.station.post(Started())
        scene.station.post(TAP)
        await scene.clock.sleep(0.07)  # between the opening and the list
        scene.station.stop()

    scene = Scene({**GOOD_WORLD, CloseSession: close})
    assert scene.play(stop_early) == 0
    assert len(closed) == 1


class BrokenCore(Core):
    """Fails at every tap, with a text that must not be told."""

    def handle(self, event: Event) -> Any:
        if isinstance(event, BadgeRead):
            raise KeyError(event.credential)
        return super().handle(event)


def test_a_fault_in_the_core_is_told_by_type_and_place_and_stops_the_station() -> None:
    scene = Scene(core=BrokenCore())
    assert scene.play(script((0, Started()), (1, TAP))) == 1
    assert scene.lines[-1].startswith("internal fault: KeyError at test_station.py:")
    assert CREDENTIAL not in " ".join(scene.lines)
    assert scene.told[-1] is Notice.FAULT


def test_a_fault_in_the_performer_itself_stops_the_station() -> None:
    class BrokenPerformer(Scene):
        def perform(self, effect: Effect) -> None:
            raise ValueError(CREDENTIAL)

    scene = BrokenPerformer()
    assert scene.play(script((0, Started()))) == 1
    assert scene.lines[-1].startswith("internal fault: ValueError at test_station.py:")


def test_a_task_that_breaks_stops_the_station_in_order_and_the_print_goes_on() -> None:
    async def break_soon(scene: Scene) -> None:
        scene.station.post(Started())
        scene.station.post(TAP)
        await scene.clock.sleep(5)
        raise ValueError(CREDENTIAL)

    scene = Scene(GOOD_WORLD)
    assert scene.play(break_soon) == 1
    told = [line for line in scene.lines if "internal fault" not in line]
    assert len(told) == len(scene.lines) - 1
    assert told[5:] == [
        "failed ValueError -> fault",
        "stop asked -> stopping",
        "visit ended -> idle",
        "delivery 1 printed",
        "session 1 closed",
        "drained -> stopped",
    ]
    assert CREDENTIAL not in " ".join(scene.lines)


def test_a_flood_of_taps_is_cut_off_and_answers_still_come_through() -> None:
    async def flood(scene: Scene) -> None:
        for _ in range(MAILBOX_LIMIT + 50):
            scene.station.post(TAP)
        scene.station.post(Started())
        await scene.clock.sleep(1)
        scene.station.stop()

    scene = Scene()
    assert scene.play(flood) == 0
    assert scene.lines.count("mailbox full: tap at reader-1 dropped") == 50
    assert "started -> ready" in scene.lines


def test_cancelling_the_station_leaves_nothing_running() -> None:
    async def main(scene: Scene) -> set[asyncio.Task[Any]]:
        scene.station.post(Started())
        scene.station.post(TAP)
        running = asyncio.ensure_future(scene.station.run(scene))
        await scene.clock.sleep(5)
        running.cancel()
        await asyncio.wait({running})
        assert running.cancelled()
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert virtual_time.run(main(Scene(GOOD_WORLD))) == set()


def test_work_cannot_start_before_the_station_runs() -> None:
    async def main() -> None:
        scene = Scene(GOOD_WORLD)
        with pytest.raises(RuntimeError, match="does not run"):
            scene.station.start(accept(scene, OpenSession(1, CREDENTIAL)))

    virtual_time.run(main())

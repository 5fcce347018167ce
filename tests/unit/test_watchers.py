"""Readers, printer and mesh as the core hears of them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from typing import Any

from firmware.core.events import BadgeRead, BadgeUnreadable, Event, MeshChanged, PrinterChanged, ReaderChanged
from firmware.mesh.messages import MeshEvent, MeshEventKind
from firmware.mesh.port import MeshUnreachableError
from firmware.watchers import Heard, Post, ReaderWatch, watch_mesh, watch_printer
from hal.sim.clock import VirtualClock
from hal.sim.printer import SimPrinter
from hal.sim.printer_faults import Condition
from hal.sim.random_source import SeededRandom
from hal.sim.reader import SimReader
from hal.sim.virtual_time import run
from tests.unit.delivery.world import FakeMesh, World

Duty = Coroutine[Any, Any, None]


def watched(
    duty: Callable[[Callable[[Event], None]], Duty], *script: tuple[float, Callable[[], object]]
) -> list[Event]:
    """What is told while things happen at their seconds; a minute more at the end."""

    async def story() -> list[Event]:
        told: list[Event] = []
        task = asyncio.create_task(duty(told.append))
        loop = asyncio.get_running_loop()
        for at, action in script:
            loop.call_at(at, action)
        await asyncio.sleep(max([at for at, _ in script], default=0) + 60)
        assert not task.done(), task.exception()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return told

    return run(story())


def reader_story(*script: tuple[float, str]) -> list[Event]:
    reader = SimReader("front")
    words: dict[str, Callable[[], object]] = {
        "unplug": reader.unplug,
        "plug": reader.plug,
        "garble": reader.garble,
        "nonsense": lambda: reader.tap("#!"),
    }
    actions = [(at, words.get(word) or partial(reader.tap, word)) for at, word in script]
    return watched(lambda post: ReaderWatch(reader, VirtualClock(), post).run(), *actions)


def test_a_tap_is_told_as_its_number() -> None:
    assert reader_story((1, "04A1B2C3"), (2, "04d4e5f6")) == [
        BadgeRead("front", "04a1b2c3"),
        BadgeRead("front", "04d4e5f6"),
    ]


def test_what_is_no_number_is_told_without_its_bytes() -> None:
    (told,) = reader_story((1, "nonsense"))
    assert told == BadgeUnreadable("front", "badge-unreadable")


def test_a_reader_comes_and_goes_and_each_is_told_once() -> None:
    told = reader_story((1, "unplug"), (60, "plug"), (70, "04a1b2c3"), (80, "unplug"), (300, "plug"))
    assert told == [
        ReaderChanged("front", False),
        ReaderChanged("front", True),
        BadgeRead("front", "04a1b2c3"),
        ReaderChanged("front", False),
        ReaderChanged("front", True),
    ]


def test_a_tap_right_after_plugging_is_not_lost() -> None:
    told = reader_story((1, "unplug"), (60, "plug"), (60.1, "04a1b2c3"))
    assert told[-1] == BadgeRead("front", "04a1b2c3")
    assert told.count(ReaderChanged("front", True)) == 1


def printer_story(*script: tuple[float, Callable[[SimPrinter], object]], delivering: bool = False) -> list[Event]:
    printer = SimPrinter(VirtualClock(), SeededRandom(1))
    actions = [(at, partial(action, printer)) for at, action in script]
    return watched(lambda post: watch_printer(printer, VirtualClock(), lambda: delivering, post), *actions)


def test_the_printers_state_is_told_when_it_changes() -> None:
    told = printer_story(
        (1, lambda printer: printer.engine.put(Condition.JAM)),
        (30, lambda printer: printer.engine.put(Condition.PAPER_OUT)),
        (60, lambda printer: printer.engine.mend(Condition.JAM)),
        (60, lambda printer: printer.engine.mend(Condition.PAPER_OUT)),
        (90, lambda printer: printer.switch(on=False)),
        (120, lambda printer: printer.switch(on=True)),
        (150, lambda printer: setattr(printer.faults, "untrusted", True)),
    )
    assert told == [
        PrinterChanged(("media-jam",)),
        PrinterChanged(("media-empty", "media-jam")),
        PrinterChanged(()),
        PrinterChanged(("printer-unreachable",)),
        PrinterChanged(()),
        PrinterChanged(("printer-untrusted",)),
    ]


def test_while_a_delivery_asks_the_printer_nobody_else_does() -> None:
    assert printer_story((1, lambda printer: printer.engine.put(Condition.JAM)), delivering=True) == []


class Line(FakeMesh):
    """A mesh whose line can be cut."""

    def __init__(self) -> None:
        world = World()
        super().__init__(world.station, world.holders, world.truth)
        self.up = asyncio.Event()
        self.down = asyncio.Event()

    async def events(self, after: int) -> AsyncIterator[MeshEvent]:
        if not self.up.is_set():
            raise MeshUnreachableError("no network")
        yield MeshEvent(after, MeshEventKind.CONNECTED)
        yield MeshEvent(after + 1, MeshEventKind.JOB_HELD, "job-1")
        yield MeshEvent(after + 2, MeshEventKind.DENY_LIST_CHANGED)
        await self.down.wait()
        raise MeshUnreachableError("no network")

    def cut(self) -> None:
        self.up.clear()
        self.down.set()

    def restore(self) -> None:
        self.up.set()
        self.down.clear()


def test_the_mesh_comes_and_goes_and_reports_are_woken() -> None:
    line, woken = Line(), list[str]()

    def heard(post: Post) -> Heard:
        return Heard(post, lambda: woken.append("back"), lambda: woken.append("denials"))

    told = watched(
        lambda post: watch_mesh(line, VirtualClock(), SeededRandom(1), heard(post)),
        (5, line.restore),
        (100, line.cut),
        (200, line.restore),
    )
    assert told == [MeshChanged(False), MeshChanged(True), MeshChanged(False), MeshChanged(True)]
    assert woken == ["back", "denials", "back", "denials"]

"""Readers, printer and mesh as the core hears of them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from typing import Any

import pytest

from firmware.core.events import Event, JobHeld, MeshChanged, PrinterChanged
from firmware.errors import LockgateError
from firmware.mesh.messages import MeshEvent, MeshEventKind
from firmware.mesh.port import MeshError, MeshUnreachableError
from firmware.watchers import Heard, Post, watch_mesh, watch_printer
from hal.sim.clock import VirtualClock
from hal.sim.printer import SimPrinter
from hal.sim.printer_faults import Condition
from hal.sim.random_source import SeededRandom
from tests.support.duties import watched
from tests.unit.delivery.world import FakeMesh, World

Duty = Coroutine[Any, Any, None]


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
        self.away: LockgateError = MeshUnreachableError("no network")
        self.up = asyncio.Event()
        self.down = asyncio.Event()

    async def events(self, after: int) -> AsyncIterator[MeshEvent]:
        if not self.up.is_set():
            raise self.away
        yield MeshEvent(after, MeshEventKind.CONNECTED)
        yield MeshEvent(after + 1, MeshEventKind.JOB_HELD, "job-1")
        yield MeshEvent(after + 2, MeshEventKind.DENY_LIST_CHANGED)
        await self.down.wait()
        raise MeshUnreachableError("no network")

    def refuse(self, code: str) -> None:
        self.away = MeshError(code)

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
    held = JobHeld("job-1")
    assert told == [MeshChanged(False), MeshChanged(True), held, MeshChanged(False), MeshChanged(True), held]
    assert woken == ["back", "denials", "back", "denials"]


def test_only_a_refusal_of_the_station_itself_is_another_reason_to_the_core(caplog: pytest.LogCaptureFixture) -> None:
    line = Line()
    told = watched(
        lambda post: watch_mesh(line, VirtualClock(), SeededRandom(1), Heard(post, lambda: None, lambda: None)),
        (5, lambda: line.refuse("busy")),
        (105, lambda: line.refuse("identity-revoked")),
        (205, line.restore),
    )
    assert told == [MeshChanged(False), MeshChanged(False, "identity-revoked"), MeshChanged(True), JobHeld("job-1")]
    reasons = [record.getMessage().rpartition(" ")[2] for record in caplog.records]
    assert reasons == ["mesh-unreachable", "busy", "identity-revoked"]

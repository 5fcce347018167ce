"""A private cupsd whose start fails or is given up: nothing of it is left, and the next question starts it again."""

import asyncio
import os
import threading
from pathlib import Path

import pytest

from hal.drivers import cups_config, cups_room, cups_server
from hal.drivers.cups_daemon import members
from hal.drivers.cups_line import CupsError
from hal.ports.errors import DeviceConfigError
from hal.ports.printer import PrinterState
from tests.support import aio, cups_rig
from tests.support.cups_jobs import LIMIT, eventually, lines
from tests.support.cups_rig import Gutter


@pytest.mark.parametrize("model", ["drv:///sample.drv/nothing.ppd", "/nowhere/printer.ppd"])
def test_a_driver_that_is_not_there_is_said(model: str) -> None:
    async def main() -> None:
        printer = cups_rig.opened("ipp://127.0.0.1:9/ipp/print", model)
        with pytest.raises(DeviceConfigError, match="no queue"):
            await printer.status()
        assert printer.server.pid == 0
        await printer.aclose()

    aio.run(main())


def rooms() -> set[Path]:
    return {room for base in cups_room.bases() if base.is_dir() for room in base.glob(f"{cups_room.PREFIX}*")}


@pytest.mark.parametrize("step", ["furnish", "write", "Daemon", "_add"])
def test_a_start_that_is_cancelled_at_any_step_leaves_nothing(
    gutter: Gutter, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Neither a cupsd nor its room nor a thread; and the next question starts it again."""
    where = {"furnish": cups_room, "write": cups_config}.get(step, cups_server)
    really, there, pids = getattr(where, step), threading.Event(), []

    def seen(*arguments: object) -> object:
        there.set()
        made = really(*arguments)
        if step == "Daemon":
            pids.append(made.pid)
        return made

    async def main() -> None:
        before = rooms(), lines()
        printer = gutter.opened()
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(where, step, seen)
            asking = asyncio.create_task(printer.status())
            await asyncio.to_thread(there.wait, LIMIT)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
        await eventually(lambda: rooms() <= before[0] and lines() <= before[1])
        assert [pid for pid in pids if members(pid)] == []
        assert (await printer.status()).state is PrinterState.IDLE
        await printer.aclose()
        await eventually(lambda: rooms() <= before[0] and lines() <= before[1])

    aio.run(main())


def test_a_queue_that_cannot_be_made_leaves_nothing(gutter: Gutter, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_arguments: object) -> None:
        raise CupsError("no such driver", 0x0406)

    async def main() -> None:
        before = rooms(), lines()
        printer = gutter.opened()
        monkeypatch.setattr(cups_server, "_add", fails)
        for _ in range(2):
            with pytest.raises(DeviceConfigError):
                await printer.status()
        await eventually(lambda: rooms() <= before[0] and lines() <= before[1])
        await printer.aclose()

    aio.run(main())


def test_a_room_that_cannot_be_furnished_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_folders: Path) -> None:
        raise LookupError("no such group: 'lp'")

    monkeypatch.setattr(cups_room, "_link", fails)
    before = rooms(), len(os.listdir("/proc/self/fd"))  # noqa: PTH208 (names are counted)
    for _ in range(3):
        with pytest.raises(DeviceConfigError, match="no room"):
            cups_room.furnish()
    assert rooms() <= before[0]
    assert len(os.listdir("/proc/self/fd")) <= before[1]  # noqa: PTH208

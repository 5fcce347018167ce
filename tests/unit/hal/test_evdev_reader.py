"""The keyboard wedge's driver on its own: events as late as they may be seen, and mistakes that nobody may wait for."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from evdev import InputEvent

from hal.drivers import evdev_devices, evdev_reader
from hal.drivers.context import DriverContext
from hal.drivers.evdev_devices import Opened
from hal.drivers.input_nodes import InputNode
from hal.drivers.system_clock import SystemClock
from hal.ports.badge_reader import Fault, Misread, Reading, Tap
from hal.ports.errors import DeviceLostError
from hal.sim.random_source import SeededRandom
from hal.sim.workers import InlineWorkers
from tests.support import aio
from tools.peers.hid import ENTER, stroke, strokes

CONTEXT = DriverContext(SystemClock(), InlineWorkers(), SeededRandom(1))
NODES = (InputNode(5, 0x1234, 0x5678, "", "usb-1-1"),)
Events = list[tuple[int, int, int]]


class Keys:
    """An open device file: what it is given to type is seen at once, with the times that it says."""

    def __init__(self) -> None:
        self.fd, self.bell = os.pipe()
        os.set_blocking(self.fd, False)
        self.waiting: list[InputEvent | Exception] = []

    def type(self, events: Events, at: float) -> None:
        self.waiting += [InputEvent(int(at), int(at % 1 * 1e6), *event) for event in events]
        os.write(self.bell, b"!")

    def fail(self, why: Exception) -> None:
        self.waiting.append(why)
        os.write(self.bell, b"!")

    def read(self) -> Iterator[InputEvent]:
        if not self.waiting:
            os.read(self.fd, 4096)  # which raises by itself where nothing has come
            raise BlockingIOError
        first = self.waiting.pop(0)
        if isinstance(first, Exception):
            raise first
        yield first

    def ungrab(self) -> None:
        """Nobody else wants it."""

    def close(self) -> None:
        os.close(self.fd)
        os.close(self.bell)


def run(main: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(20):
            await main

    aio.run(limited())


@pytest.fixture
def keyboards(monkeypatch: pytest.MonkeyPatch) -> list[Keys]:
    """Two, of the reader that is opened last."""
    made: list[Keys] = []

    def opened(_name: str, _wanted: object) -> Opened:
        made[:] = [Keys(), Keys()]
        return Opened(NODES, tuple(made), ())  # type: ignore[arg-type]  # as much of an InputDevice as is used

    monkeypatch.setattr(evdev_reader, "open_grabbed", opened)
    monkeypatch.setattr(evdev_reader, "find", lambda _wanted: NODES)
    return made


async def listening(options: str) -> tuple[evdev_reader.EvdevReader, "asyncio.Task[Reading]"]:
    reader = evdev_reader.open(f"evdev:?vid=1234&pid=5678{options}", CONTEXT)
    task = asyncio.create_task(reader.next_reading())
    while not reader.listening:  # noqa: ASYNC110 (the driver waits for a quarter of a second without a key)
        await asyncio.sleep(0)
    return reader, task


def told(reading: Reading) -> str:
    return reading.fault.value if isinstance(reading, Misread) else reading.credential.decode()


@pytest.mark.parametrize(
    ("options", "expected"),
    [("", ["read-unended", "read-torn"]), ("&end=key", ["read-torn"] * 2), ("&end=idle", ["1111", "2222"])],
)
def test_a_loop_that_was_held_up_glues_no_reads(keyboards: list[Keys], options: str, expected: list[str]) -> None:
    async def main() -> None:
        reader, task = await listening(options)
        now = time.monotonic()
        keyboards[0].type(strokes("1111"), now - 0.7)
        keyboards[0].type([*strokes("2222"), *stroke(ENTER)], now - 0.1)
        assert [told(await task), told(await reader.next_reading())] == expected
        await reader.aclose()

    run(main())


def test_a_tap_is_as_old_as_its_last_key(keyboards: list[Keys]) -> None:
    async def main() -> None:
        reader, task = await listening("")
        at = time.monotonic() - 0.5
        keyboards[0].type([*strokes("1111"), *stroke(ENTER)], at)
        tap = await task
        assert isinstance(tap, Tap)
        assert tap.at == pytest.approx(at, abs=1e-5)
        await reader.aclose()

    run(main())


def test_what_two_keyboards_of_a_reader_type_is_not_mixed(keyboards: list[Keys]) -> None:
    async def main() -> None:
        reader, task = await listening("")
        now = time.monotonic()
        keyboards[0].type(strokes("12"), now)
        keyboards[1].type([*strokes("98"), *stroke(ENTER)], now)
        assert told(await task) == "98"
        keyboards[0].type([*strokes("34"), *stroke(ENTER)], now)
        assert told(await reader.next_reading()) == "1234"
        await reader.aclose()

    run(main())


def test_a_mistake_while_events_are_taken_reaches_who_waits_and_the_next_call_begins_anew(
    keyboards: list[Keys],
) -> None:
    async def main() -> None:
        reader, task = await listening("")
        keyboards[0].fail(LookupError("no such thing"))
        with pytest.raises(LookupError, match="no such thing"):
            await task
        assert not reader.listening
        again = asyncio.create_task(reader.next_reading())
        while not reader.listening:  # noqa: ASYNC110
            await asyncio.sleep(0)
        keyboards[0].type([*strokes("42"), *stroke(ENTER)], time.monotonic())
        assert told(await again) == "42"
        await reader.aclose()

    run(main())


def test_a_mistake_while_the_reader_is_opened_reaches_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(_name: str, _wanted: object) -> Opened:
        raise UnicodeError("no text")

    monkeypatch.setattr(evdev_reader, "open_grabbed", wrong)

    async def main() -> None:
        reader = evdev_reader.open("evdev:?vid=1234&pid=5678", CONTEXT)
        for _ in range(2):
            with pytest.raises(UnicodeError, match="no text"):
                await reader.next_reading()
        await reader.aclose()
        with pytest.raises(DeviceLostError):
            await reader.next_reading()

    run(main())


HOLDER = """
import sys
held = open(sys.argv[1])
open("/proc/self/comm", "wb").write(b"caf\\xc3\\x1b[2J")
print(flush=True)
input()
"""


def test_a_holder_may_have_any_name(tmp_path: Path) -> None:
    held = tmp_path / "event5"
    held.touch()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(held)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        assert evdev_devices._holders(str(held)) == f"open in caf��[2J ({holder.pid})"
    finally:
        holder.communicate("\n")


def test_faults_are_told_in_the_order_of_their_keys(keyboards: list[Keys]) -> None:
    async def main() -> None:
        reader, task = await listening("&end=key")
        now = time.monotonic()
        keyboards[0].type([*strokes("12"), (0, 3, 0), *strokes("34")], now - 1)
        keyboards[0].type([*strokes("5678"), *stroke(ENTER)], now - 0.6)
        keyboards[0].type([*strokes("42"), *stroke(ENTER)], now)
        assert [told(await task), *[told(await reader.next_reading()) for _ in range(2)]] == [
            Fault.TORN,
            Fault.TORN,
            "42",
        ]
        await reader.aclose()

    run(main())

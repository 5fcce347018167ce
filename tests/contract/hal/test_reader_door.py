"""Readers that connect to the station anew for each badge: what one connection brought is read, whenever the next one
comes."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from hal.drivers.reader_door import MOST_WAITING
from hal.framing.holding import BURST
from hal.ports.badge_reader import Reading, Tap
from hal.ports.errors import DeviceLostError
from tests.support.reader_rig import until
from tests.support.tcp_rigs import CallingRig


@pytest.fixture
def door() -> Iterator[CallingRig]:
    rig = CallingRig()
    yield rig
    rig.close()


async def waiting(rig: CallingRig) -> "asyncio.Task[Reading]":
    """Somebody who waits for a reading; the connection stands by now."""
    task = asyncio.create_task(rig.reader.next_reading())
    await rig.listening()
    return task


async def credential(reading: "asyncio.Task[Reading]") -> bytes:
    tap = await reading
    assert isinstance(tap, Tap)
    return tap.credential


def handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def stranger(door: CallingRig, source: str) -> socket.socket:
    """A connection to the station's port from another address of the loopback."""
    return socket.create_connection(door.peer.station, 5, (source, 0))


def test_readers_that_connect_for_each_badge_lose_none_however_quick_they_are(door: CallingRig) -> None:
    numbers = [b"04a1b2c3", b"04d4e5f6", b"04778899", b"04aabbcc"]

    async def main() -> None:
        task = await waiting(door)
        await door.unplug()
        with pytest.raises(DeviceLostError):
            await task
        for at, number in enumerate(numbers):
            with stranger(door, "127.0.0.1") as caller:
                caller.sendall(number + b"\r")
            await until(partial(door.holds, at + 1))  # nobody reads it before the next one comes
        assert await everything(door, len(numbers)) == numbers

    door.run(main())


async def everything(door: CallingRig, count: int) -> list[bytes]:
    """That many badges, of as many connections as they came on."""
    found: list[bytes] = []
    while len(found) < count:
        with suppress(DeviceLostError):
            found.append(await credential(asyncio.create_task(door.reader.next_reading())))
    return found


def test_more_connections_than_it_keeps_wait_at_the_door(door: CallingRig) -> None:
    async def main() -> None:
        task = await waiting(door)
        await door.unplug()
        with pytest.raises(DeviceLostError):
            await task
        numbers = [b"04%06x" % at for at in range(BURST - 1)]
        for at, number in enumerate(numbers):
            with stranger(door, "127.0.0.1") as caller:
                caller.sendall(number + b"\r")
            await until(partial(door.holds, min(at + 1, MOST_WAITING)))
        assert len(numbers) > MOST_WAITING
        assert await everything(door, len(numbers)) == numbers
        await door.reader.aclose()

    before = handles()
    door.run(main())
    assert handles() <= before


def test_a_connection_that_brought_nothing_does_not_stand_in_the_way(door: CallingRig) -> None:
    async def main() -> None:
        task = await waiting(door)
        await door.unplug()
        with pytest.raises(DeviceLostError):
            await task
        for _ in range(5):
            stranger(door, "127.0.0.1").close()
        with stranger(door, "127.0.0.1") as caller:
            caller.sendall(b"04a1b2c3\r")
            await until(partial(door.holds, 6))
            assert await credential(asyncio.create_task(door.reader.next_reading())) == b"04a1b2c3"

    door.run(main())

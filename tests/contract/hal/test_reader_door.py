"""Readers that connect to the station anew for each badge: what one connection brought is read, whenever the next one
comes."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import pytest

from hal.drivers import tcp_reader
from hal.drivers.reader_door import MOST_WAITING
from hal.framing.holding import BURST
from hal.ports.errors import DeviceLostError
from tests.support.reader_rig import credential, handles, until, waiting
from tests.support.tcp_rigs import CallingRig, stranger


@pytest.fixture
def door() -> Iterator[CallingRig]:
    rig = CallingRig()
    yield rig
    rig.close()


async def is_turned_away(caller: socket.socket) -> bool:
    caller.setblocking(False)
    try:
        async with asyncio.timeout(60):
            return await asyncio.get_running_loop().sock_recv(caller, 1) == b""
    except ConnectionResetError:
        return True


def test_a_stranger_is_turned_away_and_the_reader_is_heard(door: CallingRig, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        task = asyncio.create_task(door.reader.next_reading())
        await door.listening()
        with stranger(door, "127.0.0.9") as one, stranger(door, "127.0.0.9") as two:
            one.sendall(b"04ffffff\r")
            assert await is_turned_away(one)
            assert await is_turned_away(two)
        await door.tap("04a1b2c3")
        assert await credential(task) == b"04a1b2c3"

    with caplog.at_level(logging.WARNING, "lockgate.reader"):
        door.run(main())
    assert [record.getMessage() for record in caplog.records if "turned away" in record.message] == [
        f"port={door.peer.station[1]} turned away 127.0.0.9: not one of from="
    ]


def test_a_stranger_is_turned_away_from_an_empty_door_too(door: CallingRig) -> None:
    async def main() -> None:
        task = await waiting(door)
        await door.unplug()
        with pytest.raises(DeviceLostError):
            await task
        task = asyncio.create_task(door.reader.next_reading())
        with stranger(door, "127.0.0.9") as caller:
            caller.sendall(b"04ffffff\r")
            assert await is_turned_away(caller)
        await door.plug()
        await door.tap("04a1b2c3")
        assert await credential(task) == b"04a1b2c3"

    door.run(main())


def test_the_port_is_open_on_the_configured_address_alone(door: CallingRig) -> None:
    async def main() -> None:
        task = await waiting(door)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", door.peer.station[1]), 5)
        task.cancel()

    door.run(main())


def test_a_newer_connection_of_the_same_reader_takes_the_older_ones_place(door: CallingRig) -> None:
    async def main() -> None:
        task = await waiting(door)
        await door.tap("04a1b2c3")
        assert await credential(task) == b"04a1b2c3"
        with stranger(door, "127.0.0.1") as newer:  # after a power cut: the older one was never closed
            newer.sendall(b"04d4e5f6\r")
            with pytest.raises(DeviceLostError):
                await door.reader.next_reading()
            assert await credential(await waiting(door)) == b"04d4e5f6"

    door.run(main())


def test_another_reader_waits_until_the_first_has_gone() -> None:
    rig = CallingRig()
    reader = tcp_reader.open(rig.peer.uri.replace("from=", "from=127.0.0.7,"), rig.context)
    rig.driver = rig.reader = reader

    async def main() -> None:
        task = await waiting(rig)
        with stranger(rig, "127.0.0.7") as other:
            assert await is_turned_away(other)
        await rig.unplug()
        with pytest.raises(DeviceLostError):
            await task
        with stranger(rig, "127.0.0.7") as other:
            other.sendall(b"04d4e5f6\r")
            assert await credential(asyncio.create_task(reader.next_reading())) == b"04d4e5f6"

    rig.run(main())
    rig.close()


def test_a_crowd_at_the_door_costs_no_handles_and_does_not_keep_the_reader_out(door: CallingRig) -> None:
    async def main() -> None:
        task = await waiting(door)
        before = handles()
        for _ in range(50):
            with stranger(door, "127.0.0.9") as caller:
                assert await is_turned_away(caller)
        assert handles() <= before
        await door.tap("04a1b2c3")
        assert await credential(task) == b"04a1b2c3"

    door.run(main())


def test_closed_it_leaves_the_port_to_others(door: CallingRig) -> None:
    async def main() -> None:
        task = await waiting(door)
        await door.reader.aclose()
        with pytest.raises(DeviceLostError):
            await task
        socket.create_server(door.peer.station).close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    door.run(main())


def test_a_port_in_use_is_lost_until_it_is_free(door: CallingRig) -> None:
    async def main() -> None:
        with socket.create_server(door.peer.station), pytest.raises(DeviceLostError, match="in use"):
            await door.reader.next_reading()
        door.peer.unplug()
        door.peer.plug()
        task = await waiting(door)
        await door.tap("04a1b2c3")
        assert await credential(task) == b"04a1b2c3"

    door.run(main())


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

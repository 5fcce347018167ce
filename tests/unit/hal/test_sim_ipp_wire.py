"""The door of the served twin: whoever came in leaves again."""

import asyncio
import socket
from typing import Any

import pytest

from hal.sim.ipp_wire import Door
from tests.support import aio
from tests.support.reader_rig import until


def test_who_comes_in_while_it_is_shut_leaves_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        door, loop, let_in = Door(), asyncio.get_running_loop(), Door.accept
        server = await loop.create_server(asyncio.Protocol, sock=door)
        closing: list[asyncio.Task[None]] = []

        async def close() -> None:
            await door.shut()
            server.close()

        def accept(self: Door) -> tuple[socket.socket, Any]:
            found = let_in(self)
            closing.append(loop.create_task(close()))  # before asyncio makes the connection's transport
            return found

        monkeypatch.setattr(Door, "accept", accept)
        with socket.create_connection(door.getsockname()):
            await until(lambda: bool(closing))
            await asyncio.gather(*closing)
            door.throw_out()
            await until(lambda: not door.is_anyone_in())

    aio.run(main())


def test_a_shut_door_lets_nobody_in() -> None:
    async def main() -> None:
        with Door() as door:
            await door.shut()
            with socket.create_connection(door.getsockname()), pytest.raises(BlockingIOError):
                door.accept()

    aio.run(main())

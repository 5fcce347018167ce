"""The keyboard wedge's rig: the real evdev driver in a process under umockdev, and a reader that types into it."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from hal.ports.badge_reader import Fault, Misread, Reading, Tap
from hal.ports.errors import DeviceLostError
from tests.support import aio
from tests.support.remote_reader import RemoteReader
from tools.peers.hid import ENTER, hid_reader, strokes
from tools.peers.hid_nodes import READER, WedgeDevice

F5 = 63
"""A key that no badge is typed with."""


Made = Callable[..., "HidRig"]
"""Makes a rig with these options for its URI, this device, or this URI."""


class HidRig:
    """`uri` None: by the reader's identifiers, as its peer says."""

    garbled = Fault.GARBLED

    def __init__(self, options: str = "", device: WedgeDevice = READER, uri: str | None = None) -> None:
        self.stack = ExitStack()
        self.peer = self.stack.enter_context(hid_reader(device))
        asked = (uri or self.peer.uri) + options
        self.reader = RemoteReader("front", asked, self.peer.command, self.peer.environment)

    def credential(self, text: str) -> bytes:
        return text.encode()

    async def tap(self, text: str) -> None:
        self.peer.tap(text)

    async def garble(self) -> None:
        self.peer.keys(strokes("04"), F5, ENTER)

    async def unplug(self) -> None:
        self.peer.unplug()

    async def plug(self) -> None:
        self.peer.plug()

    async def listening(self) -> None:
        await self.reader.listening()

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        """Sixty seconds at most: a process starts first."""
        aio.run(self._closing(main))

    async def _closing(self, main: Coroutine[Any, Any, None]) -> None:
        try:
            async with asyncio.timeout(60):
                await main
        finally:
            await self.reader.aclose()
            await self.reader.leave()

    def close(self) -> None:
        self.stack.close()


async def opened(rig: HidRig) -> "asyncio.Task[Any]":
    """Somebody waits for a reading, and the reader listens."""
    task = asyncio.create_task(rig.reader.next_reading())
    await rig.listening()
    return task


async def lost(reading: "Coroutine[Any, Any, Any] | asyncio.Task[Any]") -> str:
    with pytest.raises(DeviceLostError) as caught:
        await reading
    return caught.value.detail


async def taps(rig: HidRig, first: "asyncio.Task[Any]", count: int) -> list[str]:
    readings = [await first, *[await rig.reader.next_reading() for _ in range(count - 1)]]
    assert all(isinstance(reading, Tap) for reading in readings)
    return [reading.credential.decode() for reading in readings]


async def faults(rig: HidRig, first: "asyncio.Task[Any]", count: int) -> list[Fault]:
    readings = [await first, *[await rig.reader.next_reading() for _ in range(count - 1)]]
    assert all(isinstance(reading, Misread) for reading in readings)
    return [reading.fault for reading in readings]


async def once_back(rig: HidRig) -> Reading:
    """The next reading of a reader that has just been plugged in: its first face may be there before the others."""
    while True:
        with suppress(DeviceLostError):
            return await rig.reader.next_reading()


async def grabbed(rig: HidRig, *each: list[int]) -> None:
    """Until so each device file was grabbed (1) and let go (0), in order."""
    async with asyncio.timeout(60):
        while rig.peer.grabs() != list(each):  # noqa: ASYNC110 (it is in another process)
            await asyncio.sleep(0)

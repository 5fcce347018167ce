"""Badge readers on a serial line that send one line of text a badge (RS-232, USB CDC-ACM, most USB adapters)."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import PurePath

import serial

from hal.drivers.context import DriverContext
from hal.drivers.uri import parse
from hal.framing.lines import LineFramer
from hal.ports.badge_reader import Tap
from hal.ports.errors import DeviceConfigError, DeviceLostError
from hal.ports.workers import Workers

IDLE_GAP = 0.25
"""Seconds without a byte after which a line has been torn, or has ended where `end=idle`. At 9600 baud one
character takes 1 ms; the gap leaves room for USB adapters that hold bytes back."""

ENDS = ("cr", "lf", "crlf", "idle")


class SerialReader:
    """A port that is opened when first waited on, and again after it was lost. What the reader had sent
    before it was opened is discarded: a badge shown to a station that was off must not log anyone in."""

    def __init__(
        self,
        connect: Callable[[], serial.Serial],
        name: str,
        framer: LineFramer,
        workers: Workers,
        *,
        gap: float = IDLE_GAP,
    ) -> None:
        self._connect = connect
        self._name = name
        self._framer = framer
        self._workers = workers
        self._gap = gap
        self._lines: deque[bytes] = deque()
        self._port: serial.Serial | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._closed = False

    @property
    def name(self) -> str:
        """As configured, or the device's file name."""
        return self._name

    @property
    def listening(self) -> bool:
        """Whether the port is open: from now on no badge is missed."""
        return self._port is not None

    @property
    def dropped(self) -> int:
        """Frames that were no badge: torn, overlong or not text."""
        return self._framer.dropped

    async def next_tap(self) -> Tap:
        """Wait for one line; safe to cancel, for bytes are taken only when somebody is there to have them.
        Raises `DeviceLostError` when the port cannot be opened or is lost; the next call tries to open it again."""
        while not self._lines:
            await self._receive(self._port or await self._open())
        return Tap(self._name, self._lines.popleft())

    async def aclose(self) -> None:
        """Close the port; who waits for a tap gets `DeviceLostError`."""
        self._closed = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(DeviceLostError(self._name, "closed"))
        self._lose()

    async def _open(self) -> serial.Serial:
        if self._closed:
            raise DeviceLostError(self._name, "closed")
        try:
            self._port = await self._workers.run(self._connect)
        except OSError as exc:  # serial.SerialException is one
            raise DeviceLostError(self._name, str(exc)) from exc
        except ValueError as exc:
            raise DeviceConfigError(self._name, str(exc)) from exc
        return self._port

    async def _receive(self, port: serial.Serial) -> None:
        """Wait for bytes, or for the pause that follows the ones that came."""
        try:
            async with asyncio.timeout(self._gap if self._framer.pending else None):
                await self._readable(port)
        except TimeoutError:
            self._lines += self._framer.idle()
            return
        try:
            data = port.read(4096)  # the port's timeout is 0: what is there, at once
        except OSError as exc:
            self._lose()
            raise DeviceLostError(self._name, str(exc)) from exc
        self._lines += self._framer.feed(data)

    async def _readable(self, port: serial.Serial) -> None:
        loop = asyncio.get_running_loop()
        self._waiter = waiter = loop.create_future()
        loop.add_reader(port.fileno(), _wake, waiter)
        try:
            await waiter
        finally:
            self._waiter = None
            if self._port is port:  # else it is closed, and its number may be somebody else's by now
                loop.remove_reader(port.fileno())

    def _lose(self) -> None:
        self._framer.reset()
        port, self._port = self._port, None
        if port is not None:
            asyncio.get_running_loop().remove_reader(port.fileno())
            port.close()


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def open(uri: str, context: DriverContext) -> SerialReader:
    """`serial:///dev/ttyUSB0?baud=9600&end=cr&name=front`. `end` is cr, lf, crlf (all three take CR and LF,
    in whatever order they come) or idle, for a reader that sends no end. Raises `DeviceConfigError`."""
    device = parse(uri, ("baud", "end", "name"))
    if not device.path:
        raise DeviceConfigError("serial", f"no device file: {uri!r}")
    baud = device.whole("baud", 9600)
    framer = LineFramer(idle_ends=device.one_of("end", ENDS) == "idle")
    name = device.options.get("name") or PurePath(device.path).name
    connect = partial(serial.Serial, device.path, baud, timeout=0, exclusive=True)
    return SerialReader(connect, name, framer, context.workers)

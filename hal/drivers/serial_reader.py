"""Badge readers on a serial line (RS-232, USB CDC-ACM, most USB adapters)."""

import asyncio
import errno
import os
import termios
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Any

import serial

from hal.drivers.context import DriverContext
from hal.drivers.dialects import OPTIONS, default_baud, dialect
from hal.drivers.stream_reader import StreamReader, Wire
from hal.drivers.uri import DeviceUri, parse
from hal.framing.holding import Holding
from hal.ports.errors import DeviceConfigError

PARITIES = {
    "none": serial.PARITY_NONE,
    "even": serial.PARITY_EVEN,
    "odd": serial.PARITY_ODD,
    "mark": serial.PARITY_MARK,
    "space": serial.PARITY_SPACE,
}
LINE = ("baud", "parity", "bytesize", "stopbits", "flow")


@dataclass(frozen=True, slots=True)
class SerialWire:
    """An open port as a wire; its timeouts are 0, so that it never waits."""

    port: serial.Serial
    midway: bool = True
    """As in `hal.drivers.stream_reader.Wire`: a line knows no beginning."""

    def fileno(self) -> int:
        """Of the device file."""
        return int(self.port.fileno())

    def read(self) -> bytes:
        """Raises `OSError`: an unplugged adapter is ready to read and has nothing."""
        return bytes(self.port.read(4096))

    def write(self, data: bytes) -> None:
        """Raises `OSError`. Not by pyserial, which waits for a line that takes nothing, for ever."""
        if os.write(self.fileno(), data) < len(data):
            raise OSError(errno.ENOBUFS, "the line takes no more")

    def close(self) -> None:
        """Idempotent. What is unsent is dropped: the kernel would wait for it up to 30 s."""
        with suppress(OSError, termios.error):
            self.port.reset_output_buffer()
        self.port.close()


class Opening:
    """A port that a worker thread opens. Who gives it up leaves it closed, whether it is open by then or not yet."""

    def __init__(self, connect: Callable[[], serial.Serial]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._port: serial.Serial | None = None
        self._given_up = False

    def run(self) -> serial.Serial:
        """In the thread. Raises what `connect` raises."""
        port = self._connect()
        with self._lock:
            self._port = port
            if self._given_up:
                port.close()
        return port

    def give_up(self) -> None:
        """Once nobody waits for `run` any more."""
        with self._lock:
            self._given_up = True
            if self._port is not None:
                self._port.close()


def open(uri: str, context: DriverContext) -> StreamReader:
    """`serial:///dev/serial/by-id/usb-…?baud=9600&protocol=lines&end=cr&name=front`; protocols and their options are in
    dialects.py, the line's own in `line_settings`. Raises `DeviceConfigError`."""
    device = parse(uri, ("name", *LINE, *OPTIONS))
    if not device.path:
        raise DeviceConfigError("serial", f"no device file: {uri!r}")
    connect = partial(_open_port, device.path, line_settings(device))

    async def connected() -> Wire:
        opening = Opening(connect)
        try:
            return SerialWire(await context.workers.run(opening.run))
        except asyncio.CancelledError:
            opening.give_up()
            raise

    name = device.options.get("name") or PurePath(device.path).name
    return StreamReader(name, connected, dialect(device), context.clock, Holding())


def line_settings(device: DeviceUri) -> Mapping[str, Any]:
    """The line as the URI has it, in pyserial's words; where it says nothing, the dialect's baud, 8N1, no flow control.
    Raises `DeviceConfigError`."""
    flow = device.one_of("flow", ("none", "rtscts", "xonxoff"))
    return {
        "baudrate": device.whole("baud", default_baud(device)),
        "parity": PARITIES[device.one_of("parity", tuple(PARITIES))],
        "bytesize": int(device.one_of("bytesize", ("8", "7"))),
        "stopbits": int(device.one_of("stopbits", ("1", "2"))),
        "rtscts": flow == "rtscts",
        "xonxoff": flow == "xonxoff",
    }


def _open_port(path: str, settings: Mapping[str, Any]) -> serial.Serial:
    """What came before is flushed by pyserial. Raises `OSError`, `ValueError` for settings the port has not."""
    try:
        return serial.Serial(path, timeout=0, exclusive=True, **settings)
    except termios.error as exc:  # no OSError: the adapter went while it was being set up
        raise OSError(*exc.args) from exc

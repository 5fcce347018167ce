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
from hal.drivers.dialects import dialect
from hal.drivers.serial_uri import line_settings, parsed
from hal.drivers.stream_reader import StreamReader, Wire
from hal.framing.holding import Holding


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
    """As serial_uri.py has it. Raises `DeviceConfigError`."""
    device = parsed(uri)
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


def _open_port(path: str, settings: Mapping[str, Any]) -> serial.Serial:
    """What came before is flushed by pyserial. Raises `OSError`, `ValueError` for settings the port has not."""
    try:
        return serial.Serial(path, timeout=0, exclusive=True, **settings)
    except termios.error as exc:  # no OSError: the adapter went while it was being set up
        raise OSError(*exc.args) from exc

"""Badge readers on a serial line (RS-232, USB CDC-ACM, most USB adapters)."""

from dataclasses import dataclass
from functools import partial
from pathlib import PurePath

import serial

from hal.drivers.context import DriverContext
from hal.drivers.dialects import OPTIONS, dialect
from hal.drivers.stream_reader import StreamReader, Wire
from hal.drivers.uri import parse
from hal.framing.holding import Holding
from hal.ports.errors import DeviceConfigError


@dataclass(frozen=True, slots=True)
class SerialWire:
    """An open port as a wire; its timeouts are 0, so that it never waits."""

    port: serial.Serial

    def fileno(self) -> int:
        """Of the device file."""
        return int(self.port.fileno())

    def read(self) -> bytes:
        """Raises `OSError`: an unplugged adapter is ready to read and has nothing."""
        return bytes(self.port.read(4096))

    def write(self, data: bytes) -> None:
        """Raises `OSError`."""
        self.port.write(data)

    def close(self) -> None:
        """Idempotent."""
        self.port.close()


def open(uri: str, context: DriverContext) -> StreamReader:
    """`serial:///dev/ttyUSB0?baud=9600&protocol=lines&end=cr&name=front`; protocols and their options are in
    dialects.py. Raises `DeviceConfigError`."""
    device = parse(uri, ("baud", "name", *OPTIONS))
    if not device.path:
        raise DeviceConfigError("serial", f"no device file: {uri!r}")
    connect = partial(serial.Serial, device.path, device.whole("baud", 9600), timeout=0, exclusive=True)

    async def connected() -> Wire:
        return SerialWire(await context.workers.run(connect))

    name = device.options.get("name") or PurePath(device.path).name
    return StreamReader(name, connected, dialect(device), context.clock, Holding())

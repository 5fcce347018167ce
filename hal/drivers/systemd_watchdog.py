"""The service manager as watchdog: sd_notify(3), spoken in our own few lines."""

import logging
import os
import socket
from collections.abc import Mapping
from math import inf, isfinite

from hal.drivers.context import DriverContext
from hal.drivers.uri import parse
from hal.ports.errors import DeviceConfigError

LOG = logging.getLogger("lockgate.watchdog")


class NoWatchdog:
    """Nothing watches: a run by hand, or in a container."""

    interval = inf

    def ready(self) -> None:
        """Nobody to tell."""

    def feed(self) -> None:
        """Nobody to tell."""


class SystemdWatchdog:
    """Datagrams to NOTIFY_SOCKET. `timeout` in seconds is when systemd bites; half of it is the interval
    that sd_watchdog_enabled(3) asks for. `inf` where the unit has no WatchdogSec."""

    def __init__(self, address: str, timeout: float) -> None:
        self._address = address
        self._interval = timeout / 2
        self._warned = False

    @property
    def interval(self) -> float:
        """Seconds between two feedings."""
        return self._interval

    def ready(self) -> None:
        """READY=1: the unit (Type=notify) counts as started, and the watchdog's time begins."""
        self._notify(b"READY=1")

    def feed(self) -> None:
        """WATCHDOG=1."""
        if isfinite(self._interval):
            self._notify(b"WATCHDOG=1")

    def _notify(self, message: bytes) -> None:
        """Never blocks and never raises: a manager that does not listen must not stop the station, and if it
        watches, it will restart us for the missing message."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)
                sock.sendto(message, self._address)
        except OSError as exc:
            if not self._warned:
                LOG.warning("the service manager does not listen: %s", exc)
            self._warned = True


def from_environment(environment: Mapping[str, str], pid: int) -> SystemdWatchdog | NoWatchdog:
    """What the service manager told the process `pid`. Raises `DeviceConfigError`."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        return NoWatchdog()
    if address[0] not in "/@":
        raise DeviceConfigError("systemd", f"NOTIFY_SOCKET must be a path or an abstract name, not {address!r}")
    microseconds = environment.get("WATCHDOG_USEC", "0")
    if not (microseconds.isascii() and microseconds.isdigit()):
        raise DeviceConfigError("systemd", f"WATCHDOG_USEC must be a number, not {microseconds!r}")
    ours = environment.get("WATCHDOG_PID", str(pid)) == str(pid)
    timeout = int(microseconds) / 1e6 if ours else 0
    return SystemdWatchdog(address.replace("@", "\0", 1) if address[0] == "@" else address, timeout or inf)


def open(uri: str, context: DriverContext) -> SystemdWatchdog | NoWatchdog:  # noqa: ARG001 (every driver's factory)
    """`systemd:` (nothing watches when not started by it) or `none:`. Raises `DeviceConfigError`."""
    if parse(uri).scheme == "none":
        return NoWatchdog()
    return from_environment(os.environ, os.getpid())

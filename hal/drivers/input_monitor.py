"""Hot-plug of input devices: a call for each that appears, when the kernel or udev says so and not before."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyudev

LOG = logging.getLogger("lockgate.readers")
CONTROL = Path("/run/udev/control")
"""There while udev runs. Its own messages come after it has set links and permissions; the kernel's come earlier."""


@contextmanager
def watching(appeared: Callable[[], None]) -> Iterator[None]:
    """Call `appeared` on the running loop for each new input device, until the block ends. Where nobody can tell us
    (a container, no libudev) it is never called: whoever asks for a reading then looks again."""
    try:
        monitor = _monitor()
    except (ImportError, OSError) as exc:
        LOG.warning("no hot-plug events: %s", exc)
        yield
        return
    loop, number = asyncio.get_running_loop(), monitor.fileno()
    loop.add_reader(number, _drain, monitor, appeared)
    try:
        yield
    finally:
        loop.remove_reader(number)  # the socket itself is closed with the last reference to the monitor


def _monitor() -> pyudev.Monitor:
    monitor = pyudev.Monitor.from_netlink(pyudev.Context(), "udev" if CONTROL.exists() else "kernel")
    monitor.filter_by("input")
    monitor.start()
    return monitor


def _drain(monitor: pyudev.Monitor, appeared: Callable[[], None]) -> None:
    """All that came. A socket that overflowed (ENOBUFS) has lost some: then anything may have appeared."""
    try:
        while (device := monitor.poll(0)) is not None:
            if device.action == "add":
                appeared()
    except OSError:
        appeared()

"""One device file of a badge reader that types, listened to: its events at the times that the kernel gave them."""

import asyncio
from collections.abc import Callable, Iterator

from evdev import InputDevice, InputEvent, ecodes

from hal.framing.dialect import Read
from hal.framing.wedge import Wedge
from hal.ports.clock import Clock

Take = Callable[[list[Read], float], None]
"""Told of reads, and when the last key of them came."""
Fail = Callable[[Exception], None]
"""Told once what ended the listening: an `OSError` where the device is gone; anything else is a mistake in here."""


class DeviceFile:
    """Listens from `start` until `stop`, or until it has failed. `wedge` is its own, since what two keyboards type at
    once is two reads; None where its keys do not count, and it is read so that the kernel need not keep them."""

    def __init__(self, device: "InputDevice[str]", wedge: Wedge | None, clock: Clock, take: Take, fail: Fail) -> None:
        self._device = device
        self._wedge = wedge
        self._clock = clock
        self._take = take
        self._fail = fail
        self._timer: asyncio.TimerHandle | None = None

    @property
    def settled(self) -> bool:
        """Whether the next key counts."""
        return self._wedge is None or self._wedge.settled

    def start(self) -> None:
        """To be called in the loop that is to listen."""
        asyncio.get_running_loop().add_reader(self._device.fd, self._look)
        if self._wedge is not None:
            self._wedge.start(self._clock.monotonic())
            self._arm(self._wedge)

    def stop(self) -> None:
        """Idempotent. The device stays open."""
        asyncio.get_running_loop().remove_reader(self._device.fd)
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        """Something has come, or the deadline has. In a loop that was held up both may be so: all that came is taken
        first, and only then is it asked whether a pause followed, as of the time before we looked."""
        now = self._clock.monotonic()
        try:
            for event in _waiting(self._device):
                if self._wedge is not None:
                    self._take(_reads(self._wedge, event), event.timestamp())
            if self._wedge is not None:
                self._take(self._wedge.pause(now), now)
                self._arm(self._wedge)
        except Exception as exc:  # noqa: BLE001 - a dispatcher: the loop would log it, and who waits for a badge wait on
            self.stop()
            self._fail(exc)

    def _arm(self, wedge: Wedge) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if wedge.deadline is not None:
            wait = max(0.0, wedge.deadline - self._clock.monotonic())
            self._timer = asyncio.get_running_loop().call_later(wait, self._look)


def _waiting(device: "InputDevice[str]") -> Iterator[InputEvent]:
    """All that has come by now. Raises `OSError` where the device is gone; the kernel's evdev has no end of file."""
    while True:
        try:
            events = list(device.read())
        except BlockingIOError:
            return
        if not events:
            raise OSError("nothing more to read")
        yield from events


def _reads(wedge: Wedge, event: InputEvent) -> list[Read]:
    if event.type == ecodes.EV_KEY:
        return wedge.key(event.code, event.value, event.timestamp())
    return wedge.tear(event.timestamp()) if (event.type, event.code) == (ecodes.EV_SYN, ecodes.SYN_DROPPED) else []

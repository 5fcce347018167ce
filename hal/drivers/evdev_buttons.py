"""A keypad as an input device of the kernel, grabbed so that no digit reaches a console or the page's browser."""

from functools import partial
from pathlib import PurePath

from evdev import ecodes

from hal.drivers.context import DriverContext
from hal.drivers.evdev_devices import Opened, open_grabbed
from hal.drivers.evdev_uri import keypad, wanted
from hal.drivers.input_nodes import Wanted
from hal.drivers.presses import ButtonFile
from hal.framing.keypad import button_of
from hal.ports.buttons import Press
from hal.ports.errors import DeviceLostError


class KeypadPresses:
    """All device files of the keypad; a `hal.drivers.opened_file.Source`."""

    def __init__(self, name: str, which: Wanted) -> None:
        """Raises `DeviceLostError`."""
        self._opened: Opened = open_grabbed(name, which)

    def files(self) -> tuple[int, ...]:
        """One for each device file."""
        return tuple(device.fd for device in self._opened.devices)

    def take(self) -> list[Press]:
        """Raises `OSError`."""
        presses: list[Press] = []
        for device in self._opened.devices:
            try:
                events = list(device.read())
            except BlockingIOError:
                continue
            if not events:
                raise OSError("nothing more to read")
            for event in events:
                button = button_of(event.code, event.value) if event.type == ecodes.EV_KEY else None
                if button is not None and device in self._opened.keyboards:
                    presses.append(Press(button, event.timestamp()))
        return presses

    def close(self) -> None:
        """Let go of it."""
        self._opened.close()


def open(uri: str, context: DriverContext) -> ButtonFile:
    """As `evdev_uri.keypad`. It must have all ten digits and an Enter, and is another device than a badge reader that
    types. Raises `DeviceConfigError`."""
    device = keypad(uri)
    which = wanted(device)
    name = device.options.get("name") or PurePath(which.path).name or f"keypad-{which.vid:04x}-{which.pid:04x}"

    def lost(exc: OSError) -> DeviceLostError:
        return DeviceLostError(name, exc.strerror or str(exc))

    return ButtonFile(name, partial(KeypadPresses, name, which), lost, context.workers)

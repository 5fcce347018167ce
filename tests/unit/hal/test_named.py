"""What may be named on a box is what the drivers take, and is known without a device or its library."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from hal import named, registry
from hal.named import ON_A_BOX, require_named
from hal.ports.errors import DeviceConfigError
from hal.registry import READER_INDICATOR, Driver

LIBRARIES = ("serial", "evdev", "gpiod", "smartcard", "pyudev", "pyipp", "cups", "aiohttp")
FITTING = {
    "readers": (
        "pcsc:?reader=ACR122U&buzzer=off",
        "pcsc:?read=ndef-text",
        "serial:///dev/ttyUSB0?baud=19200&protocol=twn4",
        "evdev:?vid=08ff&pid=0009&name=front",
        "evdev:/dev/input/by-id/a?layout=us",
        "tcp://reader.example:2001?end=cr",
        "tcp-listen://10.0.0.5:2001?from=10.0.0.17",
    ),
    "printer.uri": (
        "ipps://printer.example/ipp/print",
        "cups:?device=usb://HP/LaserJet&model=raw",
        "usblp://03f0:2b17/JL12345",
        "ipp-usb://03f0:7a12?stall=60",
        "none:",
    ),
    "indicator.uri": (
        "log:",
        "gpio:/dev/gpiochip0?red=17&buzzer=18&low=buzzer",
        "alsa:plughw:1,0?volume=70",
        "reader:",
    ),
    "buttons.uri": ("gpio:/dev/gpiochip0?next=5&ok=6&pull=up", "evdev:?vid=062a&pid=4101"),
    "voice.uri": ("espeak:?speed=150&volume=90",),
    "station.reset_button": ("gpio:/dev/gpiochip0?reset=21&low=reset",),
}
UNFIT = [
    ("readers", "evdev:?vid=zz"),
    ("readers", "evdev:?vid=08ff&pid=0009&gap=99999"),
    ("readers", "serial:?baud=fast"),
    ("readers", "serial:///dev/ttyUSB0?baud=fast"),
    ("readers", "serial:///dev/ttyUSB0?protocol=twn4&end=cr"),
    ("readers", "pcsc:?buzzer=loud"),
    ("readers", "pcsc:?read=everything"),
    ("readers", "tcp://reader.example"),
    ("readers", "tcp-listen://0.0.0.0:2001?from=10.0.0.17"),
    ("printer.uri", "usblp://printer"),
    ("printer.uri", "ipp-usb://03f0:7a12?stall=never"),
    ("printer.uri", "cups:?device=file:///tmp/x&model=raw"),
    ("printer.uri", "ipp://printer.example/ipp/print"),
    ("printer.uri", "none:more"),
    ("indicator.uri", "gpio:/dev/gpiochip0?redd=17"),
    ("indicator.uri", "gpio:?red=17"),
    ("indicator.uri", "alsa:?volume=110"),
    ("indicator.uri", "reader:front"),
    ("buttons.uri", "gpio:/dev/gpiochip0?ok=6&debounce=9999"),
    ("buttons.uri", "evdev:?vid=062a&pid=4101&layout=us"),
    ("voice.uri", "espeak:?speed=1"),
    ("station.reset_button", "gpio:/dev/gpiochip0?ok=21"),
]


def test_what_drivers_take_is_taken() -> None:
    assert set(FITTING) == set(ON_A_BOX)
    require_named(FITTING)


@pytest.mark.parametrize(("key", "uri"), UNFIT)
def test_what_a_driver_would_refuse_is_refused_with_its_key_and_not_repeated(key: str, uri: str) -> None:
    with pytest.raises(DeviceConfigError) as caught:
        require_named({key: (uri,)})
    assert caught.value.device == key
    assert uri not in caught.value.detail


def test_the_schemes_are_those_of_the_registry() -> None:
    drivers: dict[str, Mapping[str, Driver]] = {
        "readers": registry.READERS,
        "printer.uri": registry.PRINTERS,
        "indicator.uri": {**registry.INDICATORS, READER_INDICATOR.rstrip(":"): Driver("")},
        "buttons.uri": registry.BUTTONS,
        "voice.uri": registry.VOICES,
        "station.reset_button": registry.PUSH_BUTTONS,
    }
    assert {key: set(schemes) for key, schemes in ON_A_BOX.items()} == {key: set(one) for key, one in drivers.items()}


def test_no_device_library_is_wanted() -> None:
    code = f"import sys, hal.named; print(sorted(set({LIBRARIES}) & set(sys.modules)))"
    repository = Path(named.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=repository)
    assert done.stdout == "[]\n"

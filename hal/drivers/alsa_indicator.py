"""Sound through ALSA: the table's tones, made once and played by `aplay`: no sound card holds the station up."""

from hal.drivers.context import DriverContext
from hal.drivers.sounding import Sounding, program
from hal.drivers.uri import parse
from hal.feedback.table import MISREAD, READ, TABLE
from hal.feedback.wave import wave
from hal.ports.errors import DeviceConfigError
from hal.ports.indicator import Caption, Signal

NAME = "alsa"
LOUDEST = 100
PERIOD = ("--buffer-time=60000", "--period-time=15000")
"""Microseconds: a short buffer, since a tone is short and a person waits for it."""


class AlsaIndicator:
    """One tone at a time, the latest. A signal without one lets what sounds end by itself."""

    def __init__(self, command: tuple[str, ...], volume: int) -> None:
        self._command = command
        self._sounding = Sounding(NAME)
        self._waves = {signal: wave(row.tones, volume) for signal, row in TABLE.items() if row.tones and volume}
        self._read, self._misread = ((wave(tones, volume) if volume else b"") for tones in (READ, MISREAD))

    def show(self, signal: Signal, captions: tuple[Caption, ...] = ()) -> None:  # noqa: ARG002 (no screen)
        """Begin the tone. Raises `DeviceLostError` where the last one was not to be heard; this one is tried."""
        self._play(self._waves.get(signal, b""))
        self._sounding.check()

    def acknowledge(self, *, good: bool) -> None:
        """The sound of a read."""
        self._play(self._read if good else self._misread)

    async def heard_out(self) -> None:
        """Until the tone has ended."""
        await self._sounding.heard_out()

    async def aclose(self) -> None:
        """Silent."""
        await self._sounding.aclose()

    def _play(self, sound: bytes) -> None:
        if sound:
            self._sounding.begin(sound, self._command)


def aplay(device: str) -> tuple[str, ...]:
    """The command that plays a WAVE file from its standard input on that ALSA device; empty: the default one. Raises
    `DeviceConfigError`."""
    chosen = ("-D", device) if device else ()
    return (program(NAME, "aplay", "alsa-utils"), "-q", *PERIOD, *chosen, "-")


def volume_of(text: str) -> int:
    """0 to 100, in percent. Raises `DeviceConfigError`."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and int(text) <= LOUDEST):
        raise DeviceConfigError(NAME, f"volume must be 0 to {LOUDEST}, not {text!r}")
    return int(text)


def said(uri: str) -> tuple[str, int]:
    """`alsa:?volume=70` or `alsa:plughw:1,0?volume=70`: the device and the volume; 0 is muted. Raises
    `DeviceConfigError`."""
    device = parse(uri, ("volume",))
    return device.path, volume_of(device.options.get("volume", "70"))


def open(uri: str, context: DriverContext) -> AlsaIndicator:  # noqa: ARG001 (every driver's factory has this shape)
    """As `said`. Raises `DeviceConfigError`."""
    device, volume = said(uri)
    return AlsaIndicator(aplay(device), volume)

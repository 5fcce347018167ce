"""A voice: espeak-ng makes the sound and aplay plays it, each a process of its own, killed when something else is to be
said."""

import re

from hal.drivers.alsa_indicator import aplay, volume_of
from hal.drivers.context import DriverContext
from hal.drivers.sounding import Sounding, program
from hal.drivers.uri import parse
from hal.ports.errors import DeviceConfigError
from hal.ports.voice import Phrases, Sentence

NAME = "espeak"
SPEEDS = range(80, 401)
"""Words a minute that espeak-ng can be told."""
MOST_CHARACTERS = 600
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")
_VOICES = {"zh": "cmn", "no": "nb", "he": "he", "pt-pt": "pt"}
"""espeak-ng's own names, where they differ from BCP 47."""
FALLBACK = "en"
_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f<>\[\]{}]")
"""What espeak-ng may take for a command, such as phonemes in `[[…]]`."""


class EspeakVoice:
    """`speed` in words a minute, `volume` in percent."""

    def __init__(self, espeak: str, player: tuple[str, ...], *, speed: int, volume: int) -> None:
        self._espeak = (espeak, "--stdin", "--stdout", "-s", str(speed), "-a", str(volume))
        self._player = player
        self._muted = volume == 0
        self._sounding = Sounding(NAME)

    def say(self, sentences: tuple[Sentence, ...], phrases: Phrases) -> None:
        """Raises `DeviceLostError` where the last ones were not to be heard; these are tried. `ValueError` for a
        language that is no tag."""
        words = " ".join(_UNSPEAKABLE.sub(" ", phrases.phrase(sentence)) for sentence in sentences)[:MOST_CHARACTERS]
        if words and not self._muted:
            command = (*self._espeak, "-v", voice_of(phrases.language))
            self._sounding.begin(words.encode(), command, self._player)
        else:
            self._sounding.begin(b"")
        self._sounding.check()

    async def heard_out(self) -> None:
        """Until all is said."""
        await self._sounding.heard_out()

    async def aclose(self) -> None:
        """Silent in the middle of a word."""
        await self._sounding.aclose()


def voice_of(language: str) -> str:
    """What espeak-ng calls a language of that BCP 47 tag; an empty tag is English. Raises `ValueError`."""
    if not language:
        return FALLBACK
    if not _LANGUAGE.fullmatch(language):
        raise ValueError(f"no language tag: {language!r}")
    tag = language.lower()
    return _VOICES.get(tag) or _VOICES.get(tag.split("-")[0]) or tag.split("-")[0]


def said(uri: str) -> tuple[str, int, int]:
    """`espeak:?speed=150&volume=90` or `espeak:plughw:1,0`: the device, the speed in words a minute, the volume. Raises
    `DeviceConfigError`."""
    device = parse(uri, ("speed", "volume"))
    speed = device.whole("speed", 150)
    if speed not in SPEEDS:
        raise DeviceConfigError(NAME, f"speed must be {SPEEDS[0]} to {SPEEDS[-1]} words a minute, not {speed}")
    return device.path, speed, volume_of(device.options.get("volume", "90"))


def open(uri: str, context: DriverContext) -> EspeakVoice:  # noqa: ARG001 (every driver's factory has this shape)
    """As `said`. Raises `DeviceConfigError`."""
    device, speed, volume = said(uri)
    return EspeakVoice(program(NAME, "espeak-ng", "espeak-ng"), aplay(device), speed=speed, volume=volume)

"""The table of feedback: for each signal a light, a tone and a sentence. The only place where any of it is decided.

A light and its tone have one rhythm: the light repeats it while the signal stands, the tone sounds it once. So a signal
is known by the light without its colour, by the light without the tone, by the tone without its pitch (a plain buzzer
has none), and by the sentence without either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from hal.ports.indicator import Signal
from hal.ports.voice import Line


class Lamp(StrEnum):
    """A light source of its own; colours are made of several."""

    RED = "red"
    GREEN = "green"
    BLUE = "blue"


Colour = frozenset[Lamp]
DARK: Final[Colour] = frozenset()
RED: Final[Colour] = frozenset((Lamp.RED,))
GREEN: Final[Colour] = frozenset((Lamp.GREEN,))
BLUE: Final[Colour] = frozenset((Lamp.BLUE,))
AMBER: Final[Colour] = RED | GREEN
WHITE: Final[Colour] = RED | GREEN | BLUE

STEADY: Final = "steady"
EVEN: Final = "even"
"""On as long as off, without a pause: something goes on."""


@dataclass(frozen=True, slots=True)
class Flash:
    """Light of one colour, or none, for `ms` milliseconds."""

    colour: Colour
    ms: int


@dataclass(frozen=True, slots=True)
class Tone:
    """A sine of `hertz`, or silence (0), for `ms` milliseconds."""

    hertz: int
    ms: int


@dataclass(frozen=True, slots=True)
class Feedback:
    """`rhythm` is `STEADY`, `EVEN`, or short (`s`) and long (`l`) as in Morse code. `light` repeats while the signal
    stands; a single flash stays. `tones` sound once; none: what sounds may end."""

    rhythm: str
    light: tuple[Flash, ...]
    tones: tuple[Tone, ...]
    line: Line


SHORT_FLASH, LONG_FLASH, BETWEEN_FLASHES, PAUSE = 200, 700, 200, 1100
EVEN_FLASH = 250
"""All of it slower than the three flashes a second of WCAG 2.2, 2.3.1, above which light can bring on a seizure."""
SHORT_TONE, LONG_TONE, BETWEEN_TONES = 90, 300, 80
HERTZ: Final = range(500, 2501)
"""Small speakers do not play what is lower, and older people do not hear what is higher."""
LOW, MIDDLE, HIGH, TOP = 523, 784, 1047, 1568


def _steady(colour: Colour, line: Line) -> Feedback:
    return Feedback(STEADY, (Flash(colour, 0),), (), line)


def _even(colour: Colour, line: Line) -> Feedback:
    return Feedback(EVEN, (Flash(colour, EVEN_FLASH), Flash(DARK, EVEN_FLASH)), (), line)


def _coded(colour: Colour, rhythm: str, hertz: tuple[int, ...], line: Line) -> Feedback:
    light: list[Flash] = []
    for letter in rhythm:
        light += (Flash(colour, SHORT_FLASH if letter == "s" else LONG_FLASH), Flash(DARK, BETWEEN_FLASHES))
    light[-1] = Flash(DARK, PAUSE)
    return Feedback(rhythm, tuple(light), _sounded(rhythm, hertz), line)


def _sounded(rhythm: str, hertz: tuple[int, ...]) -> tuple[Tone, ...]:
    tones: list[Tone] = []
    for letter, pitch in zip(rhythm, hertz, strict=True):
        tones += (Tone(pitch, SHORT_TONE if letter == "s" else LONG_TONE), Tone(0, BETWEEN_TONES))
    return tuple(tones[:-1])


TABLE: Final[Mapping[Signal, Feedback]] = MappingProxyType(
    {
        Signal.READY: _steady(GREEN, Line.READY),
        # Without a tone: a card that has to prove itself must stay where it is, and people lift it at the first sound.
        Signal.READING: _even(BLUE, Line.READING),
        Signal.GOOD: _coded(GREEN, "sl", (HIGH, TOP), Line.GOOD),
        Signal.NO_JOBS: _coded(BLUE, "lss", (HIGH, MIDDLE, MIDDLE), Line.NO_JOBS),
        Signal.PIN_ASKED: _coded(WHITE, "ls", (MIDDLE, HIGH), Line.PIN_ASKED),
        Signal.PIN_WRONG: _coded(RED, "lls", (MIDDLE, MIDDLE, LOW), Line.PIN_WRONG),
        Signal.WHO_ARE_YOU: _coded(WHITE, "lsl", (MIDDLE, HIGH, MIDDLE), Line.WHO_ARE_YOU),
        Signal.UNKNOWN_BADGE: _coded(RED, "sss", (LOW, LOW, LOW), Line.UNKNOWN_BADGE),
        Signal.REFUSED: _coded(RED, "ll", (MIDDLE, LOW), Line.REFUSED),
        Signal.NOT_CONNECTED: _coded(AMBER, "lll", (HIGH, MIDDLE, LOW), Line.NOT_CONNECTED),
        Signal.PRINTER_NEEDS_YOU: _coded(AMBER, "ssl", (HIGH, HIGH, MIDDLE), Line.PRINTER_NEEDS_YOU),
        Signal.PRINTING: _coded(GREEN, "l", (HIGH,), Line.PRINTING),
        Signal.QUESTION: _coded(WHITE, "sls", (MIDDLE, HIGH, TOP), Line.QUESTION),
        Signal.DONE: _coded(GREEN, "sll", (MIDDLE, HIGH, TOP), Line.DONE),
        Signal.HELD: _coded(AMBER, "ssss", (HIGH, MIDDLE, HIGH, MIDDLE), Line.HELD),
        Signal.FAULT: _coded(RED, "llll", (LOW, LOW, LOW, LOW), Line.FAULT),
    }
)
"""Green: all is well; blue: nothing is wanted of you; white: it is your turn; amber: look after it; red: no."""

READ: Final = (Tone(2400, 75),)
"""The read was good and the card may go, whatever comes of it later; the light stays as it is."""
MISREAD: Final = (Tone(700, 150), Tone(0, 100), Tone(700, 150))
"""No badge came of it: hold it there once more."""


def shown_by(colour: Colour, lamps: Colour) -> Colour:
    """Which of the `lamps` that there are shine for a colour. None of its own: all of them, since the rhythm says it
    too."""
    return (colour & lamps or lamps) if colour else DARK

"""Lamps and a buzzer at the pins of a GPIO chip (libgpiod 2), after the table of feedback."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import gpiod
from gpiod.line import Direction, Value

from hal.drivers.context import DriverContext
from hal.drivers.gpio_lines import Lines, meaning
from hal.drivers.gpio_uri import BUZZER, Pins, lamps
from hal.drivers.pattern import Pattern
from hal.feedback.table import DARK, MISREAD, READ, TABLE, Colour, Lamp, Tone, shown_by
from hal.ports.clock import Clock
from hal.ports.errors import DeviceError
from hal.ports.indicator import Caption, Signal


class GpioIndicator:
    """Pins are requested with the first signal, and again with the next one after they were lost."""

    def __init__(self, pins: Pins, clock: Clock, api: Any = gpiod) -> None:
        self._pins = pins
        self._api = api
        self._lamps: Colour = frozenset(lamp for lamp in Lamp if lamp.value in pins.pins)
        self._buzzes = BUZZER in pins.pins
        self._lines: Lines | None = None
        self._light = Pattern(self._shine, clock)
        self._sound = Pattern(self._buzz, clock)
        self._closed = False

    def show(self, signal: Signal, captions: tuple[Caption, ...] = ()) -> None:  # noqa: ARG002 (no screen)
        """Lamps and buzzer at once. Raises `DeviceError`, also where a pattern came to grief since: then the pins are
        let go, and requested anew by the next signal."""
        failure = self._light.failure or self._sound.failure
        try:
            if failure is not None:
                raise failure
            self._open()
            feedback = TABLE[signal]
            if self._lamps:
                self._light.play([(flash.colour, flash.ms) for flash in feedback.light], again=True)
            self._sounded(feedback.tones)
        except OSError as exc:
            self._let_go()
            raise meaning(self._pins.chip, exc) from exc

    def acknowledge(self, *, good: bool) -> None:
        """The buzzer alone."""
        try:
            self._open()
            self._sounded(READ if good else MISREAD)
        except (OSError, DeviceError):
            self._let_go()

    async def aclose(self) -> None:
        """Dark and silent, and the pins are anybody's."""
        self._closed = True
        if self._lines is not None:
            self._stop()
            with suppress(OSError):  # gone: dark by itself
                self._lines.put(dict.fromkeys(self._pins.pins, False))
            self._let_go()

    def _open(self) -> None:
        if self._lines is None and not self._closed:
            settings = {
                name: gpiod.LineSettings(
                    direction=Direction.OUTPUT, output_value=Value.INACTIVE, active_low=self._pins.is_low(name)
                )
                for name in self._pins.pins
            }
            self._lines = Lines(self._pins, settings, self._api)

    def _sounded(self, tones: Sequence[Tone]) -> None:
        if self._buzzes and tones:
            self._sound.play([*((bool(tone.hertz), tone.ms) for tone in tones), (False, 0)], again=False)

    def _shine(self, colour: Colour) -> None:
        lit = shown_by(colour, self._lamps) if colour else DARK
        self._put({lamp.value: lamp in lit for lamp in self._lamps})

    def _buzz(self, on: bool) -> None:
        self._put({BUZZER: on})

    def _put(self, values: dict[str, bool]) -> None:
        if self._lines is not None:
            self._lines.put(values)

    def _stop(self) -> None:
        self._light.stop()
        self._sound.stop()

    def _let_go(self) -> None:
        self._stop()
        lines, self._lines = self._lines, None
        if lines is not None:
            lines.close()


def open(uri: str, context: DriverContext) -> GpioIndicator:
    """As `gpio_uri.lamps`. Raises `DeviceConfigError`."""
    return GpioIndicator(lamps(uri), context.clock)

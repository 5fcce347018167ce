"""The lamps and the beeper of a TWN4 as an indicator: commands of Simple Protocol (DocRev17), after the table."""

from collections.abc import Sequence
from typing import Final

from hal.feedback.table import Colour, Feedback, Flash, Lamp, Tone, shown_by

LAMPS: Final[Colour] = frozenset((Lamp.RED, Lamp.GREEN))
_BITS: Final = {Lamp.RED: 0x01, Lamp.GREEN: 0x02}
_SET, _CLEAR, _BEEP = b"\x04\x02", b"\x04\x03", b"\x04\x07"
FULL_VOLUME: Final = 100
SILENCE: Final = Tone(0, 0)


def lit(colour: Colour) -> tuple[bytes, ...]:
    """The commands that make the lamps show that colour."""
    on = sum(_BITS[lamp] for lamp in shown_by(colour, LAMPS))
    off = sum(_BITS.values()) & ~on
    return tuple(command + bytes([bits]) for command, bits in ((_CLEAR, off), (_SET, on)) if bits)


def beeps(tones: Sequence[Tone]) -> tuple[bytes, ...]:
    """A command for each tone, with the silence after it."""
    after = (*tones[1:], SILENCE)
    return tuple(
        _beep(tone, 0 if follows.hertz else follows.ms)
        for tone, follows in zip(tones, after, strict=False)
        if tone.hertz
    )


def _beep(tone: Tone, pause: int) -> bytes:
    return (
        _BEEP + bytes([FULL_VOLUME]) + b"".join(value.to_bytes(2, "little") for value in (tone.hertz, tone.ms, pause))
    )


class Lights:
    """Which flash it is time for. Times are of one monotonic clock, in seconds; nothing is shown before `show`."""

    def __init__(self) -> None:
        self._light: tuple[Flash, ...] = ()
        self._at = -1
        self.due: float | None = None
        """When the next flash is; None: never."""

    def show(self, feedback: Feedback, now: float) -> None:
        """This light from now on, from its first flash."""
        self._light = feedback.light
        self.restart(now)

    def restart(self, now: float) -> None:
        """The reader knows nothing of what was shown."""
        self._at = -1
        self.due = now if self._light else None

    @property
    def standing(self) -> tuple[bytes, ...]:
        """The commands for the flash that it is time for."""
        return lit(self._light[self._at].colour) if self._light and self._at >= 0 else ()

    def turn(self, now: float) -> tuple[bytes, ...]:
        """The commands that are due; none where none are. Flashes that nobody was there to make are passed over."""
        if self.due is None or now < self.due:
            return ()
        while self.due is not None and now >= self.due:
            self._at = (self._at + 1) % len(self._light)
            self.due = self.due + self._light[self._at].ms / 1000 if len(self._light) > 1 else None
        return self.standing

"""Tones as sound: RIFF WAVE, 16 bits, one channel, out of the table."""

import math
import struct
from array import array
from collections.abc import Sequence
from typing import Final

from hal.feedback.table import Tone

RATE: Final = 16000
"""Samples a second: more than three times the highest pitch of the table takes."""
FADE_MS: Final = 5
"""Each tone swells and dies away, lest the speaker clicks."""
FULL: Final = 32767


def wave(tones: Sequence[Tone], volume: int) -> bytes:
    """A whole file. `volume` in percent of full scale, 0 to 100; what people hear as half as loud is a tenth of the
    power, so it counts squared."""
    samples = array("h")
    for tone in tones:
        samples.extend(_sine(tone, FULL * (volume / 100) ** 2))
    if struct.pack("=h", 1) != struct.pack("<h", 1):
        samples.byteswap()
    body = samples.tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16)
    return b"RIFF" + struct.pack("<I", 4 + len(form) + 8 + len(body)) + b"WAVE" + form + _chunk(body)


def _chunk(body: bytes) -> bytes:
    return b"data" + struct.pack("<I", len(body)) + body


def _sine(tone: Tone, peak: float) -> list[int]:
    count, fade = RATE * tone.ms // 1000, RATE * FADE_MS // 1000
    if not tone.hertz:
        return [0] * count
    turn = math.tau * tone.hertz / RATE
    return [round(peak * min(1, at / fade, (count - at) / fade) * math.sin(turn * at)) for at in range(count)]

"""An ear for tests: what tones are in a recording, by counting how often its wave crosses zero."""

import io
import wave
from array import array
from dataclasses import dataclass
from itertools import groupby, pairwise

LOUD = 400
"""Of 32767."""
WINDOW = 0.01


@dataclass(frozen=True, slots=True)
class Heard:
    """A sound of `ms` milliseconds, and its pitch in hertz; 0 for silence."""

    hertz: float
    ms: float


def recording(file: bytes) -> "tuple[int, array[int]]":
    """Samples a second, and the samples of the first channel."""
    with wave.open(io.BytesIO(file)) as opened:
        samples = array("h", opened.readframes(opened.getnframes()))
        return opened.getframerate(), samples[:: opened.getnchannels()]


def heard(file: bytes) -> list[Heard]:
    """The tones in a WAVE file and the silences between them; not those before and after."""
    rate, samples = recording(file)
    step = round(rate * WINDOW)
    windows = [samples[at : at + step] for at in range(0, len(samples), step)]
    found: list[Heard] = []
    for loud, group in groupby(windows, key=lambda window: max(map(abs, window)) > LOUD):
        joined = array("h", [sample for window in group for sample in window])
        found.append(Heard(pitch(joined, rate) if loud else 0.0, 1000 * len(joined) / rate))
    while found and not found[-1].hertz:
        found.pop()
    return found


def pitch(samples: "array[int]", rate: int) -> float:
    """Crossings of zero upwards, over the time between the first and the last of them."""
    rises = [at for at, (one, other) in enumerate(pairwise(samples)) if one <= 0 < other]
    return (len(rises) - 1) * rate / (rises[-1] - rises[0]) if len(rises) > 1 else 0.0

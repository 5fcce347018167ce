"""What readers and cards send: every dialect, for any bytes at any pace."""

from collections.abc import Callable
from functools import partial

from hal.drivers.dialects import DIALECTS, OPTIONS, dialect
from hal.drivers.uri import parse
from hal.framing.dialect import CardRead
from tests.fuzz.target import Target, named

LONGEST = 512


def _speaks(name: str, data: bytes) -> object:
    """In halves, with a pause after each; the first byte says how long it lasts."""
    speaker = dialect(parse(f"serial:/dev/x?protocol={name}", OPTIONS))
    speaker.start(0)
    pace = data[0] / 64 if data else 0.0
    half = len(data) // 2
    found = [*speaker.feed(data[:half], 0), *speaker.pause(pace), *speaker.feed(data[half:], pace), *speaker.pause(9)]
    speaker.to_send()
    assert all(len(read.credential) <= LONGEST for read in found if isinstance(read, CardRead))
    return found


def _target(name: str, good: tuple[bytes, ...]) -> Target:
    speak: Callable[[bytes], object] = partial(_speaks, name)
    return Target(f"reader speaking {name}", speak, seeds=good, covers=named(COVERED[name], "feed"))


COVERED = {"lines": "hal.framing.lines.Lines"}
"""The class of each dialect, whose `feed` is tried."""
GOOD: dict[str, tuple[bytes, ...]] = {
    "lines": (b"04A1B2C3\r\n", b"\x0204A1B2C3\x03\r", b"%1234?;5678=99?\r"),
}
TARGETS = tuple(_target(name, GOOD[name]) for name in DIALECTS)

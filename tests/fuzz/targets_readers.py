"""What readers and cards send: every dialect, for any bytes at any pace."""

from collections.abc import Callable
from functools import partial

from hal.drivers.dialects import DIALECTS, OPTIONS, dialect
from hal.drivers.uri import parse
from hal.framing.dialect import CardRead
from hal.framing.wedge import End, Wedge
from hal.quirks.layouts import LAYOUTS
from tests.fuzz import targets_pcsc
from tests.fuzz.target import Target, named
from tools.peers.hid import ENTER, EV_KEY, strokes

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


COVERED = dict.fromkeys(("lines", "rfideas", "twn3", "inditag"), "hal.framing.lines.Lines")
COVERED |= {"twn4": "hal.framing.twn4.Twn4", "pn532": "hal.framing.pn532.Pn532"}
"""The class of each dialect, whose `feed` is tried."""
GOOD: dict[str, tuple[bytes, ...]] = {
    "lines": (b"04A1B2C3\r\n", b"\x0204A1B2C3\x03\r", b"%1234?;5678=99?\r"),
    "rfideas": (b"0012345678\r", b"04A1B2C3\r\n", b"rfid:qid\r\n{0x00BB,1,0x0000,80;0x01}\r\nRF IDeas>117\r"),
    "twn3": (b"1A808001C0\r", b"0180\r", b"FF" + b"80" * 32 + b"\r"),
    "inditag": (b":112233445501\r\n", b":112233445502\r\n"),
    "twn4": (b"0001\r000180200466CF4DC2\r", b"00\r0000\r01\r"),
    "pn532": (
        bytes.fromhex("0000ff00ff000000ff02fed5151600"),
        bytes.fromhex("0000ff00ff000000ff0ff1d54b01010044000704416d412b0289ea00"),
    ),
}


def _types(data: bytes) -> object:
    """Two bytes an event: a key code, then its value and the wait before it. The first byte chooses the setting."""
    chosen = data[0] if data else 0
    layouts, ends, tracks = tuple(LAYOUTS.values()), tuple(End), (None, 1, 2, 3)
    wedge = Wedge(layouts[chosen % 4], end=ends[chosen // 4 % 3], track=tracks[chosen // 16 % 4])
    wedge.start(0)
    found, now = wedge.pause(9), 9.0
    for code, value in zip(data[1::2], data[2::2], strict=False):
        now += (value >> 3) / 64
        found += wedge.pause(now)
        found += wedge.tear(now) if value & 7 == 7 else wedge.key(code, value & 3, now)
    found += wedge.pause(now + 9)
    assert wedge.deadline is None
    assert all(len(read.credential) <= LONGEST for read in found if isinstance(read, CardRead))
    return found


def _typed(text: str) -> bytes:
    keys = bytes(part for kind, code, value in strokes(text) if kind == EV_KEY for part in (code, value))
    return b"\0" + keys + bytes((ENTER, 1, ENTER, 0))


TARGETS = (
    *targets_pcsc.TARGETS,
    *(_target(name, GOOD[name]) for name in DIALECTS),
    Target(
        "reader that types",
        _types,
        seeds=(_typed("04A1b2c3"), _typed("%B12^X?;34=5?"), _typed("7" * 300)),
        covers=("hal.framing.wedge.Wedge", "hal.framing.magstripe.track"),
    ),
)

"""Keyboard wedges that want to be treated otherwise than the rest, as data: which, how, why, and who says so.

That one reader shows up as several input devices needs no entry: every driver opens all device files of a USB device.
"""

from collections.abc import Mapping
from dataclasses import dataclass

MEASURED = "https://github.com/charlysan/pyrfidhid/issues/3"
PCPROX = "https://github.com/micolous/pcprox/blob/master/doc/protocol.md"


@dataclass(frozen=True, slots=True)
class Wedge:
    """What differs from the defaults; None is the default. `gap` in seconds; `end` as in the URI."""

    product: str
    reason: str
    link: str
    gap: float | None = None
    end: str | None = None


WEDGES: Mapping[tuple[int, int], Wedge] = {
    (0x0C27, 0x3BFA): Wedge(
        product="rf IDEAS pcProx",
        gap=1.1,
        reason="press and release of a key may each be set to last up to 255 steps of 4 ms",
        link=PCPROX,
    ),
    (0x08FF, 0x0009): Wedge(
        product="125 kHz desktop reader, sold under many names",
        end="key",
        reason="always ends with Enter; a pause means that the rest is lost, not that a shorter number was read",
        link="https://github.com/signal11/hidapi/issues/310",
    ),
    (0xFFFF, 0x0035): Wedge(
        product="Sycreader USB Reader",
        end="key",
        reason="always ends with Enter; its second interface has keys too, but no digits",
        link=MEASURED,
    ),
    (0x413D, 0x2107): Wedge(
        product="KKMOON RFID reader",
        end="key",
        reason="always ends with Enter; appears as a mouse first and a keyboard second",
        link="https://github.com/MiczFlor/RPi-Jukebox-RFID/pull/327",
    ),
    (0x16C0, 0x27DB): Wedge(
        product="HXGCoLtd 27db",
        end="key",
        reason="ten digits and Enter, always",
        link="https://github.com/rusty-octopus/rfid_media_player/blob/main/usb_reader_test/Readme.md",
    ),
    (0x05E0, 0x1200): Wedge(
        product="Symbol and Zebra barcode scanners",
        gap=0.5,
        reason="the delay between keys can be set, and no Enter is the factory's setting",
        link="https://github.com/node-hid/node-hid/issues/302",
        end="idle",
    ),
}
"""By vendor and product identifier."""

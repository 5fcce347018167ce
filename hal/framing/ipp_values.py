"""What the bytes of an IPP attribute's value say (RFC 8010 section 3.9): numbers, words, ranges, resolutions."""

import struct
from collections.abc import Callable, Mapping

from pyipp.enums import IppJobState, IppPrinterState, IppTag

from hal.framing.ipp_frames import IppFormatError

Value = int | bool | str | tuple[int, int]

STATES: Mapping[bytes, Callable[[int], int]] = {b"job-state": IppJobState, b"printer-state": IppPrinterState}
"""Enums whose every value means something to us; others, such as finishings, are younger than any list of ours."""
DOTS_PER_CM = 4
"""RFC 8011 5.1.16; the other unit is dots per inch."""
CM_PER_INCH = 2.54
RANGES = frozenset((b"copies-supported", b"page-ranges"))
RESOLUTIONS = frozenset(
    (
        b"printer-resolution",
        b"printer-resolution-supported",
        b"printer-resolution-default",
        b"pwg-raster-document-resolution-supported",
    )
)
DATES = frozenset((b"printer-config-change-date-time",))
OUT_OF_BAND = range(0x10, 0x20)
"""unsupported, unknown, no-value and the like: a tag that stands for a value."""
STRINGS = frozenset((0x41, 0x42, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49))
WITH_LANGUAGE = frozenset((0x35, 0x36))


def decode_value(name: bytes, tag: int, raw: bytes) -> Value:
    """One value of the attribute `name`: out-of-band ones are empty strings, a range is `(lower, upper)`, a resolution
    `(across, along)` in dots per inch, a dateTime its bytes in hex, good for comparing. Lengths have been checked.

    Raises `IppFormatError` for a syntax that the attribute cannot have, and for a state that no standard has."""
    if tag in OUT_OF_BAND:
        return _nothing(raw)
    if tag in (IppTag.INTEGER, IppTag.ENUM):
        return _number(name, tag, raw)
    if tag == IppTag.BOOLEAN:
        return raw != b"\0"
    if tag in STRINGS:
        return raw.decode(errors="replace")
    if tag in WITH_LANGUAGE:
        return _without_language(raw)
    return _compound(name, tag, raw)


def _nothing(raw: bytes) -> str:
    if raw:
        raise IppFormatError("an out-of-band value with bytes")
    return ""


def _number(name: bytes, tag: int, raw: bytes) -> int:
    number = int.from_bytes(raw, "big", signed=True)
    if tag == IppTag.INTEGER or name not in STATES:
        return number
    try:
        return STATES[name](number)
    except ValueError as exc:
        raise IppFormatError(f"{name.decode()} is {number}") from exc


def _without_language(raw: bytes) -> str:
    """RFC 8010 3.9: length, language, length, string; the two fill the value."""
    language_end = 2 + int.from_bytes(raw[:2], "big")
    start = language_end + 2
    if start + int.from_bytes(raw[language_end:start], "big") != len(raw) or not raw[2:language_end].isascii():
        raise IppFormatError("a malformed string with language")
    return raw[start:].decode(errors="replace")


def _compound(name: bytes, tag: int, raw: bytes) -> Value:
    if tag == IppTag.RANGE and name in RANGES:
        lower, upper = struct.unpack(">ii", raw)
        return lower, upper
    if tag == IppTag.RESOLUTION and name in RESOLUTIONS:
        across, along, unit = struct.unpack(">iib", raw)
        return (round(across * CM_PER_INCH), round(along * CM_PER_INCH)) if unit == DOTS_PER_CM else (across, along)
    if tag == IppTag.DATE and name in DATES:
        return raw.hex()
    raise IppFormatError(f"{name.decode(errors='replace')} has the unexpected syntax {tag:#04x}")

"""What a contactless reader's answer to reset says of the card: PC/SC part 3 (2.01.09), 3.1.3.2.3."""

from dataclasses import dataclass

from hal.ports.badge_reader import Medium

CONTACTLESS = b"\x80\x01"
"""TD1 and TD2 of every ATR that a reader makes up for a card without contacts."""
STORAGE = bytes.fromhex("804F0CA000000306")
"""Category, tag, length and the RID of the PC/SC workgroup: standard (1 byte) and name (2 bytes) of the card follow."""
PREFIX = 8
STANDARDS = {
    **dict.fromkeys((0x01, 0x02, 0x03), Medium.ISO14443A),
    **dict.fromkeys((0x05, 0x06, 0x07), Medium.ISO14443B),
    **dict.fromkeys((0x09, 0x0A, 0x0B, 0x0C), Medium.ISO15693),
    0x11: Medium.FELICA,
}
NAMES = {
    **dict.fromkeys((0x0001, 0x0002, 0x0003, 0x0026, 0x003A, 0x003D), Medium.ISO14443A),  # MIFARE and its Ultralights
    0x003B: Medium.FELICA,
    **dict.fromkeys((0xF011, 0xF012), Medium.FELICA),  # ACR122U: FeliCa at 212 and 424 kbit/s
    0xF004: Medium.ISO14443A,  # ACR122U: Topaz
}
"""Some readers leave the standard out, or give FeliCa that of type A; the name goes before it."""


@dataclass(frozen=True, slots=True)
class Atr:
    """`historical`: the bytes of ISO 7816-4, 12.1.1. `iso_dep`: the card speaks ISO 14443-4."""

    historical: bytes = b""
    medium: Medium = Medium.UNKNOWN
    iso_dep: bool = False


def parse_atr(atr: bytes) -> Atr:
    """Of an ATR that is no reader's for a contactless card, or is malformed, nothing is known."""
    interface, historical = _split(atr)
    if interface != CONTACTLESS:
        return Atr(historical)
    if not historical.startswith(STORAGE):
        return Atr(historical, iso_dep=True)
    standard, name = historical[PREFIX : PREFIX + 1], historical[PREFIX + 1 : PREFIX + 3]
    medium = NAMES.get(int.from_bytes(name, "big")) or STANDARDS.get(int.from_bytes(standard, "big"), Medium.UNKNOWN)
    return Atr(historical, medium)


def ats_of(atr: Atr) -> bytes:
    """An answer to select (ISO 14443-4, 5.2) of what an ATR repeats of one: TL, T0 that announces frames of 32 bytes as
    a card does that says nothing of them, and the historical bytes. Empty for a card without ISO 14443-4."""
    return bytes((len(atr.historical) + 2, 0x02)) + atr.historical if atr.iso_dep else b""


def _split(atr: bytes) -> tuple[bytes, bytes]:
    """TD1 and TD2 where there is no other interface byte, and the historical bytes (ISO 7816-3, 8.2)."""
    if len(atr) < 2 or atr[0] not in (0x3B, 0x3F):
        return b"", b""
    at, present, interface = 2, atr[1] >> 4, b""
    while present:
        end = at + present.bit_count()
        interface += atr[at:end]
        present = atr[end - 1] >> 4 if present & 8 and end <= len(atr) else 0
        at = end
    historical = atr[at : at + (atr[1] & 15)]
    return (interface, historical) if len(historical) == atr[1] & 15 else (b"", b"")

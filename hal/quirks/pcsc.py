"""How PC/SC readers are made to beep: one entry a family, the first whose `match` is in the reader's name counts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signal:
    """`apdu` goes to the card and is caught by the reader, so a card must lie there. `escape` goes to the reader by
    SCardControl, which libccid lets through only where its `ifdDriverOptions` has bit 0. Empty: there is none."""

    apdu: bytes = b""
    escape: bytes = b""


@dataclass(frozen=True, slots=True)
class Quirk:
    """`quiet` turns off the sound that the reader makes by itself when it sees a card."""

    match: str
    good: Signal
    bad: Signal
    quiet: Signal
    reason: str
    link: str


def _blinks(leds: int, times: int) -> bytes:
    """`leds`: which blink (bits 6, 7) and begin lit (4, 5), red and green; each time 100 ms on with the buzzer and 100
    ms off; then they are as they were."""
    return bytes((0xFF, 0x00, 0x40, leds, 0x04, 1, 1, times, 1))


GOOD, BAD = _blinks(0xA0, 1), _blinks(0x50, 2)
SHORT, LONG = bytes.fromhex("E0 00 00 28 01 0A"), bytes.fromhex("E0 00 00 28 01 32")
"""The buzzer for 100 and for 500 ms."""
SILENCE = bytes.fromhex("FF 00 52 00 00")

QUIRKS = (
    Quirk(
        match="ACR1252",
        good=Signal(GOOD, SHORT),
        bad=Signal(BAD, LONG),
        quiet=Signal(),
        reason="its own beep is a setting in flash that it keeps: the vendor's tool turns it off once, not each start",
        link="https://manualshive.com/en/manual/acs/acm1252u-y3/2841767?page=86",
    ),
    Quirk(
        match="ACR1255",
        good=Signal(escape=SHORT),
        bad=Signal(escape=LONG),
        quiet=Signal(),
        reason="has the buzzer as an escape command alone; its own beep is kept in flash, as the ACR1252's is",
        link="https://manualshive.com/en/manual/acs/acr1255u-j1/2841713?page=57",
    ),
    Quirk(
        match="ACR122",
        good=Signal(GOOD, GOOD),
        bad=Signal(BAD, BAD),
        quiet=Signal(SILENCE, SILENCE),
        reason="beeps at each card before it is read, so people lift it too soon; forgets that setting when unplugged",
        link="https://manualshive.com/en/manual/acs/acr122t/3046905?page=23",
    ),
)

OTHER_SLOTS = (" SAM]", " ICC]")
"""Ends of a reader's interface name, as libccid gives it, for slots that take no badge: they are left out where another
slot of the same reader matches too."""


def quirk_of(reader: str) -> Quirk | None:
    """By the name that pcscd gives the reader."""
    return next((quirk for quirk in QUIRKS if quirk.match in reader), None)

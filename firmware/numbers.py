"""The card number of a tap, by the rules of its reader or of the site."""

from firmware.badges.number import card_number
from firmware.badges.raw import RawRead
from hal.ports.badge_reader import Form, Tap


def raw_read(tap: Tap) -> RawRead:
    """The tap as `firmware.badges` takes it."""
    return RawRead(tap.credential, tap.form is Form.TEXT, tap.bits)


def number(tap: Tap) -> str:
    """The canonical number. Raises `BadgeUnreadableError`."""
    return card_number(raw_read(tap).text.encode("ascii"))

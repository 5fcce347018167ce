"""What a fault of a read means to the person at the reader, in plain words, and what to do about it."""

from collections.abc import Mapping

from firmware.technician.told import told
from hal.ports.badge_reader import Fault

FAULTS: Mapping[str, str] = {
    Fault.TORN: told("the read began and did not end: hold the badge a little longer"),
    Fault.UNENDED: told("the reader stopped typing and sent no Enter: set it to send one, or say end=idle in its URI"),
    Fault.OVERLONG: told(
        "more came than any card holds: does the reader send what ends a read (such as CR), and is the baud rate right?"
    ),
    Fault.GARBLED: told("what came is not of this reader's format: look at baud, protocol and layout in its URI"),
    Fault.CHECKSUM: told("a wrong checksum: look at the cable and the baud rate"),
    Fault.TRACK: told("the reader could not read the stripe: swipe again, evenly; the card may be worn out"),
    Fault.SEVERAL: told("two cards at once: present one alone, without the wallet"),
    Fault.GONE: told("the card left too soon: hold it until the beep"),
    Fault.MUTE: told("the card is there and does not answer: turn it, or try another"),
    Fault.RECORD: told("the tag has no record of the wanted kind: look at read= in the reader's URI"),
    Fault.FLOOD: told("the reader sends more than anybody can tap: is a card left on it, or a key held down?"),
}
REFUSALS = {
    "badge-unreadable": told("no card number comes of it: other characters than letters and digits; look at the rules"),
    "badge-length": told("no card number comes of it: too short or too long; look at the rules"),
    "badge-format": told("the reader's rules do not fit this card: lockgate badge solve finds others"),
    "badge-parity": told(
        "the parity of the frame is wrong: another format, or inverted bits; lockgate badge solve finds it"
    ),
    "badge-random": told(
        "it makes its number up at each tap, so nobody can be known by it: take another badge; a card may "
        "prove its true number, see docs/cards.md"
    ),
}
OTHER = told("docs/errors.md explains the code")
LOST = told(
    "plug it in; if the station runs, it holds its readers: stop it first, such as with systemctl stop lockgate"
)


def hint(code: str) -> str:
    """For the code of a misread or of a refused read."""
    return FAULTS.get(code) or REFUSALS.get(code, OTHER)

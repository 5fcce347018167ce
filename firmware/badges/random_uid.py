"""Numbers that a card makes up at each tap: nobody can be known by them, so nobody may be given one.

A UID of four bytes that begins with 08 is such a one (ISO/IEC 14443-3, 6.5.4). Telephones that play a card always have
one; so have passports, some payment cards, and DESFire cards that were told to hide their number.
"""

import re

CODE = "badge-random"
SIZE = 4
FIRST = 0x08
TELEPHONE = "a telephone"
CARD = "a card that hides its number"

_NUMBER = re.compile(r"08(?=[0-9]*[A-Fa-f])[0-9A-Fa-f]{6}")


def is_random(uid: bytes) -> bool:
    """Of a UID of ISO/IEC 14443 type A, in the order of transmission."""
    return len(uid) == SIZE and uid[0] == FIRST


def is_random_number(number: str) -> bool:
    """Of a card number of which nothing else is known: it may be such a UID in hexadecimal. Eight decimal digits may as
    well be what is printed on a site's badges; one random UID in seventeen looks so too, and is not known as one."""
    return _NUMBER.fullmatch(number) is not None


def who_hides(ats: bytes) -> str:
    """Who has a random UID and this ATS (ISO/IEC 14443-4, 5.2; from TL on; empty: unknown): telephones give interface
    bytes and no historical ones, most other cards say with them what they are. A hint for people, never to
    decide anything by."""
    return TELEPHONE if len(ats) > 1 and _historical(ats) == b"" else CARD


def _historical(ats: bytes) -> bytes:
    """What comes after T0 and the interface bytes that it announces."""
    return ats[2 + (ats[1] & 0x70).bit_count() :]

"""Elatec TWN4 readers with Simple Protocol firmware (DocRev17): commands and answers as lines of hex digits."""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from hal.feedback.table import Feedback
from hal.framing.dialect import CardRead, Read
from hal.framing.lines import Framing, Lines
from hal.framing.presence import Presence
from hal.framing.twn4_lights import Lights, beeps
from hal.ports.badge_reader import Fault, Form, Medium

POLL_SECONDS = 0.2
"""Between an answer and the next SearchTag: the protocol has no event, so that a card is found by asking."""
VERSION_SECONDS = 0.25
ANSWER_SECONDS = 1.0
"""For all other commands: SearchTag goes through every kind of card it is to find, and Beep may last."""
TRIES = 3
"""Of one command without an answer until the reader counts as lost. For the first one that is less than a second: a
reader that has come back and answers nothing must not count as back."""
LIGHT_SECONDS = 1.0
LONGEST_LINE = 600
MOST_WAITING = 12

VERSION = bytes.fromhex("0004ff")
LIGHTS_ARE_OUTPUTS = bytes.fromhex("0400030000")
SEARCH = bytes.fromhex("050020")
SET_TAG_TYPES = b"\x05\x02"
DARK = bytes.fromhex("040303")
GOOD = (bytes.fromhex("04076460094b000000"), bytes.fromhex("040301"), bytes.fromhex("040202"))
"""One beep of 2400 Hz and 75 ms; red off, green on."""
BAD = (*[bytes.fromhex("040764bc0296006400")] * 2, bytes.fromhex("040302"), bytes.fromhex("040201"))
"""Two beeps of 700 Hz and 150 ms; green off, red on."""

TAG_TYPES: Mapping[str, int] = MappingProxyType(
    {
        **{"em4102": 0x40, "hitag1s": 0x41, "hitag2": 0x42, "em4150": 0x43, "iso-fdx": 0x45, "hid-prox": 0x49},
        **{"ioprox": 0x4C, "indala": 0x4D, "awid": 0x4F, "gprox": 0x50, "pyramid": 0x51, "keri": 0x52, "nedap": 0x55},
        **{"iso14443a": 0x80, "iso14443b": 0x81, "iso15693": 0x82, "legic": 0x83, "iclass": 0x84, "felica": 0x85},
    }
)
"""What SetTagTypes may be told, by the name that configuration uses."""
ISO14443A, HIGH_FREQUENCY = 0x80, 0x80
_MEDIA = {0x80: Medium.ISO14443A, 0x81: Medium.ISO14443B, 0x82: Medium.ISO15693, 0x85: Medium.FELICA}
_HEX = re.compile(rb"([0-9A-Fa-f]{2})+")


class Twn4:
    """Asks for a card again and again; a card is one read until it was lifted, however late the answers come.

    `tags` are names out of `TAG_TYPES` to search for; none: as the reader is set. With `checksum`, both sides add a
    CRC. Another card while one is there is `Fault.SEVERAL`, until the field was empty.
    """

    def __init__(self, *, tags: Sequence[str] = (), checksum: bool = False) -> None:
        self._opening = [VERSION, LIGHTS_ARE_OUTPUTS]
        if tags:
            self._opening.append(SET_TAG_TYPES + tag_mask(tags))
        self._checksum = checksum
        self._lines = Lines(Framing(limit=LONGEST_LINE))
        self._presence = Presence()
        self._lights = Lights()
        self._forget(0.0)

    def _forget(self, now: float) -> None:
        self._lines.start(now)
        self._waiting: deque[bytes] = deque()
        self._showing: deque[bytes] = deque()
        """Of an indicator: each one waits for all that is of a card."""
        self._lights.restart(now)
        self._asked: bytes | None = None
        self._out = b""
        self._now = now
        self._due = self._asked_at = now
        self._tries = 0
        self._dark_at: float | None = None
        self._last: CardRead | None = None
        self._several = False

    @property
    def deadline(self) -> float | None:
        """When the answer is overdue, or the next question due."""
        return min(at for at in (self._due, self._lines.deadline, self._lights.due) if at is not None)

    def start(self, now: float) -> None:
        """Identify the reader first."""
        self._forget(now)
        self._waiting.extend(self._opening)
        self._go_on()

    def feed(self, data: bytes, now: float) -> list[Read]:
        """What the answers in `data` say."""
        self._now = now
        reads: list[Read] = []
        for line in self._lines.feed(data, now):
            reads += self._answered(line.credential) if isinstance(line, CardRead) else [line]
        return reads

    def pause(self, now: float) -> list[Read]:
        """Ask again, or the next. Raises `TimeoutError` when nothing is answered: the wire is as good as lost."""
        self._now = now
        reads = self._lines.pause(now)
        self._shine()
        if now < self._due:
            return reads
        if self._asked is not None:
            self._tries += 1
            if self._tries == TRIES:
                raise TimeoutError("the reader does not answer")
            self._lines.start(now)  # the rest of a torn answer would not pass for one: it has lengths
            self._ask(self._asked)
            return reads
        if self._dark_at is not None and now >= self._dark_at:
            self._dark_at = None
            self._waiting.extend(self._lights.standing or (DARK,))
        self._waiting.append(SEARCH)
        self._go_on()
        return reads

    def to_send(self) -> bytes:
        """Commands, each a line."""
        out, self._out = self._out, b""
        return out

    def acknowledge(self, *, good: bool) -> None:
        """Beep, then the light; at once, unless an answer is awaited."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.extend(GOOD if good else BAD)
            self._dark_at = self._now + LIGHT_SECONDS
        if self._asked is None:
            self._go_on()

    def show(self, feedback: Feedback) -> None:
        """Lamps and beeper after the table, between questions for cards, until something else is shown."""
        self._showing = deque(beeps(feedback.tones))
        self._lights.show(feedback, self._now)
        self._shine()

    def _shine(self) -> None:
        self._showing.extendleft(reversed(self._lights.turn(self._now)))
        if self._asked is None and self._showing:
            self._go_on()

    def _go_on(self) -> None:
        if not self._waiting and self._showing:
            self._waiting.extend((self._showing.popleft(), SEARCH))  # cards are looked for as often as ever
        if self._waiting:
            self._tries, self._asked_at = 0, self._now
            self._ask(self._waiting.popleft())
        else:
            self._asked, self._due = None, self._now + POLL_SECONDS

    def _ask(self, command: bytes) -> None:
        self._asked = command
        self._due = self._now + (VERSION_SECONDS if command == VERSION else ANSWER_SECONDS)
        checked = command + (crc(command).to_bytes(2, "little") if self._checksum else b"")
        self._out += checked.hex().upper().encode() + b"\r"

    def _answered(self, line: bytes) -> list[Read]:
        if not _HEX.fullmatch(line):
            return [Fault.GARBLED]
        answer = bytes.fromhex(line.decode())
        if self._checksum:
            answer, check = answer[:-2], answer[-2:]
            if not answer or crc(answer).to_bytes(2, "little") != check:
                return [Fault.CHECKSUM]
        if self._asked is None:
            return []  # late: it was asked again, and answered already
        was_search = self._asked == SEARCH
        self._asked = None
        reads = self._found(answer) if was_search else []
        self._go_on()
        return reads

    def _found(self, answer: bytes) -> list[Read]:
        try:
            card = decode_search(answer)
        except ValueError:
            return [Fault.GARBLED]
        if card is None:
            self._presence.empty(self._asked_at, self._now)
            self._last, self._several = None, False
            return []
        known = self._last or self._presence.card
        if known is not None and _is_random(card) and _is_random(known):
            card = known  # each search is a new activation, for which such a card draws a new number
        if self._several:
            return []
        self._several = self._last not in (None, card)
        self._last = card
        if self._several:
            return [Fault.SEVERAL]
        return [card] if self._presence.begins(card) else []


def decode_search(answer: bytes) -> CardRead | None:
    """The card in an answer to SearchTag, status first; None where there is none. The ID's first bit is the most
    significant one of its first byte. Raises `ValueError`."""
    if len(answer) < 2 or answer[0]:
        raise ValueError("no answer to SearchTag, or an error")
    if not answer[1]:
        return None
    if len(answer) < 6 or len(answer) != 5 + answer[4] or not 0 < answer[3] <= 8 * answer[4]:
        raise ValueError("lengths that do not agree")
    kind = answer[2]
    medium = _MEDIA.get(kind, Medium.UNKNOWN if kind >= HIGH_FREQUENCY else Medium.LF)
    return CardRead(answer[5:], Form.BITS, answer[3], medium)


def tag_mask(names: Sequence[str]) -> bytes:
    """The parameters of SetTagTypes: two masks of 32 bits, low byte first, low frequency first."""
    masks = [0, 0]
    for name in names:
        code = TAG_TYPES[name]
        masks[code >= HIGH_FREQUENCY] |= 1 << (code & 0x1F)
    return b"".join(mask.to_bytes(4, "little") for mask in masks)


def crc(data: bytes) -> int:
    """CRC-16 of DocRev17, 1.3.3: CCITT, reflected, from FFFF."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return value


def _is_random(card: CardRead) -> bool:
    """ISO 14443-3, 6.5.4: a single-size UID that begins with 08."""
    return card.medium == Medium.ISO14443A and len(card.credential) == 4 and card.credential[0] == 0x08

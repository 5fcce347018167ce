"""Other Wiegand cards of the site: valid frames with small and large numbers, which random bits seldom are."""

from collections.abc import Callable, Mapping, Sequence

from firmware.badges.number import BadgeUnreadableError
from firmware.badges.raw import RawRead
from firmware.badges.rules import Rules
from firmware.badges.tails import Steps
from firmware.badges.value import Bits
from firmware.badges.wiegand import FORMATS, Credential, Format, decode, encode

CARDS = (1, 42, 999, 1000, 1234, 9999, 12345)
FACILITIES = (1, 42)
"""Besides that of the first card, and the largest ones."""
DIGITS = 5
"""Of 16 bits, which the sites' own numbers have: a number of so few digits is counted from 1, a longer one is a UID."""

Frames = Mapping[str, Sequence[RawRead]]
"""By the name of the format."""
_Shape = Callable[[Bits], RawRead]


def frames(raws: Sequence[RawRead]) -> Frames:
    """Other cards of every format that all of `raws` are valid frames of, in the form in which the reader sends them:
    bits, hexadecimal or decimal text. The same ones at each call."""
    found: dict[str, list[RawRead]] = {}
    for read, shape in _forms(raws[0]):
        for name, layout in FORMATS.items():
            said = [_said(name, read(raw, layout)) for raw in raws]
            if said[0] and all(said):
                found.setdefault(name, []).extend(shape(encode(one)) for one in _others(said[0]))
    return found


def width(head: Steps, numbers: Sequence[str]) -> int:
    """The digits of the largest number that `head` makes, where small ones have fewer; 0: unknown, or more than a
    site's own `numbers` have."""
    word, _, rest = head[-1].partition(" ") if head else ("", "", "")
    if word == "wiegand":
        name, _, part = rest.partition(" ")
        return FORMATS[name].all_digits if part == "facility-card" else FORMATS[name].digits
    return DIGITS if word == "hex2dec" and {len(number) for number in numbers} == {DIGITS} else 0


def refuses(steps: Steps, numbers: Sequence[str], others: Frames) -> bool:
    """Whether a rule that gives `numbers` refuses other cards of the site, whose numbers are too short."""
    if steps and steps[-1] == "hex2dec" and max(map(len, numbers)) <= DIGITS:
        return True
    names = [step.split(" ")[1] for step in steps if step.startswith("wiegand ")]
    rules = Rules.parse(steps)
    return any(_is_too_short(rules, raw) for name in names for raw in others.get(name, ()))


def _is_too_short(rules: Rules, raw: RawRead) -> bool:
    """Not whether it is refused for its format: a text may pass as hexadecimal and as decimal, and a rule knows one."""
    try:
        rules.apply(raw)
    except BadgeUnreadableError as exc:
        return exc.code == "badge-length"
    return False


def _forms(raw: RawRead) -> tuple[tuple[Callable[[RawRead, Format], Bits | None], _Shape], ...]:
    """How a frame of `raw`'s kind is read, and how another one is sent."""
    if not raw.is_text:
        return ((lambda one, _: None if one.is_text else one.frame, _sent),)
    size, is_filled = len(raw.text), raw.text.startswith("0")
    digits = "X" if raw.text == raw.text.upper() else "x"
    return (
        (lambda one, layout: _number(one, layout, 16), lambda frame: _text(f"{frame.value:0{size}{digits}}")),
        (lambda one, layout: _number(one, layout, 10), lambda frame: _text(f"{frame.value:0{size * is_filled}d}")),
    )


def _number(raw: RawRead, layout: Format, base: int) -> Bits | None:
    """The frame whose last bit is the lowest of the number that is spelled."""
    digits = "0123456789abcdefABCDEF" if base == 16 else "0123456789"
    text = raw.text
    if not raw.is_text or not text or text.strip(digits) or len(text) > layout.bits:
        return None
    value = int(text, base)
    return Bits(value, layout.bits) if value.bit_length() <= layout.bits else None


def _said(name: str, frame: Bits | None) -> Credential | None:
    try:
        return decode(name, frame) if frame else None
    except BadgeUnreadableError:
        return None


def _others(first: Credential) -> list[Credential]:
    layout = FORMATS[first.name]
    cards = (*CARDS, layout.card.largest)
    if layout.facility is None:
        return [Credential(first.name, None, card) for card in cards]
    codes = (first.facility, *FACILITIES, layout.facility.largest)
    return [Credential(first.name, code, card) for code in codes for card in cards]


def _sent(frame: Bits) -> RawRead:
    size = (frame.count + 7) // 8
    return RawRead((frame.value << (size * 8 - frame.count)).to_bytes(size), is_text=False, bits=frame.count)


def _text(text: str) -> RawRead:
    return RawRead(text.encode("ascii"))

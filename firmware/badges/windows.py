"""The last resort: a card number that is some of the card's bits, wherever they lie."""

from collections.abc import Iterator, Sequence

from firmware.badges.frames import DIGITS
from firmware.badges.raw import RawRead
from firmware.badges.tails import WITHOUT_ZEROS, Steps
from firmware.badges.value import Bits, bits_of

MOST_BITS = 128
LEAST_BITS = 8
"""Fewer hold no number of a site's cards."""
TURNS: tuple[Steps, ...] = ((), ("reverse-bytes",), ("reverse-bits",), ("invert",), ("reverse-bytes", "reverse-bits"))


def windows(raws: Sequence[RawRead], numbers: Sequence[str]) -> Iterator[Steps]:
    """Turned or not, which bits are `numbers` in decimal or hexadecimal on every card."""
    frames = [_frame(raw) for raw in raws]
    known = [frame for frame in frames if frame is not None]
    if len(known) < len(frames) or len({frame.count for frame in known}) > 1 or known[0].count > MOST_BITS:
        return
    for turn in TURNS:
        turned = [_turned(frame, turn) for frame in known]
        if all(frame is not None for frame in turned):
            yield from _found(turn, [frame for frame in turned if frame is not None], numbers)


def _frame(raw: RawRead) -> Bits | None:
    if not raw.is_text:
        return raw.frame
    text = raw.text
    is_hex = text.isascii() and len(text) * 4 <= MOST_BITS and not text.strip("0123456789abcdefABCDEF") and bool(text)
    return bits_of(text) if is_hex else None


def _turned(frame: Bits, turn: Steps) -> Bits | None:
    """None where there are no whole bytes to turn."""
    value, count = frame.value, frame.count
    for step in turn:
        if step == "reverse-bytes":
            if count % 8:
                return None
            value = int.from_bytes(value.to_bytes(count // 8), "little")
        elif step == "reverse-bits":
            value = int(f"{value:0{count}b}"[::-1], 2)
        else:
            value ^= (1 << count) - 1
    return Bits(value, count)


def _found(turn: Steps, frames: Sequence[Bits], numbers: Sequence[str]) -> Iterator[Steps]:
    wanted = [number.lstrip("0") or "0" for number in numbers]
    decimal = [int(number) if number.isdecimal() else -1 for number in wanted]
    sixteen = [_hexadecimal(number) for number in wanted]
    count, begin, either = frames[0].count, frames[0].value, (decimal[0], sixteen[0])
    for first, last in _spans(count):
        shift, mask = count - 1 - last, (1 << (last - first + 1)) - 1
        if begin >> shift & mask not in either:  # nearly always, so that this decides how long a search takes
            continue
        values = [frame.value >> shift & mask for frame in frames]
        step = f"bits {first}-{last}"
        if values == decimal:
            yield from _finished((*turn, step, "hex2dec"), numbers, wanted)
        if values == sixteen:
            yield from ((*turn, step), (*turn, step, WITHOUT_ZEROS))


def _spans(count: int) -> Iterator[tuple[int, int]]:
    for last in range(LEAST_BITS - 1, count):
        for first in range(last - LEAST_BITS + 2):
            yield first, last


def _finished(steps: Steps, numbers: Sequence[str], wanted: Sequence[str]) -> Iterator[Steps]:
    if list(numbers) == list(wanted):
        yield steps
        if {len(number) for number in numbers} == {DIGITS}:
            yield (*steps, f"pad {DIGITS}")
    elif len({len(number) for number in numbers}) == 1:
        yield (*steps, f"pad {len(numbers[0])}")


def _hexadecimal(number: str) -> int:
    try:
        return int(number, 16)
    except ValueError:
        return -1

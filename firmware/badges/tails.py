"""What a rule may still have to do to a converted text until it is the number: pad, strip, cut."""

from collections.abc import Iterator, Sequence
from itertools import islice

from firmware.badges.number import SHORTEST

Steps = tuple[str, ...]
WITHOUT_ZEROS = "regex ^0*([0-9A-Za-z]+)$"
LONGEST = 128
"""Characters of a text that is cut; what is longer is no card number's neighbourhood."""
PLACES = 8
"""Of a number in a text; one that is found at more of them is no card's."""


def tails(texts: Sequence[str], numbers: Sequence[str]) -> tuple[Steps, ...]:
    """Steps that may make `numbers` (canonical) of `texts`, one for each card. Each is yet to be verified: every card
    proposes some, and letters are compared without their case."""
    if not all(texts) or any(len(text) > LONGEST for text in texts):
        return ()
    found: dict[Steps, None] = {}
    for text, number in zip(texts, numbers, strict=True):
        found |= dict.fromkeys(_tails(text.lower(), number.lower()))
    return tuple(found)


def _tails(text: str, number: str) -> Iterator[Steps]:
    if text == number:
        yield from ((), ("upper",), ("lower",)) if not number.isdecimal() else ((),)
        return
    stripped = text.lstrip("0")
    if stripped == number.lstrip("0"):
        yield from _padded(stripped, number, text)
    elif len(number) < len(text) or len(number.lstrip("0")) < len(text):
        yield from _cut(text, number)


def _padded(stripped: str, number: str, text: str) -> Iterator[Steps]:
    if len(number) > len(text):
        yield (f"pad {len(number)}",)
    if stripped == number != text:
        yield (WITHOUT_ZEROS,)
        yield (f"last {len(number)}",)
        yield (f"remove-first {len(text) - len(number)}",)
    elif len(stripped) < len(number) < len(text):
        yield (WITHOUT_ZEROS, f"pad {len(number)}")
        yield (f"last {len(number)}",)
        yield (f"remove-first {len(text) - len(number)}",)


def _cut(text: str, number: str) -> Iterator[Steps]:
    """`number` anywhere in `text`, or without its zeros where they are not there; with zeros in front of it that may
    have been dropped."""
    part = number if number in text else number.lstrip("0")
    for start in islice(_places(text, part), PLACES) if len(part) >= SHORTEST else ():
        first, end = start, start + len(part)
        while True:
            for piece in _pieces(text, first, end):
                yield from _finished(piece, text[first:end], number)
            if first == 0 or text[first - 1] != "0":
                break
            first -= 1


def _places(text: str, part: str) -> Iterator[int]:
    start = text.find(part)
    while start >= 0:
        yield start
        start = text.find(part, start + 1)


def _finished(piece: Steps, got: str, number: str) -> Iterator[Steps]:
    if got == number:
        yield piece
    elif got.lstrip("0") == number:
        yield (*piece, WITHOUT_ZEROS)
    elif len(got) < len(number):
        yield (*piece, f"pad {len(number)}")


def _pieces(text: str, first: int, end: int) -> Iterator[Steps]:
    """The ways to say `text[first:end]`: from the front, from the back, or both."""
    before, after, size = first, len(text) - end, end - first
    if not after:
        yield from ((f"last {size}",), (f"remove-first {before}",)) if before else ((),)
    elif not before:
        yield from ((f"first {size}",), (f"remove-last {after}",))
    else:
        yield (f"remove-first {before}", f"first {size}")
        yield (f"remove-first {before}", f"remove-last {after}")
        yield (f"remove-last {after}", f"last {size}")

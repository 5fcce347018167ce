"""The conversions a reader's text may need before anything is cut from it, most plausible first."""

import re
import string
from collections.abc import Iterator, Sequence

from firmware.badges.raw import RawRead
from firmware.badges.tails import Steps

_RUN = re.compile(r"[0-9A-Za-z]+")
_HEX = frozenset(string.hexdigits)
RUNS = 5
"""Runs of letters and digits in a magnetic stripe's text that are tried as its number."""
SHIFTS = 8
"""Characters (of hexadecimal text) at either end that may be a facility, a version, a check."""

CORES: tuple[Steps, ...] = (
    (),
    ("hex2dec",),
    ("reverse-bytes", "hex2dec"),
    ("reverse-bytes",),
    ("dec2hex",),
    *((("dec2hex", f"pad {size}", "reverse-bytes", "hex2dec")) for size in (8, 10, 14, 16)),
    *((("dec2hex", f"pad {size}", "reverse-bytes")) for size in (8, 10, 14, 16)),
    ("savapage",),
    ("reverse-bits", "hex2dec"),
    ("reverse-bits",),
    ("reverse-bytes", "reverse-bits", "hex2dec"),
    ("reverse-bytes", "reverse-bits"),
    ("invert", "hex2dec"),
    ("invert",),
    ("invert", "reverse-bytes", "hex2dec"),
    ("invert", "reverse-bytes"),
    ("invert", "reverse-bits", "hex2dec"),
    ("invert", "reverse-bits"),
)
SHORT_CORES = CORES[1:4]
"""For a part of a hexadecimal text."""


def openings(raw: RawRead) -> Iterator[Steps]:
    """What brings the text itself to light: nothing, the check digit off, a run of a magnetic stripe, ASCII inside."""
    yield ()
    if not raw.is_text:
        return
    if "=" in raw.text:
        yield ("trim",)
    runs = _RUN.findall(raw.text)
    if runs and runs != [raw.text]:
        for index in range(min(len(runs), RUNS)):
            yield (_run(index),)
    if re.fullmatch(r"[A-Za-z]+[0-9]+", raw.text):
        yield ("regex ^[A-Za-z]+([0-9]+)$",)
    if re.fullmatch(r"(?:[2-7][0-9A-Fa-f])+", raw.text):
        yield ("ascii-enc",)


def _run(index: int) -> str:
    before = "[0-9A-Za-z]+[^0-9A-Za-z]+"
    skipped = "".join(before for _ in range(index))
    return f"regex ^[^0-9A-Za-z]*{skipped}([0-9A-Za-z]+)"


def parts(texts: Sequence[str]) -> Iterator[Steps]:
    """The parts of hexadecimal texts of one length that may be converted alone. Zeros in front are no reason to cut
    before `hex2dec`, which drops them."""
    size = len(texts[0]) if texts else 0
    if size < 6 or any(len(text) != size or not set(text) <= _HEX for text in texts):
        return
    for before in range(min(SHIFTS, size - 4) + 1):
        is_zero = all(not text[:before].strip("0") for text in texts)
        for after in range(min(SHIFTS, size - 4 - before) + 1):
            cut = tuple(step for step, count in _cuts(before, after) if count)
            yield from (cut + core for core in (SHORT_CORES[1:] if is_zero and before else SHORT_CORES) if cut)


def _cuts(before: int, after: int) -> tuple[tuple[str, int], ...]:
    return (f"remove-first {before}", before), (f"remove-last {after}", after)

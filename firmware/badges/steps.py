"""The table of the steps that a rule is made of: for the parser, the documentation and the command line."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from firmware.badges import conversions as to
from firmware.badges.conversions import Step
from firmware.badges.value import text_of


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the table. `make` gets the groups of `argument`, which is matched against what follows the name;
    it raises `ValueError` for an argument that makes no sense. `example` is a step, a text, and the text after it."""

    usage: str
    meaning: str
    make: Callable[..., Step]
    example: tuple[str, str, str]
    argument: str = ""

    @property
    def name(self) -> str:
        return self.usage.partition(" ")[0]


def _regex(pattern: str) -> Step:
    last = pattern.rpartition("|")[2].strip()
    if "|" in pattern and last in _BY_NAME:
        raise ValueError(f"a pattern is a step by itself: write {last} as the next step")
    return to.regex(pattern)


_COUNT = r"([1-9][0-9]{0,2})"
_N = f" {_COUNT}"

KINDS = (
    Kind("trim", "keeps what stands before the first `=`", lambda: to.trim, ("trim", "5235092385=8", "5235092385")),
    Kind(
        "regex PATTERN",
        "keeps the first group of the first match of an RE2 pattern, or the whole match if it has no group",
        _regex,
        (r"regex \d*=(\d*)=\d*", "123453=292929=1221", "292929"),
        r" (.+)",
    ),
    Kind("hex2dec", "hexadecimal to decimal, any length", lambda: to.hex2dec, ("hex2dec", "946EBD28", "2490285352")),
    Kind("dec2hex", "decimal to hexadecimal, any length", lambda: to.dec2hex, ("dec2hex", "2490285352", "946EBD28")),
    Kind(
        "ascii-enc",
        "two hexadecimal digits are the code of one ASCII character",
        lambda: to.ascii_enc,
        ("ascii-enc", "3934364542443238", "946EBD28"),
    ),
    Kind("reverse-bytes", "last byte first", lambda: to.reverse_bytes, ("reverse-bytes", "946EBD28", "28bd6e94")),
    Kind(
        "reverse-bits",
        "last bit of all first; with `reverse-bytes` after it, the bits within each byte",
        lambda: to.reverse_bits,
        ("reverse-bits", "E43B6777", "eee6dc27"),
    ),
    Kind("invert", "every bit becomes the other one", lambda: to.invert, ("invert", "946EBD28", "6b9142d7")),
    Kind(
        "bits A-B",
        "keeps the bits from A to B, counted from 0, the first one sent",
        lambda first, last: to.some_bits(int(first), int(last)),
        ("bits 7-26", "898E83E", "c741f"),
        " (0|[1-9][0-9]{0,2})-(0|[1-9][0-9]{0,2})",
    ),
    Kind(
        "remove-first N",
        "leaves out the first N characters",
        lambda count: to.piece(lambda text: text[int(count) :], int(count)),
        ("remove-first 2", "010EEFEDC5C8", "0EEFEDC5C8"),
        _N,
    ),
    Kind(
        "remove-last N",
        "leaves out the last N characters",
        lambda count: to.piece(lambda text: text[: -int(count)], int(count)),
        ("remove-last 2", "010EEFEDC5C8", "010EEFEDC5"),
        _N,
    ),
    Kind(
        "first N",
        "keeps the first N characters",
        lambda count: to.piece(lambda text: text[: int(count)], int(count)),
        ("first 8", "5235092385", "52350923"),
        _N,
    ),
    Kind(
        "last N",
        "keeps the last N characters",
        lambda count: to.piece(lambda text: text[-int(count) :], int(count)),
        ("last 4", "5235092385", "2385"),
        _N,
    ),
    Kind(
        "length N or length N-M",
        "refuses what has not N characters, or N to M",
        lambda shortest, longest: to.length(int(shortest), int(longest or shortest)),
        ("length 8-10", "5235092385", "5235092385"),
        f"{_N}(?:-{_COUNT})?",
    ),
    Kind(
        "pad N",
        "zeros before it, up to N characters",
        lambda count: lambda value: text_of(value).rjust(int(count), "0"),
        ("pad 10", "683503252", "0683503252"),
        _N,
    ),
    Kind("upper", "capital letters", lambda: lambda value: text_of(value).upper(), ("upper", "28bd6e94", "28BD6E94")),
    Kind("lower", "small letters", lambda: lambda value: text_of(value).lower(), ("lower", "28BD6E94", "28bd6e94")),
    Kind(
        "savapage",
        "SavaPage's form: hexadecimal in small letters, least significant byte first",
        lambda: to.savapage,
        ("savapage", "946EBD28", "28bd6e94"),
    ),
    Kind(
        "wiegand FORMAT [card|facility|facility-card]",
        "checks length and parity, keeps card number, facility code, or both with zeros between",
        to.wiegand,
        ("wiegand H10301 facility-card", "02D007BB", "10400989"),
        r" (\w+)(?: (card|facility|facility-card))?",
    ),
)
"""Every step there is, for the parser, the documentation and the command line."""

_BY_NAME = {kind.name: kind for kind in KINDS}


def step_of(text: str) -> Step:
    """The step that `text` says, without `|`. Raises `ValueError`, which says what is wrong with it."""
    name = text.partition(" ")[0]
    if name not in _BY_NAME:
        raise ValueError(_unknown(name))
    kind = _BY_NAME[name]
    match = re.fullmatch(kind.argument, text[len(name) :])
    if not match:
        raise ValueError(f"write it as {kind.usage}")
    return kind.make(*match.groups())


def _unknown(name: str) -> str:
    if name.startswith("javascript:"):
        return "scripts are not run; write what it does as steps"
    return f"no such step; there is {', '.join(_BY_NAME)}"

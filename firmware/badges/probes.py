"""Other cards that a site may well have beside those that were tapped: what tells two rules apart."""

import string
from collections.abc import Iterator, Sequence
from hashlib import shake_256

from firmware.badges.raw import RawRead

EACH = 40
"""Other cards made up for each card that was tapped."""
_HEX = frozenset(string.hexdigits)


def probes(raws: Sequence[RawRead]) -> Iterator[RawRead]:
    """Cards of the same length and kind as each of `raws`: other digits from some place on, separators where they are.
    The same ones at each call."""
    for index, raw in enumerate(raws):
        for count in range(EACH):
            noise = shake_256(b"%d/%d/" % (index, count) + raw.data).digest(2 + 2 * len(raw.data))
            kept = 0 if count < EACH // 2 else noise[0] * len(raw.data) // 256
            yield _other_text(raw, kept, noise[2:]) if raw.is_text else _other_bits(raw, kept, noise[2:])


def _other_bits(raw: RawRead, kept: int, noise: bytes) -> RawRead:
    size = len(raw.data)
    value = int.from_bytes(raw.data[:kept] + noise[kept:size])
    spare = size * 8 - raw.bits if raw.bits else 0
    return RawRead((value >> spare << spare).to_bytes(size), is_text=False, bits=raw.bits)


def _other_text(raw: RawRead, kept: int, noise: bytes) -> RawRead:
    inner = _inner(raw.text)
    if inner:
        return RawRead(_other(inner, kept // 2, noise).encode().hex().upper().encode())
    return RawRead(_other(raw.data.decode("latin-1"), kept, noise).encode("latin-1"))


def _inner(text: str) -> str:
    """What `text` spells where it is the hexadecimal of ASCII letters and digits, as some readers send it."""
    try:
        inner = bytes.fromhex(text).decode("ascii")
    except ValueError:
        return ""
    return inner if len(inner) > 1 and inner.isalnum() else ""


def _other(text: str, kept: int, noise: bytes) -> str:
    letters = [char for char in text if char.isalpha()]
    is_hex = bool(letters) and all(char in _HEX for char in letters)
    return text[:kept] + "".join(
        _letter(char, byte, text, is_hex=is_hex) for char, byte in zip(text[kept:], noise[kept:], strict=False)
    )


def _letter(char: str, byte: int, text: str, *, is_hex: bool) -> str:
    if is_hex and char in _HEX:
        digits = "0123456789ABCDEF" if text == text.upper() else "0123456789abcdef"
        return digits[byte % 16]
    if char in string.digits:
        return string.digits[byte % 10]
    if char in string.ascii_letters:
        pool = string.ascii_uppercase if char.isupper() else string.ascii_lowercase
        return pool[byte % 26]
    return char

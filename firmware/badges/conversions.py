"""What each step does: one small function for each, from one value to the next."""

from collections.abc import Callable

from firmware.badges.number import BadgeUnreadableError
from firmware.badges.pattern import Pattern
from firmware.badges.value import Bits, Value, bits_of, decimal, hexadecimal, text_of
from firmware.badges.wiegand import FORMATS, decode

Step = Callable[[Value], Value]
"""Raises `BadgeUnreadableError` for a value it cannot take."""


def trim(value: Value) -> Value:
    return text_of(value).partition("=")[0]


def regex(pattern: str) -> Step:
    find = Pattern(pattern)
    return lambda value: find(text_of(value))


def hex2dec(value: Value) -> Value:
    return str(int(hexadecimal(value), 16))


def dec2hex(value: Value) -> Value:
    return f"{int(decimal(value)):X}"


def ascii_enc(value: Value) -> Value:
    digits = hexadecimal(value)
    codes = b"" if len(digits) % 2 else bytes.fromhex(digits)
    if not codes or any(not 0x20 <= code < 0x7F for code in codes):
        raise BadgeUnreadableError("not the codes of ASCII characters", code="badge-format")
    return codes.decode("ascii")


def reverse_bytes(value: Value) -> Value:
    bits = bits_of(value)
    if bits.count % 8:
        raise BadgeUnreadableError("not whole bytes", code="badge-format")
    return Bits(int.from_bytes(bits.value.to_bytes(bits.count // 8)[::-1]), bits.count)


def reverse_bits(value: Value) -> Value:
    bits = bits_of(value)
    return Bits(int(f"{bits.value:0{bits.count}b}"[::-1], 2), bits.count)


def invert(value: Value) -> Value:
    bits = bits_of(value)
    return Bits(bits.value ^ ((1 << bits.count) - 1), bits.count)


def savapage(value: Value) -> Value:
    return text_of(reverse_bytes(value))


def some_bits(first: int, last: int) -> Step:
    if last < first:
        raise ValueError("the last bit stands before the first")

    def step(value: Value) -> Value:
        bits = bits_of(value)
        if last >= bits.count:
            raise BadgeUnreadableError("not so many bits", code="badge-format")
        count = last - first + 1
        return Bits(bits.value >> (bits.count - 1 - last) & ((1 << count) - 1), count)

    return step


def piece(cut: Callable[[str], str], needs: int) -> Step:
    """`cut` of a text of at least `needs` characters."""

    def step(value: Value) -> Value:
        text = text_of(value)
        if len(text) < needs:
            raise BadgeUnreadableError("too short", code="badge-length")
        return cut(text)

    return step


def length(shortest: int, longest: int) -> Step:
    if longest < shortest:
        raise ValueError("the larger length stands before the smaller")

    def step(value: Value) -> Value:
        text = text_of(value)
        if not shortest <= len(text) <= longest:
            raise BadgeUnreadableError("too short" if len(text) < shortest else "too long", code="badge-length")
        return text

    return step


def wiegand(name: str, part: str | None) -> Step:
    if name not in FORMATS:
        raise ValueError(f"no such format; there is {', '.join(FORMATS)}")
    layout, part = FORMATS[name], part or "card"
    if part != "card" and layout.facility is None:
        raise ValueError(f"{name} has no facility code")

    def step(value: Value) -> Value:
        said = decode(name, _frame(value, layout.bits))
        both = f"{said.facility}{said.card:0{layout.digits}}"
        return {"card": f"{said.card}", "facility": f"{said.facility}"}.get(part, both)

    return step


def _frame(value: Value, count: int) -> Bits:
    """A number in hexadecimal stands for a frame whose last bit is its lowest: what is above it must be zeros."""
    bits = bits_of(value)
    fits = isinstance(value, str) and bits.value.bit_length() <= count <= bits.count
    return Bits(bits.value, count) if fits else bits

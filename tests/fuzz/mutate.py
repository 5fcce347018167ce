"""Spoils good inputs: bytes, and for JSON and TOML the values in them."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

MOST = 100_000
_WORDS = (
    b"[" * 50_000, b'{"a":' * 10_000, b"NaN", b"-Infinity", b"1e999", b"9" * 5000, b"-0", b"null", b'"\\ud800"',
    b"\xff\xfe\x00", b"\x00" * 64, b"\xed\xa0\x80", b"\r\n\r\n", b"%00%ff", b'"' * 999, b"\\" * 999, b"inf", b"nan",
    b"0001-01-01T00:00:00Z", b"9999-12-31T23:59:59Z", b"A" * 70_000, b"-----BEGIN CERTIFICATE-----\n", b"\xef\xbb\xbf",
    b"x = " + b"[" * 5000, b"a.b.c.d = 1\n", b"\x7f" * 200, "\u202e\u2028\U0001f4a9".encode(), b"\xff" * 4096,
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 2**53, 2**63, 2**64, 10**400, 1.5, float("nan"), float("inf"), "", "\ud800", "\0", "a" * 10_000,
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-02-30T00:00:00Z", [], {}, [[]] * 1000, {"a": {"b": {}}}, "=",
    "AA==", "//79", "..", "%2e%2e", "urn:x", "https://[::1", "[" * 99, ["a", None], {"": ""}, "\uff11\uff12", "-0",
)  # fmt: skip


def mutated(seed: bytes, random: Random) -> bytes:
    """The seed, spoilt in one to four places."""
    data = seed
    for _ in range(random.randint(1, 4)):
        data = random.choice(_WAYS)(data, random)[:MOST]
    return data


def _flip(data: bytes, random: Random) -> bytes:
    if not data:
        return bytes([random.randrange(256)])
    place = random.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << random.randrange(8)]) + data[place + 1 :]


def _cut(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _drop(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data) + 1)
    return data[:start] + data[start + random.randint(1, 16) :]


def _repeat(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data) + 1)
    piece = data[start : start + random.randint(1, 64)]
    return data[:start] + piece * random.choice((2, 3, 500)) + data[start:]


def _word(data: bytes, random: Random) -> bytes:
    place = random.randrange(len(data) + 1)
    return data[:place] + random.choice(_WORDS) + data[place + random.choice((0, 0, 1, 8)) :]


def _number(data: bytes, random: Random) -> bytes:
    """Lengths and counts of binary forms."""
    width, place = random.choice((1, 2, 4)), random.randrange(len(data) + 1)
    value = random.choice((0, 1, 0x7F, 0xFF, 0x7FFFFFFF, 0xFFFFFFFF)) & ((1 << 8 * width) - 1)
    return data[:place] + value.to_bytes(width, "big") + data[place + width :]


def _value(data: bytes, random: Random) -> bytes:
    """One value of a JSON document replaced, or a field more, less or twice; other data as it is."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return _word(data, random)
    spoilt = json.dumps(_spoilt(document, random)).encode()
    if random.random() < 0.1 and spoilt.startswith(b'{"'):
        spoilt = spoilt[:-1] + b"," + spoilt[1:]
    return spoilt


def _spoilt(value: Any, random: Random) -> Any:
    if isinstance(value, dict) and value and random.random() < 0.9:
        name = random.choice(sorted(value))
        if (chance := random.random()) < 0.1:
            return {other: one for other, one in value.items() if other != name}
        return value | {("\ud800" if chance < 0.15 else name): _spoilt(value[name], random)}
    if isinstance(value, list) and value and random.random() < 0.9:
        place = random.randrange(len(value))
        return [*value[:place], _spoilt(value[place], random), *value[place + 1 :]]
    return random.choice(_VALUES)


_WAYS: tuple[Callable[[bytes, Random], bytes], ...] = (
    _flip, _flip, _cut, _drop, _repeat, _word, _number, _value, _value, _value,
)  # fmt: skip

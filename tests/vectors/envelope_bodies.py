"""The body cases: every size at a border, every way to damage a body. Documents and damage are given by recipe."""

import hashlib
import itertools
from collections.abc import Callable
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.vectors.envelope_world import hkdf, seeded

SEGMENT, HEADER, TAG = 2**20, 40, 16
FIRST, NEXT = SEGMENT - HEADER - TAG, SEGMENT - TAG
KEY, AAD, SALT, PREFIX = seeded("body key"), seeded("body aad"), seeded("body salt"), seeded("body prefix", 7)
TWO_FULL, THREE_FULL = FIRST + NEXT, FIRST + 2 * NEXT

Case = dict[str, object]


@lru_cache
def document(seed: str, size: int) -> bytes:
    """The document of a recipe: SHAKE256 of its seed."""
    return hashlib.shake_256(seed.encode()).digest(size)


@lru_cache
def sealed(key: bytes, aad: bytes, salt: bytes, prefix: bytes, plaintext: bytes) -> bytes:
    """A whole body, made the plain way, apart from the code under test."""
    aead = AESGCM(hkdf(key, salt, aad))
    cuts = [0, *range(FIRST, len(plaintext), NEXT), max(len(plaintext), 1)]
    body = bytes([HEADER]) + salt + prefix
    for number, (start, end) in enumerate(itertools.pairwise(cuts)):
        last = end >= len(plaintext)
        body += aead.encrypt(prefix + number.to_bytes(4, "big") + bytes([last]), plaintext[start:end], None)
    return body


def changed(body: bytes, changes: list[str]) -> bytes:
    """A body after damage, in the words that the README beside the vectors explains."""
    for change in changes:
        verb, *numbers = change.split()
        body = _CHANGES[verb](body, *(int(number) for number in numbers))
    return body


def _flip(body: bytes, offset: int) -> bytes:
    return body[:offset] + bytes([body[offset] ^ 1]) + body[offset + 1 :]


def _segments(body: bytes) -> list[bytes]:
    return [body[start : start + SEGMENT] for start in range(0, len(body), SEGMENT)]


def _swap(body: bytes, one: int, other: int) -> bytes:
    segments = _segments(body)
    segments[one], segments[other] = segments[other], segments[one]
    return b"".join(segments)


def _drop(body: bytes, number: int) -> bytes:
    segments = _segments(body)
    return b"".join(segments[:number] + segments[number + 1 :])


def _repeat(body: bytes, number: int) -> bytes:
    segments = _segments(body)
    return b"".join(segments[: number + 1] + segments[number:])


_CHANGES: dict[str, Callable[..., bytes]] = {
    "flip": _flip,
    "cut": lambda body, length: body[:length],
    "append": lambda body, count: body + bytes(count),
    "swap": _swap,
    "drop": _drop,
    "repeat": _repeat,
}


def cases() -> dict[str, Case]:
    """All body cases by name."""
    made = {"body-known-answer": _known_answer()}
    for size in (0, 1, FIRST, FIRST + 1, TWO_FULL, TWO_FULL + 1):
        made[f"body-size-{size}"] = _case("ok", f"a document of {size} bytes", size)
    return made | _flipped() | _truncated() | _trailing() | _rearranged() | _mismatched()


def _known_answer() -> Case:
    key, aad, salt, prefix = bytes(range(32)), b"job-1", bytes(range(32, 64)), bytes(range(0x40, 0x47))
    case = _case("ok", "the known answer of the contract", 0, key=key, aad=aad, salt=salt, prefix=prefix)
    hello = b"hello"
    body = sealed(key, aad, salt, prefix, hello)
    case |= {"document": hello.hex(), "size": len(hello), "plaintext_size": len(hello), "body": body.hex()}
    return case | _result(body, hello)


def _flipped() -> dict[str, Case]:
    size = TWO_FULL + 1
    end = size + HEADER + 3 * TAG
    places = {
        "header-length": (0, "body-header"),
        "salt": (1, "body-forged"),
        "prefix": (33, "body-forged"),
        "first-segment": (HEADER, "body-forged"),
        "first-tag": (SEGMENT - 1, "body-forged"),
        "second-segment": (SEGMENT, "body-forged"),
        "second-tag": (2 * SEGMENT - TAG, "body-forged"),
        "last-segment": (2 * SEGMENT, "body-forged"),
        "last-tag": (end - 1, "body-forged"),
    }
    return {
        f"body-flip-{name}": _case(expect, f"one bit of byte {at} is wrong", size, f"flip {at}")
        for name, (at, expect) in places.items()
    }


def _truncated() -> dict[str, Case]:
    three, two = TWO_FULL + 1, TWO_FULL
    lengths = [(three, at) for at in (0, 1, HEADER, HEADER + 1, SEGMENT - 1, SEGMENT, SEGMENT + 1)]
    lengths += [(three, at) for at in (2 * SEGMENT - 1, 2 * SEGMENT, 2 * SEGMENT + 1, 2 * SEGMENT + TAG)]
    lengths += [(two, SEGMENT), (two, 2 * SEGMENT - 1), (0, HEADER + TAG - 1)]
    return {
        f"body-cut-{size}-at-{at}": _case("body-truncated", f"ends after {at} bytes", size, f"cut {at}")
        for size, at in lengths
    }


def _trailing() -> dict[str, Case]:
    extra = [(size, 1) for size in (0, 1, FIRST, FIRST + 1, TWO_FULL, TWO_FULL + 1)]
    extra += [(FIRST, TAG), (TWO_FULL, SEGMENT), (TWO_FULL + 1, SEGMENT)]
    return {
        f"body-trailing-{size}-by-{count}": _case(
            "body-trailing", f"{count} bytes follow the last segment", size, f"append {count}"
        )
        for size, count in extra
    }


def _rearranged() -> dict[str, Case]:
    return {
        "body-swap-full-segments": _case("body-forged", "segments 1 and 2 are swapped", THREE_FULL + 1, "swap 1 2"),
        "body-swap-first-segments": _case("body-header", "segment 0 has the header", THREE_FULL, "swap 0 1"),
        "body-swap-with-last": _case("body-forged", "a full last segment is moved forward", THREE_FULL, "swap 1 2"),
        "body-drop-segment": _case("body-forged", "segment 1 is left out", THREE_FULL + 1, "drop 1"),
        "body-drop-last-segment": _case("body-truncated", "the last segment is left out", THREE_FULL, "drop 2"),
        "body-repeat-segment": _case("body-forged", "segment 1 comes twice", THREE_FULL + 1, "repeat 1"),
        "body-repeat-last-segment": _case("body-trailing", "a full last segment comes twice", TWO_FULL, "repeat 1"),
    }


def _mismatched() -> dict[str, Case]:
    other = seeded("another")
    return {
        "body-wrong-key": _case("body-forged", "opened with another key", 1, open_key=other),
        "body-moved-to-another-manifest": _case("body-forged", "opened under another manifest", 1, open_aad=other),
        "body-longer-than-said": _case("body-forged", "the manifest says one byte less", 1000, said=999),
        "body-shorter-than-said": _case("body-truncated", "the manifest says one byte more", 1000, said=1001),
        "body-a-segment-longer-than-said": _case(
            "body-forged", "the manifest ends it at a segment border", FIRST + 1, said=FIRST
        ),
        "body-a-segment-shorter-than-said": _case(
            "body-forged", "the manifest says that more follows the last segment", FIRST, said=FIRST + 1
        ),
    }


def _case(
    expect: str,
    comment: str,
    size: int,
    *changes: str,
    key: bytes = KEY,
    aad: bytes = AAD,
    salt: bytes = SALT,
    prefix: bytes = PREFIX,
    open_key: bytes = b"",
    open_aad: bytes = b"",
    said: int | None = None,
) -> Case:
    seed = f"document of {size}"
    case: Case = {"expect": expect, "comment": comment, "kind": "body"}
    case |= {"key": key.hex(), "aad": aad.hex(), "salt": salt.hex(), "prefix": prefix.hex()}
    case |= {"open_key": (open_key or key).hex(), "open_aad": (open_aad or aad).hex()}
    case |= {"seed": seed, "size": size, "plaintext_size": size if said is None else said, "changes": list(changes)}
    plaintext = document(seed, size)
    whole = sealed(key, aad, salt, prefix, plaintext)
    body = changed(whole, list(changes))
    opens = not open_key and not open_aad and said is None
    return case | _result(body, plaintext[: _intact(whole, body)] if opens else b"")


def _intact(whole: bytes, body: bytes) -> int:
    """How much plaintext is in the segments before the first that is not as it was."""
    pairs = zip(_segments(whole), _segments(body), strict=False)
    count = len(list(itertools.takewhile(lambda pair: pair[1].startswith(pair[0]), pairs)))
    return FIRST + (count - 1) * NEXT if count else 0


def _result(body: bytes, released: bytes) -> Case:
    """What the damaged body is, and what of the document a reader may give away before it finds the damage."""
    return {
        "body_size": len(body),
        "body_sha256": hashlib.sha256(body).hexdigest(),
        "released": len(released),
        "released_sha256": hashlib.sha256(released).hexdigest(),
    }

"""What a PC/SC driver says of its reader: PC/SC part 10 (2.02.09), 2.2 and 2.6.14."""

from collections.abc import Iterator

GET_TLV_PROPERTIES = 0x12
MAX_APDU_DATA = 0x0A
"""dwMaxAPDUDataSize: 0 for short APDUs alone, else the most bytes of data in one."""


def parse_features(answer: bytes) -> dict[int, int]:
    """The control code of each feature. What is no entry of tag, 4 and a code (4 bytes, high first) is left out."""
    return {tag: int.from_bytes(value, "big") for tag, value in _entries(answer) if len(value) == 4}


def parse_properties(answer: bytes) -> dict[int, int]:
    """Each property that is a number of 1, 2 or 4 bytes (low byte first)."""
    return {tag: int.from_bytes(value, "little") for tag, value in _entries(answer) if len(value) in (1, 2, 4)}


def _entries(answer: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 2 <= len(answer):
        value = answer[at + 2 : at + 2 + answer[at + 1]]
        if len(value) == answer[at + 1]:
            yield answer[at], value
        at += 2 + answer[at + 1]

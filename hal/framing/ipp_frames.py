"""The outer shape of IPP messages (RFC 8010 section 3): groups, attributes and lengths, before any value is understood.

A printer's answer is untrusted. `sift` walks it once, checks every length, and keeps only the attributes that
were asked for, so that what decodes the values sees short and well-formed input, whatever else a printer chose to send.
"""

from collections.abc import Iterator
from dataclasses import dataclass

MAX_VALUES = 4096
"""Values kept of one message. Printers name a few dozen formats and reasons, and queues some hundred media."""
MAX_ITEMS = 100_000
"""Values walked over in one message, kept or not. A full set of attributes has a few thousand."""
MAX_DEPTH = 8
"""Collections within collections; media-col-database has three."""

HEADER = 8
OPERATION, END = 0x01, 0x03
FIRST_VALUE_TAG = 0x10
BEGIN_COLLECTION, END_COLLECTION = 0x34, 0x37
LENGTHS = {0x21: 4, 0x22: 1, 0x23: 4, 0x31: 11, 0x32: 9, 0x33: 8, BEGIN_COLLECTION: 0, END_COLLECTION: 0}
"""Value tags of a fixed length: integer, boolean, enum, dateTime, resolution, rangeOfInteger, collection ends."""


class IppFormatError(ValueError):
    """Bytes that are not an IPP message, or one that is larger than any we have a use for."""


class IppTruncatedError(IppFormatError):
    """The bytes end before the message does; more of them may make it whole."""


@dataclass(frozen=True, slots=True)
class Item:
    """A group's delimiter, or one value of an attribute: then `name` is empty for a further value of the attribute
    before. Its bytes are `start` to `end`. A collection's members are items of their own, at `depth` 1 and more."""

    tag: int
    name: bytes
    value: memoryview
    start: int
    end: int
    depth: int


Group = tuple[int, dict[str, list[tuple[int, bytes]]]]
"""A group's tag, and of each wanted attribute the values: their tags and bytes."""


def sift(raw: bytes, wanted: frozenset[bytes]) -> tuple[list[Group], int]:
    """The groups that have a wanted attribute, with those alone, and the offset after the message's end tag.

    Raises `IppFormatError`; `IppTruncatedError` where `raw` is a proper beginning.
    """
    if len(raw) < HEADER:
        raise IppTruncatedError("no whole header")
    if raw[0] not in (1, 2):
        raise IppFormatError(f"IPP version {raw[0]}.{raw[1]}")
    sieve = _Sieve(wanted)
    end = HEADER
    for item in _walk(raw):
        end = item.end
        if item.tag < FIRST_VALUE_TAG:
            sieve.enter(item.tag)
        elif not item.depth:
            sieve.see(item)
    return sieve.groups, end


def _walk(raw: bytes) -> Iterator[Item]:
    """Every delimiter and value, up to and with the end tag."""
    offset, depth, count, tag = HEADER, 0, 0, 0
    view = memoryview(raw)
    while tag != END:
        item = _item(raw, view, offset, depth)
        tag, offset, count = item.tag, item.end, count + 1
        if tag < FIRST_VALUE_TAG and depth:
            raise IppFormatError("a group begins inside a collection")
        depth += (tag == BEGIN_COLLECTION) - (tag == END_COLLECTION)
        if count > MAX_ITEMS or not 0 <= depth <= MAX_DEPTH:
            raise IppFormatError("too many values, or collections too deep or unbalanced")
        yield item


def _item(raw: bytes, view: memoryview, start: int, depth: int) -> Item:
    if len(raw) <= start:
        raise IppTruncatedError("no end tag")
    tag = raw[start]
    if tag < FIRST_VALUE_TAG:
        return Item(tag, b"", view[:0], start, start + 1, depth)
    name_end = start + 3 + int.from_bytes(raw[start + 1 : start + 3], "big")
    value_start = name_end + 2
    end = value_start + int.from_bytes(raw[name_end:value_start], "big")
    if len(raw) < end or len(raw) < value_start:
        raise IppTruncatedError("a value runs past the end")
    if LENGTHS.get(tag, end - value_start) != end - value_start:
        raise IppFormatError(f"{end - value_start} bytes for a value of tag {tag:#04x}")
    return Item(tag, raw[start + 3 : name_end], view[value_start:end], start, end, depth)


class _Sieve:
    """Collects what is wanted of one message."""

    def __init__(self, wanted: frozenset[bytes]) -> None:
        self.groups: list[Group] = []
        self._wanted = wanted
        self._values = 0
        self._tag = 0
        self._current: dict[str, list[tuple[int, bytes]]] = {}
        self._name = b""

    def enter(self, tag: int) -> None:
        """A delimiter. The group counts from its first wanted attribute on."""
        if tag == 0 or (not self._tag and tag != OPERATION):
            raise IppFormatError("the first group is not operation-attributes")
        self._tag, self._current, self._name = tag, {}, b""

    def see(self, item: Item) -> None:
        if not self._tag:
            raise IppFormatError("an attribute before any group")
        if item.name:
            self._name = item.name
        elif not self._name:
            raise IppFormatError("a further value of no attribute")
        if self._name in self._wanted:
            self._keep(item)

    def _keep(self, item: Item) -> None:
        name = self._name.decode()
        if item.name and name in self._current:
            raise IppFormatError(f"{name} stands twice in one group")
        self._values += 1
        if self._values > MAX_VALUES:
            raise IppFormatError("too many values")
        if not self._current:
            self.groups.append((self._tag, self._current))
        self._current.setdefault(name, []).append((item.tag, bytes(item.value)))

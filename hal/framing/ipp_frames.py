"""The outer shape of IPP messages (RFC 8010 section 3): groups, attributes and lengths, before any value is understood.

A printer's answer is untrusted. `sift` walks it once, checks every length, and keeps only the attributes that
were asked for, so that what decodes the values afterwards sees short and well-formed input, whatever else a
printer chose to send.
"""

from collections.abc import Iterator
from dataclasses import dataclass

MAX_VALUES = 1024
"""Values kept of one message. Printers name a few dozen formats and reasons."""
MAX_ITEMS = 100_000
"""Values walked over in one message, kept or not. A full set of attributes has a few thousand."""
MAX_DEPTH = 8
"""Collections within collections; media-col-database has three."""

HEADER = 8
OPERATION, JOB, END, PRINTER, UNSUPPORTED = 0x01, 0x02, 0x03, 0x04, 0x05
KNOWN_GROUPS = (OPERATION, JOB, PRINTER, UNSUPPORTED)
FIRST_VALUE_TAG = 0x10
BEGIN_COLLECTION, END_COLLECTION = 0x34, 0x37
LENGTHS = {0x21: 4, 0x22: 1, 0x23: 4, 0x31: 11, 0x32: 9, 0x33: 8, BEGIN_COLLECTION: 0, END_COLLECTION: 0}
"""Value tags of a fixed length: integer, boolean, enum, dateTime, resolution, rangeOfInteger, collection ends."""
OUT_OF_BAND = range(0x10, 0x20)
"""unsupported, unknown, no-value and the like: a tag that stands for a value."""
SIMPLE = frozenset((*OUT_OF_BAND, 0x21, 0x22, 0x23, 0x35, 0x36, 0x41, 0x42, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49))
"""Value tags an attribute we ask for may have: integer, boolean, enum and the strings."""
WITH_LANGUAGE = (0x35, 0x36)


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


def sift(raw: bytes, wanted: frozenset[bytes]) -> tuple[bytes, int]:
    """The message without unwanted attributes and unknown groups, and the offset after its end tag.

    Raises `IppFormatError`; `IppTruncatedError` where `raw` is a proper beginning.
    """
    if len(raw) < HEADER:
        raise IppTruncatedError("no whole header")
    if raw[0] not in (1, 2):
        raise IppFormatError(f"IPP version {raw[0]}.{raw[1]}")
    sieve = _Sieve(raw, wanted)
    end = HEADER
    for item in _walk(raw):
        end = item.end
        if item.tag < FIRST_VALUE_TAG:
            sieve.enter(item.tag)
        elif not item.depth:
            sieve.see(item)
    return sieve.kept(), end


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
    """Collects the wanted bytes of one message."""

    def __init__(self, raw: bytes, wanted: frozenset[bytes]) -> None:
        self._raw = raw
        self._wanted = wanted
        self._parts = [raw[:HEADER]]
        self._values = 0
        self._group = 0
        self._opened = False
        self._name = b""
        self._seen: set[bytes] = set()

    def enter(self, group: int) -> None:
        """A delimiter. It is written with the group's first wanted attribute: `pyipp` misreads empty groups."""
        if group == 0 or (not self._group and group != OPERATION):
            raise IppFormatError("the first group is not operation-attributes")
        self._group, self._opened, self._name = group, False, b""
        self._seen = set()

    def see(self, item: Item) -> None:
        if not self._group:
            raise IppFormatError("an attribute before any group")
        if item.name:
            self._name = item.name
        elif not self._name:
            raise IppFormatError("a further value of no attribute")
        if self._name in self._wanted and self._group in KNOWN_GROUPS:
            self._keep(item)

    def _keep(self, item: Item) -> None:
        _check_value(item)
        if item.name and item.name in self._seen:
            raise IppFormatError(f"{item.name.decode()} stands twice in one group")
        self._seen.add(self._name)
        self._values += 1
        if self._values > MAX_VALUES:
            raise IppFormatError("too many values")
        if not self._opened:
            self._parts.append(bytes([self._group]))
            self._opened = True
        self._parts.append(self._raw[item.start : item.end])

    def kept(self) -> bytes:
        if len(self._parts) == 1:
            raise IppFormatError("none of the attributes every message has")
        return b"".join((*self._parts, bytes([END])))


def _check_value(item: Item) -> None:
    if item.tag not in SIMPLE:
        raise IppFormatError(f"{item.name.decode(errors='replace')} has the unexpected syntax {item.tag:#04x}")
    if item.tag in OUT_OF_BAND and item.value:
        raise IppFormatError("an out-of-band value with bytes")
    if item.tag in WITH_LANGUAGE and not _is_with_language(item.value):
        raise IppFormatError("a malformed string with language")


def _is_with_language(value: memoryview) -> bool:
    """RFC 8010 3.9: length, language, length, string; the two fill the value."""
    language_end = 2 + int.from_bytes(value[:2], "big")
    string_start = language_end + 2
    return string_start + int.from_bytes(value[language_end:string_start], "big") == len(value)

"""IPP messages as the served twin reads and writes them (RFC 8010), whole and with collections.

Not the driver's codec (`hal.framing.ipp`) on purpose: two readings of the standard find each other's mistakes.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hal.framing.ipp import IppStatus, IppTag

INT, BOOL, ENUM, OCTETS, DATE = IppTag.INTEGER, IppTag.BOOLEAN, IppTag.ENUM, IppTag.STRING, IppTag.DATE
RESOLUTION, RANGE, COLLECTION = IppTag.RESOLUTION, IppTag.RANGE, IppTag.BEGIN_COLLECTION
TEXT, NAME, KEYWORD, URI, MIME = IppTag.TEXT, IppTag.NAME, IppTag.KEYWORD, IppTag.URI, IppTag.MIME_TYPE
CHARSET, LANGUAGE, NO_VALUE = IppTag.CHARSET, IppTag.LANGUAGE, IppTag.NO_VALUE
MEMBER, COLLECTION_END = IppTag.MEMBER_NAME, IppTag.END_COLLECTION
DOTS_PER_INCH = 3
HEAD = 8
LARGEST = 1 << 20
"""Bytes of a request before its document."""


class UnfinishedError(ValueError):
    """More bytes may make it whole."""


@dataclass(frozen=True, slots=True)
class Attr:
    """One attribute. Values are int, bool, str, bytes (octetString), datetime, `(lower, upper)` of a range,
    `(across, along)` of a resolution in dots per inch, or a sequence of `Attr` for a collection; none is no-value."""

    name: str
    tag: int
    values: Sequence[Any]


Group = Mapping[str, Attr]


@dataclass(frozen=True, slots=True)
class Request:
    """`order` are the names of the operation attributes as they came; `groups` all groups with their tags."""

    version: tuple[int, int]
    code: int
    request_id: int
    groups: Sequence[tuple[int, Group]] = field(default_factory=tuple)
    order: tuple[str, ...] = ()

    @property
    def operation(self) -> Group:
        """The operation attributes."""
        return next((group for tag, group in self.groups if tag == IppTag.OPERATION), {})

    @property
    def job(self) -> Group:
        """The job template attributes."""
        return next((group for tag, group in self.groups if tag == IppTag.JOB), {})

    def value(self, name: str, *, job: bool = False) -> Any:
        """The first value of an attribute; None where there is none."""
        attribute = (self.job if job else self.operation).get(name)
        return attribute.values[0] if attribute and attribute.values else None

    def values(self, name: str) -> tuple[Any, ...]:
        """All values of an operation attribute."""
        attribute = self.operation.get(name)
        return tuple(attribute.values) if attribute else ()


def parse_request(raw: bytes) -> tuple[Request, int]:
    """The request at the start of `raw`, and where its document begins. Raises `UnfinishedError` while it may become
    whole, and `ValueError` for what is none."""
    if len(raw) < HEAD:
        raise UnfinishedError("no whole header")
    major, minor, code, request_id = struct.unpack_from(">BBHI", raw)
    groups: list[tuple[int, dict[str, Attr]]] = []
    reader = _Reader(raw)
    for tag, attributes in reader.groups():
        named: dict[str, Attr] = {}
        for one in attributes:
            if one.name in named:
                raise ValueError(f"{one.name} stands twice")
            named[one.name] = one
        groups.append((tag, named))
    order = tuple(groups[0][1]) if groups else ()
    return Request((major, minor), code, request_id, groups, order), reader.at


class _Reader:
    def __init__(self, raw: bytes) -> None:
        self.at = HEAD
        self._raw = raw

    def groups(self) -> Iterator[tuple[int, list[Attr]]]:
        tag = self._byte()
        while tag != IppTag.END:
            if tag >= IppTag.UNSUPPORTED_VALUE:
                raise ValueError("an attribute before any group")
            attributes: list[Attr] = []
            group, tag = tag, self._byte()
            while tag >= IppTag.UNSUPPORTED_VALUE:
                self._attribute(tag, attributes)
                tag = self._byte()
            yield group, attributes

    def _attribute(self, tag: int, into: list[Attr]) -> None:
        name, value = self._field().decode(), self._value(tag, self._field(), 0)
        if name:
            into.append(Attr(name, tag, [value]))
        elif into:
            into[-1] = Attr(into[-1].name, into[-1].tag, [*into[-1].values, value])
        else:
            raise ValueError("a further value of no attribute")

    def _value(self, tag: int, raw: bytes, depth: int) -> Any:
        if tag == COLLECTION:
            return self._collection(depth + 1)
        if tag in (INT, ENUM):
            return struct.unpack(">i", _exactly(raw, 4))[0]
        if tag == BOOL:
            return _exactly(raw, 1) != b"\0"
        if tag == RANGE:
            return struct.unpack(">ii", _exactly(raw, 8))
        if tag == RESOLUTION:
            return struct.unpack(">iib", _exactly(raw, 9))[:2]
        return raw if tag in (OCTETS, DATE) or tag < INT else raw.decode()

    def _collection(self, depth: int) -> tuple[Attr, ...]:
        if depth > 8:
            raise ValueError("collections too deep")
        members: list[Attr] = []
        while (tag := self._byte()) != COLLECTION_END:
            self._field()
            value = self._value(tag, self._field(), depth)
            if tag == MEMBER:
                members.append(Attr(value, NO_VALUE, []))
            elif members:
                members[-1] = Attr(members[-1].name, tag, [*members[-1].values, value])
            else:
                raise ValueError("a member without a name")
        self._field(), self._field()
        return tuple(members)

    def _byte(self) -> int:
        return self._take(1)[0]

    def _field(self) -> bytes:
        return self._take(int.from_bytes(self._take(2), "big"))

    def _take(self, count: int) -> bytes:
        taken = self._raw[self.at : self.at + count]
        if len(taken) < count:
            raise UnfinishedError("ends too soon")
        self.at += count
        return taken


def _exactly(raw: bytes, length: int) -> bytes:
    if len(raw) != length:
        raise ValueError(f"{len(raw)} bytes for a value of {length}")
    return raw


def written(
    version: tuple[int, int], status: IppStatus | int, request_id: int, groups: Sequence[tuple[int, Sequence[Attr]]]
) -> bytes:
    """A response; `groups` begin with the operation attributes."""
    body = b"".join(bytes([tag]) + b"".join(map(attribute_bytes, attributes)) for tag, attributes in groups)
    return struct.pack(">BBHI", *version, status, request_id) + body + bytes([IppTag.END])


def attribute_bytes(one: Attr) -> bytes:
    """An attribute as it goes over the wire."""
    if not one.values:
        return _field(NO_VALUE, one.name, b"")
    return b"".join(_one(one.tag, "" if index else one.name, value) for index, value in enumerate(one.values))


def _one(tag: int, name: str, value: Any) -> bytes:
    if tag != COLLECTION:
        return _field(tag, name, _packed(tag, value))
    members = b"".join(_member(member) for member in value)
    return _field(tag, name, b"") + members + _field(COLLECTION_END, "", b"")


def _member(member: Attr) -> bytes:
    values = b"".join(_one(member.tag, "", value) for value in member.values)
    return _field(MEMBER, "", member.name.encode()) + values


def _field(tag: int, name: str, value: bytes) -> bytes:
    encoded = name.encode()
    return struct.pack(">BH", tag, len(encoded)) + encoded + struct.pack(">H", len(value)) + value


def _packed(tag: int, value: Any) -> bytes:
    if tag in (INT, ENUM):
        return struct.pack(">i", value)
    if tag == BOOL:
        return bytes([value])
    if tag == RANGE:
        return struct.pack(">ii", *value)
    if tag == RESOLUTION:
        return struct.pack(">iib", *value, DOTS_PER_INCH)
    if isinstance(value, datetime):  # in UTC; RFC 2579 DateAndTime
        return struct.pack(">H6BcBB", *value.timetuple()[:6], 0, b"+", 0, 0)
    return value if isinstance(value, bytes) else str(value).encode()

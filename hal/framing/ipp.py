"""IPP messages as values (RFC 8010, RFC 8011), on `pyipp`'s enums and serializer; shared by driver and twin.

What comes in is read by our own code: `pyipp`'s knows neither subscriptions nor enum values younger than itself.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyipp.enums import IppOperation, IppStatus, IppTag
from pyipp.serializer import construct_attribute, encode_dict

from hal.framing.ipp_frames import OPERATION, IppFormatError, IppTruncatedError, sift
from hal.framing.ipp_values import Value, decode_value

__all__ = [
    "MAX_MESSAGE",
    "Attribute",
    "IppFormatError",
    "IppOperation",
    "IppStatus",
    "IppTag",
    "IppTruncatedError",
    "Message",
    "Value",
    "Values",
    "decode",
    "encode_request",
    "encode_response",
    "split_request",
    "status_name",
]

MAX_MESSAGE = 1 << 20
"""Bytes of the largest message that is looked at, a document after it not counted."""
ALWAYS_WANTED = frozenset((b"attributes-charset",))

Values = Mapping[str, tuple[Value, ...]]
GROUPS = {
    "jobs": IppTag.JOB,
    "printers": IppTag.PRINTER,
    "subscriptions": IppTag.SUBSCRIPTION,
    "events": IppTag.EVENT_NOTIFICATION,
}
"""The fields of a message, and the tags of the groups in them."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute to be written. Values are int, bool, str, or for rangeOfInteger `(lower, upper)` and for
    resolution `(across, along)` in dots per inch; none at all writes `no-value`."""

    name: str
    tag: IppTag
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Message:
    """A request or response: `code` is its operation-id or status-code. Every attribute is a tuple of values;
    out-of-band values (unknown, no-value) are empty strings. `subscriptions` and `events` are those of RFC 3995."""

    code: int
    request_id: int
    operation: Values = field(default_factory=dict)
    jobs: tuple[Values, ...] = ()
    printers: tuple[Values, ...] = ()
    subscriptions: tuple[Values, ...] = ()
    events: tuple[Values, ...] = ()
    version: tuple[int, int] = (2, 0)


def decode(raw: bytes, wanted: Iterable[str]) -> Message:
    """The message in `raw` with its `wanted` attributes. Raises `IppFormatError` for anything malformed,
    for more than `MAX_MESSAGE` bytes and for a state that the standard does not have."""
    if len(raw) > MAX_MESSAGE:
        raise IppFormatError(f"larger than {MAX_MESSAGE} bytes")
    return split_request(raw, wanted)[0]


def split_request(raw: bytes, wanted: Iterable[str]) -> tuple[Message, int]:
    """As `decode`, with the offset at which the document begins. Raises `IppTruncatedError` while the
    message is still incomplete and may become whole."""
    try:
        return _split(raw[:MAX_MESSAGE], frozenset(name.encode() for name in wanted))
    except IppTruncatedError as exc:
        if len(raw) < MAX_MESSAGE:
            raise
        raise IppFormatError(f"larger than {MAX_MESSAGE} bytes") from exc


def _split(raw: bytes, wanted: frozenset[bytes]) -> tuple[Message, int]:
    sifted, end = sift(raw, ALWAYS_WANTED | wanted)
    found: dict[int, list[Values]] = {}
    for tag, attributes in sifted:
        found.setdefault(tag, []).append({name: _decoded(name, values) for name, values in attributes.items()})
    if OPERATION not in found:
        raise IppFormatError("no operation attributes")
    code, request_id = struct.unpack_from(">HI", raw, 2)
    groups = {field: tuple(found.get(tag, ())) for field, tag in GROUPS.items()}
    return Message(code, request_id, found[OPERATION][0], **groups, version=(raw[0], raw[1])), end


def _decoded(name: str, values: list[tuple[int, bytes]]) -> tuple[Value, ...]:
    return tuple(decode_value(name.encode(), tag, value) for tag, value in values)


def encode_request(
    operation: IppOperation,
    request_id: int,
    attributes: Mapping[str, Any],
    job: Sequence[Attribute] = (),
    *,
    more: Sequence[Attribute] = (),
    subscription: Sequence[Attribute] = (),
) -> bytes:
    """A version 2.0 request: operation attributes in their order, then `job` and `subscription` as groups, if any.

    `attributes` are named as `pyipp` knows them, `more` are those that it does not; charset and language are added.
    Raises `IppFormatError` for a value that has no IPP form.
    """
    common = {"attributes-charset": "utf-8", "attributes-natural-language": "en"}
    request = {
        "version": (2, 0),
        "operation": operation,
        "request-id": request_id,
        "operation-attributes-tag": common | dict(attributes),
    }
    groups = ((IppTag.JOB, job), (IppTag.SUBSCRIPTION, subscription))
    try:
        encoded: bytes = encode_dict(request)
        rest = b"".join(_attribute(one) for one in more) + b"".join(_group(*one) for one in groups if one[1])
    except (struct.error, AttributeError, UnicodeEncodeError) as exc:
        raise IppFormatError(f"no IPP form: {exc}") from exc
    return encoded[:-1] + rest + bytes([IppTag.END])


def encode_response(
    status: IppStatus, request: Message, groups: Sequence[tuple[IppTag, Sequence[Attribute]]] = ()
) -> bytes:
    """The response to `request`, in its version; charset and language come first, then `groups`."""
    common = (
        Attribute("attributes-charset", IppTag.CHARSET, ["utf-8"]),
        Attribute("attributes-natural-language", IppTag.LANGUAGE, ["en"]),
    )
    head = struct.pack(">BBHI", *request.version, status, request.request_id)
    body = b"".join(_group(tag, attributes) for tag, attributes in groups)
    return head + _group(IppTag.OPERATION, common) + body + bytes([IppTag.END])


def _group(tag: IppTag, attributes: Sequence[Attribute]) -> bytes:
    return bytes([tag]) + b"".join(_attribute(one) for one in attributes)


def _attribute(one: Attribute) -> bytes:
    """`pyipp` writes what is a number, a boolean or a string; ranges, resolutions and no-value are written here."""
    if not one.values:
        return _raw(IppTag.NO_VALUE, one.name, b"")
    if one.tag == IppTag.RANGE:
        packed = [struct.pack(">ii", *value) for value in one.values]
    elif one.tag == IppTag.RESOLUTION:
        packed = [struct.pack(">iib", *value, 3) for value in one.values]  # 3: dots per inch (RFC 8011 5.1.16)
    else:
        encoded: bytes = construct_attribute(one.name, list(one.values), one.tag)
        return encoded
    return b"".join(_raw(one.tag, "" if index else one.name, value) for index, value in enumerate(packed))


def _raw(tag: IppTag, name: str, value: bytes) -> bytes:
    encoded = name.encode()
    return struct.pack(">BH", tag, len(encoded)) + encoded + struct.pack(">H", len(value)) + value


def status_name(status: int) -> str:
    """`ERROR_NOT_FOUND (0x0406)`; just the number for one that the registry does not have."""
    try:
        return f"{IppStatus(status).name} ({status:#06x})"
    except ValueError:
        return f"{status:#06x}"

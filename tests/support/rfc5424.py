"""A reader of syslog messages, written from RFC 5424 section 6 alone, to check the writer with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADER = re.compile(
    rb"<(?P<pri>\d{1,3})>1 (?P<time>-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)) "
    rb"(?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48}) (?P<process>[!-~]{1,128}) (?P<id>[!-~]{1,32}) "
)
_NAME = re.compile(rb"[^\x00-\x20=\]\"\x7f-\xff]{1,32}")


@dataclass(frozen=True, slots=True)
class Message:
    """One message; the parameters of its one structured data element, the text without its byte order mark."""

    facility: int
    severity: int
    timestamp: str
    host: str
    app: str
    process: str
    id: str
    element: str
    data: dict[str, str]
    text: str


def unframe(stream: bytes) -> Iterator[bytes]:
    """The messages in a stream framed by octet counting."""
    while stream:
        length, _, stream = stream.partition(b" ")
        assert re.fullmatch(rb"0|[1-9]\d*", length)
        assert len(stream) >= int(length)
        yield stream[: int(length)]
        stream = stream[int(length) :]


def read(message: bytes) -> Message:
    """Fails for whatever is not a message with one element and a text in UTF-8."""
    header = _HEADER.match(message)
    assert header is not None
    element, data, rest = _element(message[header.end() :])
    assert rest.startswith(b" \xef\xbb\xbf")
    names = {name: value.decode("ascii") for name, value in header.groupdict().items()}
    facility, severity = divmod(int(names["pri"]), 8)
    place = names["time"], names["host"], names["app"], names["process"], names["id"]
    return Message(facility, severity, *place, element, data, rest[4:].decode())


def _element(text: bytes) -> tuple[str, dict[str, str], bytes]:
    assert text.startswith(b"[")
    name = _NAME.match(text, 1)
    assert name is not None
    place, data = name.end(), {}
    while text[place : place + 1] == b" ":
        parameter = _NAME.match(text, place + 1)
        assert parameter is not None
        assert text[parameter.end() : parameter.end() + 2] == b'="'
        value, place = _value(text, parameter.end() + 2)
        assert parameter[0].decode() not in data
        data[parameter[0].decode()] = value
    assert text[place : place + 1] == b"]"
    return name[0].decode("ascii"), data, text[place + 1 :]


def _value(text: bytes, place: int) -> tuple[str, int]:
    value = bytearray()
    while text[place : place + 1] != b'"':
        if text[place : place + 1] == b"\\" and text[place + 1 : place + 2] in (b'"', b"\\", b"]"):
            place += 1
        else:
            assert text[place : place + 1] not in (b"", b"]")
        value += text[place : place + 1]
        place += 1
    return value.decode(), place + 1

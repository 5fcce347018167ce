"""IPP bytes: what is written is read again, and nothing a printer can send does more than raise one error."""

import struct
import time
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hal.framing.ipp import (
    MAX_MESSAGE,
    Attribute,
    IppFormatError,
    IppOperation,
    IppStatus,
    IppTag,
    IppTruncatedError,
    Message,
    decode,
    encode_request,
    encode_response,
    split_request,
    status_name,
)
from hal.framing.ipp_frames import MAX_DEPTH, MAX_VALUES

WANTED = ("printer-state", "printer-name", "job-id", "job-state", "job-name", "copies", "document-format-supported")
HEAD = struct.pack(">BBHI", 2, 0, 0, 1)
CHARSET = b"\x01\x47\x00\x12attributes-charset\x00\x05utf-8"
BEGIN, MEMBER, CLOSE = (
    b"\x34\x00\x09media-col\x00\x00",
    b"\x4a\x00\x00\x00\x01a\x21\x00\x00\x00\x04\x00\x00\x00\x01",
    b"\x37\0\0\0\0",
)
PATIENCE = 2.0
"""Seconds of processor time."""
fuzz = settings(deadline=None)


def attribute(tag: int, name: bytes, value: bytes) -> bytes:
    return struct.pack(">BH", tag, len(name)) + name + struct.pack(">H", len(value)) + value


def message(*groups: bytes) -> bytes:
    return HEAD + CHARSET + b"".join(groups) + b"\x03"


PRINTER = message(
    b"\x04",
    attribute(0x23, b"printer-state", b"\0\0\0\x03"),
    attribute(0x36, b"printer-name", b"\0\x02en\0\x05Lobby"),
    attribute(0x49, b"document-format-supported", b"application/pdf") + attribute(0x49, b"", b"image/jpeg"),
    BEGIN + MEMBER + CLOSE,
)
"""A plausible answer to Get-Printer-Attributes, a collection nobody asked for included."""


def test_a_request_is_written_as_the_standard_shows_it() -> None:
    """RFC 8010 appendix A.1, with our attributes."""
    raw = encode_request(
        IppOperation.CREATE_JOB,
        7,
        {"printer-uri": "ipps://p/ipp/print", "job-name": "j"},
        [Attribute("copies", IppTag.INTEGER, [2]), Attribute("sides", IppTag.KEYWORD, ["one-sided"])],
    )
    assert raw == (
        b"\x02\x00\x00\x05\x00\x00\x00\x07"
        b"\x01\x47\x00\x12attributes-charset\x00\x05utf-8\x48\x00\x1battributes-natural-language\x00\x02en"
        b"\x45\x00\x0bprinter-uri\x00\x12ipps://p/ipp/print\x42\x00\x08job-name\x00\x01j"
        b"\x02\x21\x00\x06copies\x00\x04\x00\x00\x00\x02\x44\x00\x05sides\x00\x09one-sided\x03"
    )
    assert decode(raw, WANTED).jobs == ({"copies": (2,)},)


def test_an_answer_is_read() -> None:
    said = decode(PRINTER, WANTED)
    assert (said.code, said.request_id) == (0, 1)
    assert said.printers == (
        {
            "printer-state": (3,),
            "printer-name": ("Lobby",),
            "document-format-supported": ("application/pdf", "image/jpeg"),
        },
    )


def test_a_written_answer_is_read_again() -> None:
    raw = encode_response(
        IppStatus.OK_IGNORED_OR_SUBSTITUTED,
        Message(0, 9, version=(1, 1)),
        [
            (IppTag.UNSUPPORTED_GROUP, []),
            (IppTag.JOB, [Attribute("job-id", IppTag.INTEGER, [1]), Attribute("job-state", IppTag.ENUM, [5])]),
            (IppTag.JOB, [Attribute("job-id", IppTag.INTEGER, [2]), Attribute("job-name", IppTag.NAME, ["ä"])]),
            (IppTag.PRINTER, [Attribute("copies-supported", IppTag.RANGE, [(1, 9), (20, 30)])]),
            (IppTag.PRINTER, [Attribute("printer-resolution-supported", IppTag.RESOLUTION, [(600, 300)])]),
        ],
    )
    said = decode(raw, WANTED)
    assert (said.code, said.request_id, said.version) == (1, 9, (1, 1))
    assert said.jobs == ({"job-id": (1,), "job-state": (5,)}, {"job-id": (2,), "job-name": ("ä",)})


def test_no_value_is_an_empty_text() -> None:
    raw = encode_response(IppStatus.OK, Message(0, 1), [(IppTag.JOB, [Attribute("job-id", IppTag.INTEGER, [])])])
    assert decode(raw, WANTED).jobs == ({"job-id": ("",)},)


def test_an_unregistered_status_is_kept_as_it_is() -> None:
    raw = bytearray(PRINTER)
    raw[2:4] = b"\xf0\x0f"
    assert decode(bytes(raw), WANTED).code == 0xF00F
    assert status_name(0xF00F) == "0xf00f"
    assert status_name(0x0406) == "ERROR_NOT_FOUND (0x0406)"


def test_the_document_begins_where_the_message_ends() -> None:
    raw = encode_request(IppOperation.SEND_DOCUMENT, 1, {"printer-uri": "ipp://p/", "last-document": True})
    for end in range(len(raw)):
        with pytest.raises(IppTruncatedError):
            split_request(raw[:end], WANTED)
    said, start = split_request(raw + b"\x03%PDF", WANTED)
    assert (said.code, start) == (IppOperation.SEND_DOCUMENT, len(raw))


def test_an_enum_that_is_younger_than_we_are_is_its_number() -> None:
    """Printers have finishings and operations that no list of ours has."""
    raw = message(b"\x04", attribute(0x23, b"finishings-supported", b"\0\0\x7f\xff"))
    assert decode(raw, WANTED) == Message(0, 1, {"attributes-charset": ("utf-8",)})
    assert decode(raw, ("finishings-supported",)).printers == ({"finishings-supported": (0x7FFF,)},)


RICH = ("copies-supported", "printer-resolution-supported", "printer-config-change-date-time")


def test_ranges_resolutions_and_dates_are_read() -> None:
    raw = message(
        b"\x04",
        attribute(0x33, b"copies-supported", struct.pack(">ii", 1, 99)),
        attribute(0x32, b"printer-resolution-supported", struct.pack(">iib", 600, 300, 3)),
        attribute(0x32, b"", struct.pack(">iib", 236, 118, 4)),
        attribute(0x31, b"printer-config-change-date-time", bytes(range(11))),
    )
    assert decode(raw, RICH).printers == (
        {
            "copies-supported": ((1, 99),),
            "printer-resolution-supported": ((600, 300), (599, 300)),
            "printer-config-change-date-time": (bytes(range(11)).hex(),),
        },
    )


def test_subscriptions_and_events_are_groups_of_their_own() -> None:
    raw = encode_response(
        IppStatus.OK,
        Message(0, 1),
        [
            (IppTag.EVENT_NOTIFICATION, [Attribute("notify-sequence-number", IppTag.INTEGER, [4])]),
            (IppTag.EVENT_NOTIFICATION, [Attribute("notify-sequence-number", IppTag.INTEGER, [5])]),
            (IppTag.SUBSCRIPTION, [Attribute("notify-subscription-id", IppTag.INTEGER, [7])]),
        ],
    )
    said = decode(raw, ("notify-sequence-number", "notify-subscription-id"))
    assert said.events == ({"notify-sequence-number": (4,)}, {"notify-sequence-number": (5,)})
    assert said.subscriptions == ({"notify-subscription-id": (7,)},)


def test_a_subscription_is_asked_for_after_the_job() -> None:
    """RFC 3995 11.1.1: the subscription's attributes are a group of their own."""
    raw = encode_request(
        IppOperation.CREATE_PRINTER_SUBSCRIPTIONS,
        1,
        {"printer-uri": "ipp://p/"},
        more=[Attribute("limit", IppTag.INTEGER, [9])],
        subscription=[Attribute("notify-pull-method", IppTag.KEYWORD, ["ippget"])],
    )
    assert raw.endswith(b"\x21\0\x05limit\0\x04\0\0\0\x09\x06\x44\0\x12notify-pull-method\0\x06ippget\x03")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        HEAD,
        HEAD + b"\x03",
        b"\x09" + HEAD[1:] + CHARSET + b"\x03",
        HEAD + b"\x04" + CHARSET[1:] + b"\x03",
        HEAD + CHARSET[1:] + b"\x03",
        message(b"\x00"),
        message(b"\x02", attribute(0x23, b"job-state", b"\0\0\0\x63")),
        message(b"\x02", attribute(0x23, b"job-state", b"\0\x05")),
        message(b"\x02", attribute(0x21, b"job-id", b"\0\0\0\0\x05")),
        message(b"\x02", attribute(0x22, b"job-id", b"")),
        message(b"\x02", attribute(0x13, b"job-id", b"x")),
        message(b"\x02", attribute(0x33, b"job-id", b"\0" * 8)),
        message(b"\x02", attribute(0x32, b"job-id", b"\0" * 9)),
        message(b"\x02", attribute(0x31, b"job-id", b"\0" * 11)),
        message(b"\x02", attribute(0x30, b"job-id", b"\0" * 4)),
        message(b"\x02", attribute(0x7F, b"job-id", b"\0" * 4)),
        message(b"\x02", attribute(0x4A, b"job-name", b"member")),
        message(b"\x02", attribute(0x34, b"job-id", b""), CLOSE),
        message(b"\x02", attribute(0x21, b"", b"\0\0\0\1")),
        message(b"\x02", attribute(0x21, b"job-id", b"\0\0\0\1") * 2),
        message(b"\x02", attribute(0x36, b"job-name", b"\0\x09en\0\x05Lobby")),
        message(b"\x02", attribute(0x36, b"job-name", b"\0")),
        message(b"\x02", attribute(0x36, b"job-name", b"\0\x01\xff\0\x01\xff")),
        message(b"\x02", b"\x42\xff\xff"),
        message(b"\x02", b"\x42\x80\x00job-name\x80\x00"),
        message(CLOSE),
        message(BEGIN),
        message(BEGIN, b"\x02", CLOSE),
        message(BEGIN * (MAX_DEPTH + 1), CLOSE * (MAX_DEPTH + 1)),
        message(b"\x04", attribute(0x44, b"printer-name", b"a"), attribute(0x44, b"", b"a") * MAX_VALUES),
        message(b"\x04", attribute(0x42, b"vendor", b"x" * 60_000) * 18),
        PRINTER + b"\0" * MAX_MESSAGE,
    ],
)
def test_what_is_malformed_is_refused(raw: bytes) -> None:
    with pytest.raises(IppFormatError):
        decode(raw, WANTED)


def test_more_than_fits_is_no_beginning_of_a_request() -> None:
    with pytest.raises(IppFormatError) as caught:
        split_request(HEAD + CHARSET + attribute(0x42, b"vendor", b"x" * 60_000) * 18, WANTED)
    assert not isinstance(caught.value, IppTruncatedError)


@pytest.mark.parametrize("value", [2**31, None, "x" * 40_000, "\ud800"])
def test_what_has_no_ipp_form_is_refused(value: object) -> None:
    with pytest.raises(IppFormatError):
        encode_request(IppOperation.CREATE_JOB, 1, {"job-id" if isinstance(value, int) else "job-name": value})


def only_that_error(raw: bytes) -> None:
    start = time.process_time()
    with suppress(IppFormatError):
        decode(raw, WANTED)
    assert time.process_time() - start < PATIENCE


@fuzz
@given(st.binary(max_size=600))
@example(HEAD + b"\x01" * 400)
def test_any_bytes_raise_one_error_at_most(tail: bytes) -> None:
    for raw in (tail, HEAD + tail, HEAD + CHARSET + tail, HEAD + CHARSET + b"\x02" + tail):
        only_that_error(raw)


@fuzz
@given(st.data())
def test_any_damage_raises_one_error_at_most(data: st.DataObject) -> None:
    raw = bytearray(PRINTER)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw)))
        end = data.draw(st.integers(start, min(len(raw), start + 8)))
        raw[start:end] = data.draw(st.binary(max_size=8))
    only_that_error(bytes(raw))


TAGS = st.sampled_from(
    [0x10, 0x12, 0x13, 0x21, 0x22, 0x23, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x42, 0x4A, 0x7F, 0xFF]
)
NAMES = st.sampled_from([b"", b"job-id", b"job-state", b"job-name", b"printer-state", b"printer-name", b"vendor"])
ATTRIBUTES = st.builds(attribute, TAGS, NAMES, st.one_of(st.binary(max_size=12), st.just(b"\0\0\0\x03"), st.just(b"")))
GROUPS = st.sampled_from([b"\x01", b"\x02", b"\x04", b"\x05", b"\x09"])


@fuzz
@given(st.lists(st.one_of(ATTRIBUTES, GROUPS), max_size=40))
def test_any_well_framed_nonsense_raises_one_error_at_most(parts: list[bytes]) -> None:
    only_that_error(message(*parts))


@pytest.mark.parametrize(
    "unit",
    [
        attribute(0x42, b"", b""),
        attribute(0x42, b"vendor", b""),
        b"\x04",
        b"\x04" + attribute(0x42, b"printer-name", b""),
        BEGIN + CLOSE,
        BEGIN,
        b"\0",
        b"\xff",
    ],
)
def test_a_megabyte_of_anything_takes_bounded_time(unit: bytes) -> None:
    head = HEAD + CHARSET + b"\x04" + attribute(0x42, b"printer-name", b"a")
    only_that_error((head + unit * (MAX_MESSAGE // len(unit)))[: MAX_MESSAGE - 1] + b"\x03")

"""What a printer answers, what it is asked, and how it asks for a password."""

from dataclasses import replace
from pathlib import Path

from hal.drivers import http_digest, ipp_capabilities, ipp_notices, ipp_words
from hal.framing import ipp
from hal.framing.ipp import Attribute, IppFormatError, IppOperation, IppStatus, IppTag, Message
from hal.framing.ipp_frames import LENGTHS
from hal.framing.ipp_values import decode_value
from tests.fuzz.target import Target, named, text

WANTED = ("printer-state", "printer-state-reasons", "job-id", "job-state", "printer-is-accepting-jobs")
RECORDED = tuple(one.read_bytes() for one in sorted((Path(__file__).parents[1] / "vectors" / "printers").glob("*.ipp")))
"""What real printers answered."""
PRINTERS_WORDS = (*ipp_words.WANTED, *ipp_notices.NOTICES_WANTED)
REQUEST = ipp.encode_request(IppOperation.PRINT_JOB, 1, {"printer-uri": "ipps://printer/ipp/print"})
RESPONSE = ipp.encode_response(
    IppStatus.OK,
    Message(0, 1),
    [
        (
            IppTag.PRINTER,
            [
                Attribute("printer-state", IppTag.ENUM, [3]),
                Attribute("printer-state-reasons", IppTag.KEYWORD, ["none"]),
                Attribute("printer-is-accepting-jobs", IppTag.BOOLEAN, [True]),
            ],
        ),
        (IppTag.JOB, [Attribute("job-id", IppTag.INTEGER, [7]), Attribute("job-state", IppTag.ENUM, [9])]),
    ],
)
ABILITIES = ipp.encode_response(
    IppStatus.OK,
    Message(0, 1),
    [
        (
            IppTag.PRINTER,
            [
                Attribute("copies-supported", IppTag.RANGE, [(1, 9)]),
                Attribute("printer-resolution-supported", IppTag.RESOLUTION, [(600, 600)]),
                Attribute("finishings-supported", IppTag.ENUM, [4, 20]),
                Attribute("page-ranges-supported", IppTag.BOOLEAN, [True]),
                Attribute("printer-make-and-model", IppTag.TEXT, ["EPSON ET-7700 Series"]),
                Attribute("operations-supported", IppTag.ENUM, [22, 28]),
                Attribute("notify-pull-method-supported", IppTag.KEYWORD, ["ippget"]),
            ],
        )
    ],
)
NOTICES = ipp.encode_response(
    IppStatus.OK,
    Message(0, 1),
    [
        (IppTag.SUBSCRIPTION, [Attribute("notify-subscription-id", IppTag.INTEGER, [7])]),
        (
            IppTag.EVENT_NOTIFICATION,
            [
                Attribute("notify-sequence-number", IppTag.INTEGER, [4]),
                Attribute("notify-subscribed-event", IppTag.KEYWORD, ["job-progress"]),
            ],
        ),
    ],
)
VALUE_NAMES = (
    b"job-name",
    b"job-state",
    b"printer-resolution",
    b"copies-supported",
    b"printer-config-change-date-time",
)


def _printer(data: bytes) -> object:
    message = ipp.decode(data, PRINTERS_WORDS)
    jobs = (ipp_words.read_created, lambda one: ipp_words.read_job(one, 7), lambda one: ipp_words.read_named(one, "j"))
    said = (ipp_words.read_printer, ipp_capabilities.read_capabilities, ipp_capabilities.read_stamp)
    told = (ipp_notices.read_offer, ipp_notices.read_subscription, lambda one: ipp_notices.read_notices(one, 7, 1))
    for read in (*jobs, *said, *told):
        try:
            read(replace(message, code=0))
        except IppFormatError:
            continue
    return message


def _value(data: bytes) -> object:
    """As `sift` hands them on: with lengths that fit their tags."""
    tag, chosen = data.ljust(2, b"\x13")[:2]
    name, raw = VALUE_NAMES[chosen % len(VALUE_NAMES)], data[2:]
    length = LENGTHS.get(tag, len(raw))
    return decode_value(name, tag, raw[:length].ljust(length, b"\0"))


def _challenges(data: bytes) -> object:
    found = http_digest.parse_challenges([text(data), text(data[::-1])])
    asked = http_digest.choose_digest(found)
    nonce = http_digest.parse_next_nonce([text(data)])
    if asked is None:
        return None
    return http_digest.digest(http_digest.Login("u", "p"), asked.followed(nonce), "POST", "/", count=1, cnonce="c")


def _document(data: bytes) -> object:
    message, end = ipp.split_request(data, WANTED)
    assert 0 < end <= len(data)
    return message


TARGETS = (
    Target(
        "printer's answer",
        _printer,
        (
            *named("hal.framing.ipp", "decode"),
            *named("hal.drivers.ipp_words", "read_printer", "read_created", "read_job", "read_named"),
            *named("hal.drivers.ipp_capabilities", "read_capabilities", "read_stamp"),
            *named("hal.drivers.ipp_notices", "read_offer", "read_subscription", "read_notices"),
        ),
        (IppFormatError,),
        (RESPONSE, ABILITIES, NOTICES, *RECORDED),
    ),
    Target(
        "value of an IPP attribute",
        _value,
        named("hal.framing.ipp_values", "decode_value"),
        (IppFormatError,),
        (b"\x23\x01\0\0\0\x05", b"\x32\x02" + bytes(9), b"\x36\x00\0\x02en\0\x01a"),
    ),
    Target(
        "printer's challenge",
        _challenges,
        named("hal.drivers.http_digest", "parse_challenges", "parse_next_nonce"),
        (),
        (b'Basic realm="x", Digest realm="a \\"b\\"", nonce="n", qop="auth,auth-int", algorithm=SHA-256',),
    ),
    Target("printer's request", _document, (), (IppFormatError,), (REQUEST + b"%PDF-1.7", RESPONSE)),
)

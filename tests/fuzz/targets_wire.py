"""What comes over a wire from somebody else: the mesh's answers and events, a printer's, a badge reader's; and what the
mesh is asked."""

import json
from dataclasses import replace
from pathlib import Path

from firmware.badges.number import BadgeUnreadableError, card_number
from firmware.errors import LockgateError
from firmware.mesh import answers, decode
from firmware.mesh.decode import Fields
from firmware.mesh.port import MeshError, MeshProtocolError
from firmware.mesh.sse import SseParser
from firmware.mesh.transport import Reply
from firmware.pairing import answers as pairing_answers
from firmware.pairing.port import Answer
from hal.drivers import http_digest, ipp_capabilities, ipp_notices, ipp_words
from hal.framing import ipp
from hal.framing.ipp import Attribute, IppFormatError, IppOperation, IppStatus, IppTag, Message
from hal.framing.ipp_frames import LENGTHS
from hal.framing.ipp_values import decode_value
from tests.fuzz.target import Target, named, text
from tests.fuzz.world import STATION
from tests.support import mesh_answers as good
from tools.edgemesh import peers
from tools.edgemesh.interface import est_routes, shapes
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.interface.routes import ROUTES, matching

SSE = b'\xef\xbb\xbfid: 7\n\n: beat\r\nevent: job-held\rid: 8\ndata: {"job": "j"}\n\n'
SIGNED = {name: good.b64(b"x") for name in ("manifest", "signature")} | {"chain": [good.b64(STATION.chain[0])]}
EVIDENCE = {
    name: good.b64(b"x")
    for name in (
        "request",
        "request_signature",
        "session_statement",
        "session_signature",
        "manifest_signature",
        "manifest",
        "lease_statement",
        "lease_signature",
        "delegation",
        "delegation_signature",
    )
} | {name: [good.b64(b"x")] for name in ("chain", "session_chain", "manifest_chain", "lease_chain", "delegation_chain")}
EVIDENCE["release"] = f"r-{'0' * 32}"
ENROLMENT = {
    "kind": "client",
    "name": "laptop",
    "csr": good.b64(b"csr"),
    "commitment": good.b64(bytes(32)),
    "users": ["ada"],
}
A_NODE = {"kind": "node", "users": [], "url": "https://n.example:8443", "hosts": ["n.example", "192.0.2.1", "::1"]}
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


def _asked(data: bytes) -> object:
    found = shapes.decode(data)
    for name in ("a", "manifest", "chain"):
        for read in (found.text, found.remark, found.number, found.blob, found.chain, found.texts, found.inner):
            try:
                read(name)
            except Problem:
                continue
    return found


def _evidence(data: bytes) -> object:
    return peers.read_evidence(shapes.decode(data))


def _signed(data: bytes) -> object:
    return peers.read_signed(shapes.decode(data)), peers.read_delegation(shapes.decode(data))


def _stream(data: bytes) -> object:
    """All at once and byte by byte must tell the same, or fail alike."""
    whole = [(one.kind, one.data, one.last_id) for one in SseParser().feed(data)]
    parser = SseParser()
    pieces = [data[start : start + 7] for start in range(0, len(data), 7)]
    assert [(one.kind, one.data, one.last_id) for piece in pieces for one in parser.feed(piece)] == whole
    return whole


def _answered(data: bytes) -> object:
    of_visits = (answers.session, answers.card_proof, answers.card_question, answers.held_jobs, answers.reported)
    for read in (*of_visits, answers.signed_time, answers.denials):
        try:
            read(Fields(decode.parse_json(data), "answer"))
        except MeshProtocolError:
            continue
    return answers.grant(Fields(decode.parse_json(data), "answer"), "job")


def _refused(data: bytes) -> object:
    for status in (200, 403):
        found = answers.problem(Reply(status, "application/problem+json", data))
        assert isinstance(found, MeshError | MeshProtocolError)
    return found


def _paired(data: bytes) -> object:
    reads = (pairing_answers.cas, pairing_answers.offer, pairing_answers.admission, pairing_answers.issued)
    for read, status in zip(reads, (200, 202, 200, 200), strict=True):
        try:
            read(Answer(Reply(status, "application/json", data)))
        except LockgateError:
            continue
    return data


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


def _path(data: bytes) -> object:
    return matching(data.decode("latin-1"))


TARGETS = (
    Target(
        "request's JSON",
        _asked,
        named("tools.edgemesh.interface.shapes", "decode"),
        (Problem,),
        (json.dumps(SIGNED).encode(),),
    ),
    Target(
        "evidence",
        _evidence,
        named("tools.edgemesh.peers", "read_evidence"),
        (Problem,),
        (json.dumps(EVIDENCE).encode(),),
    ),
    Target(
        "signed manifest",
        _signed,
        named("tools.edgemesh.peers", "read_signed", "read_delegation"),
        (Problem,),
        (json.dumps(EVIDENCE | {"signature": "AA=="}).encode(),),
    ),
    Target(
        "enrolment",
        lambda data: est_routes.read_asked(shapes.decode(data)),
        named("tools.edgemesh.interface.est_routes", "read_asked", "read_kind", "read_users"),
        (Problem,),
        (json.dumps(ENROLMENT).encode(), json.dumps(ENROLMENT | A_NODE).encode()),
    ),
    Target("request's path", _path, (), (), tuple(route.path.encode() for route in ROUTES)),
    Target("event stream", _stream, (), (MeshProtocolError,), (SSE, b"data\n\n" * 9)),
    Target(
        "mesh's answer",
        _answered,
        named("firmware.mesh.decode", "parse_json"),
        (MeshProtocolError,),
        tuple(json.dumps(one).encode() for one in (good.grant(), good.session(), good.jobs())),
    ),
    Target("mesh's refusal", _refused, (), (), (good.problem_reply(403, "not-owner", part="node").body,)),
    Target(
        "answer to pairing",
        _paired,
        (),
        (),
        (
            json.dumps(
                {
                    "enrolment": f"e-{'0' * 32}",
                    "nonce": good.b64(bytes(32)),
                    "ca": good.b64(STATION.chain[0]),
                    "expires": "2026-01-05T09:00:00Z",
                    "state": "pending",
                    "org_id": "acme.example",
                    "kind": "station",
                    "id": "lobby",
                    "chain": [good.b64(STATION.chain[0])],
                    "config": {"a": "b"},
                    "urls": {"vault": "https://m"},
                }
            ).encode(),
        ),
    ),
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
    Target("badge's number", card_number, (), (BadgeUnreadableError,), (b"04A1B2C3", b" 04a1b2c3\r")),
)

"""What comes over a wire from somebody else: the mesh's answers and events, a badge reader's; and what the mesh is
asked."""

import json

from firmware.badges.number import BadgeUnreadableError, card_number
from firmware.errors import LockgateError
from firmware.mesh import answers, decode
from firmware.mesh.decode import Fields
from firmware.mesh.port import MeshError, MeshProtocolError
from firmware.mesh.sse import SseParser
from firmware.mesh.transport import Reply
from firmware.pairing import answers as pairing_answers
from firmware.pairing.port import Answer
from tests.fuzz.target import Target, named
from tests.fuzz.world import STATION
from tests.support import mesh_answers as good
from tests.support.octets import b64
from tools.edgemesh import peers
from tools.edgemesh.interface import est_routes, shapes
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.interface.routes import ROUTES, matching

SSE = b'\xef\xbb\xbfid: 7\n\n: beat\r\nevent: job-held\rid: 8\ndata: {"job": "j"}\n\n'
SIGNED = {name: b64(b"x") for name in ("manifest", "signature")} | {"chain": [b64(STATION.chain[0])]}
EVIDENCE = {
    name: b64(b"x")
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
} | {name: [b64(b"x")] for name in ("chain", "session_chain", "manifest_chain", "lease_chain", "delegation_chain")}
EVIDENCE["release"] = f"r-{'0' * 32}"
ENROLMENT = {
    "kind": "client",
    "name": "laptop",
    "csr": b64(b"csr"),
    "commitment": b64(bytes(32)),
    "users": ["ada"],
}
A_NODE = {"kind": "node", "users": [], "url": "https://n.example:8443", "hosts": ["n.example", "192.0.2.1", "::1"]}


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
                    "nonce": b64(bytes(32)),
                    "ca": b64(STATION.chain[0]),
                    "expires": "2026-01-05T09:00:00Z",
                    "state": "pending",
                    "org_id": "acme.example",
                    "kind": "station",
                    "id": "lobby",
                    "chain": [b64(STATION.chain[0])],
                    "config": {"a": "b"},
                    "urls": {"vault": "https://m"},
                }
            ).encode(),
        ),
    ),
    Target("badge's number", card_number, (), (BadgeUnreadableError,), (b"04A1B2C3", b" 04a1b2c3\r")),
)

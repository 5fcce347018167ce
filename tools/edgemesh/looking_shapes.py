"""Requests for previews, and what a holder answers, as the roles tell each other: JSON in and out."""

from collections.abc import Mapping, Sequence

from firmware.mesh.port import MOST_PREVIEWS
from firmware.vault.fields import encode_octets
from tools.edgemesh.interface.problems import TABLE, Problem
from tools.edgemesh.interface.shapes import Fields, octets_texts
from tools.edgemesh.looking import Looking, Seen
from tools.edgemesh.peers import delegation_document, read_delegation, read_signed, signed_document
from tools.edgemesh.signed import Signed


def looking_document(looking: Looking) -> dict[str, object]:
    """As JSON, without the jobs."""
    request, session = looking.request, looking.session
    return {
        "request": encode_octets(request.raw),
        "request_signature": encode_octets(request.signature),
        "chain": octets_texts(request.chain),
        "session_statement": encode_octets(session.raw),
        "session_signature": encode_octets(session.signature),
        "session_chain": octets_texts(session.chain),
        "delegations": [delegation_document(one) for one in looking.delegations],
    }


def read_looking(fields: Fields) -> Looking:
    """Raises `Problem` json-malformed."""
    request = Signed(fields.blob("request"), fields.blob("request_signature"), fields.chain("chain"))
    session = Signed(fields.blob("session_statement"), fields.blob("session_signature"), fields.chain("session_chain"))
    given = (read_delegation(one) for one in fields.inners("delegations"))
    return Looking(request, session, tuple(one for one in given if one is not None))


def manifests_document(manifests: Sequence[Signed]) -> dict[str, object]:
    """Signed manifests as JSON."""
    return {"manifests": [signed_document(one) for one in manifests]}


def read_manifests(fields: Fields) -> list[Signed]:
    """Raises `Problem` json-malformed."""
    return [read_signed(one) for one in fields.inners("manifests")[:MOST_PREVIEWS]]


def seen_document(seen: Seen) -> dict[str, object]:
    """An answer as JSON."""
    return {
        "boxes": [{"job": job, "box": encode_octets(box)} for job, box in seen.boxes.items()],
        "refused": refused_document(seen.refused),
    }


def refused_document(refused: Mapping[str, Problem]) -> list[dict[str, str]]:
    """Why there is nothing of these jobs."""
    return [_refusal(job, problem) for job, problem in refused.items()]


def read_seen(fields: Fields) -> Seen:
    """Raises `Problem` json-malformed."""
    boxes = {one.text("job", 36): one.blob("box") for one in fields.inners("boxes")}
    return Seen(boxes, {one.text("job", 36): _problem(one) for one in fields.inners("refused")})


def _refusal(job: str, problem: Problem) -> dict[str, str]:
    return {"job": job, "code": problem.code} | ({"part": problem.part} if problem.part else {})


def _problem(fields: Fields) -> Problem:
    code = fields.text("code", 64)
    if code not in TABLE:
        raise Problem("json-malformed", "refused: a code that there is not")
    return Problem(code, part=fields.text("part", 16) if fields.has("part") else "")

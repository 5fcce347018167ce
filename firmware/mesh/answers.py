"""What each answer of the mesh means: from a reply to the values of messages.py, or one of the errors of port.py."""

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from firmware.mesh.decode import Fields, parse_json
from firmware.mesh.messages import (
    CardProof,
    CardQuestion,
    Delegation,
    Grant,
    HeldJob,
    HeldJobs,
    MeshEvent,
    Preview,
    Prices,
    Session,
    SignedDenials,
    SignedTime,
    SitePolicy,
)
from firmware.mesh.port import MeshError, MeshProtocolError
from firmware.mesh.sse import ServerSentEvent
from firmware.mesh.transport import Reply

T = TypeVar("T")

LOG = logging.getLogger("lockgate.mesh")

MOST_JOBS = 1000
MANIFEST_BYTES = 64 * 1024
_SIGNATURE_BYTES = 128  # an ECDSA P-256 signature in DER has at most 72
_BOX_BYTES = 4096  # the hybrid suite's encapsulated key takes 1120 of them
_STATEMENT_BYTES = 1024
_DENIALS_BYTES = 1024 * 1024
_BODY_BYTES = 2**50
_MOST_PAGES = 2**53 - 1
_APDU_BYTES = 261  # a short command APDU (ISO 7816-4, 5.1)
_METHODS = frozenset({"uid", "uid-pin", "proof", "phone"})
_MOST_LANGUAGES = 50
_MOST_PRICE = 10**9
_CURRENCY = re.compile(r"[A-Z]{3}")
_PAGE = re.compile(r"https://[A-Za-z0-9.\-\[\]:]{1,255}")
_EVENT_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+){0,7}")
_LONGEST_CODE = 64


def expect(reply: Reply, status: int, read: Callable[[Fields], T]) -> T:
    """What `read` makes of the answer when it has this status. Raises MeshError when it is a problem document,
    MeshProtocolError when it is anything else."""
    if reply.status != status:
        raise problem(reply)
    if reply.content_type != "application/json":
        raise MeshProtocolError(f"status {status} without JSON")
    return read(Fields(parse_json(reply.body), "answer"))


def problem(reply: Reply) -> MeshError | MeshProtocolError:
    """The error for an answer that is not the expected one (RFC 9457)."""
    if reply.status < 400 or reply.content_type != "application/problem+json":
        return MeshProtocolError(f"status {reply.status} without a problem document")
    try:
        fields = Fields(parse_json(reply.body), "problem")
        code = fields.text("code", _LONGEST_CODE)
        detail = fields.text("detail", 2000, shortest=0) if fields.optional("detail") else ""
        part = fields.text("part", 16) if fields.optional("part") else ""
        ticket = fields.id("ticket") if fields.optional("ticket") else ""
    except MeshProtocolError as exc:
        return exc
    if not _CODE.fullmatch(code):
        return MeshProtocolError("problem.code is not a code")
    return MeshError(code, printable(detail), status=reply.status, part=part, ticket=ticket)


def printable(text: str) -> str:
    """The text on one line without control characters: it goes into logs and onto terminals."""
    return "".join(character if character.isprintable() else " " for character in text)


def session(fields: Fields) -> Session:
    """POST /v1/sessions, 201."""
    return Session(
        fields.id("session"),
        fields.text("user", 128),
        fields.text("language", 35),
        _policy(fields.within("policy")),
        fields.moment("expires"),
        _method(fields),
    )


def _policy(fields: Fields) -> SitePolicy:
    return SitePolicy(
        fields.flag("auto_release"),
        fields.number("idle_seconds", 1, 3600),
        fields.flag("titles") if fields.optional("titles") else True,
        _prices(fields.within("prices")) if fields.optional("prices") else None,
        fields.texts("languages", _MOST_LANGUAGES, 35) if fields.optional("languages") else (),
    )


def _prices(fields: Fields) -> Prices:
    currency = fields.text("currency", 3)
    if not _CURRENCY.fullmatch(currency):
        raise MeshProtocolError("prices.currency is none of ISO 4217")
    return Prices(currency, fields.number("grey_side", 0, _MOST_PRICE), fields.number("colour_side", 0, _MOST_PRICE))


def phone_page(fields: Fields) -> str:
    """GET /v1/phone, 200: where phones are served; empty: nowhere."""
    url = fields.text("url", 300, shortest=0)
    if url and not _PAGE.fullmatch(url):
        raise MeshProtocolError("url is no address of a page")
    return url


def previews(fields: Fields, job_ids: Sequence[str]) -> list[Preview]:
    """POST /v1/sessions/{s}/previews, 200: of the jobs asked for, in that order, each once."""
    found, unreadable = fields.readable("previews", MOST_JOBS, _preview)
    if unreadable:
        LOG.warning("left out %d previews: not what the interface says", unreadable)
    by_job = {preview.job_id: preview for preview in found}
    return [by_job[job_id] for job_id in dict.fromkeys(job_ids) if job_id in by_job]


def _preview(fields: Fields) -> Preview:
    return Preview(fields.id("job"), fields.octets("node_box", _BOX_BYTES), fields.octets("org_box", _BOX_BYTES))


def _method(fields: Fields) -> str:
    """One that we have no word for is none: it goes into journal and record."""
    method = fields.text("method", 32) if fields.optional("method") else ""
    return method if method in _METHODS else ""


def card_proof(fields: Fields) -> CardProof:
    """POST /v1/card-proofs, 201."""
    return CardProof(fields.id("proof"), _card_question(fields))


def card_question(fields: Fields) -> CardQuestion | None:
    """POST /v1/card-proofs/{p}/answers, 200: the next question, None once the card has proven itself."""
    if fields.optional("proven"):
        if not fields.flag("proven"):
            raise MeshProtocolError("proven, and not")
        return None
    return _card_question(fields)


def _card_question(fields: Fields) -> CardQuestion:
    return CardQuestion(fields.hex("apdu", _APDU_BYTES), fields.flag("last"))


def held_jobs(fields: Fields) -> HeldJobs:
    """GET /v1/sessions/{s}/jobs, 200: those that can be released, in the mesh's order. One that cannot be read is left
    out, so that it does not keep the others from being printed."""
    jobs, unreadable = fields.readable("jobs", MOST_JOBS, _held_job)
    if unreadable:
        LOG.warning("left out %d of %d listed jobs: not what the interface says", unreadable, unreadable + len(jobs))
    return HeldJobs((job for job in jobs if job is not None), _unsure(fields))


def _unsure(fields: Fields) -> Iterator[HeldJob]:
    """Those that are unsettled for good; those that another station is releasing are not."""
    if fields.optional("unsettled"):
        found, _ = fields.readable("unsettled", MOST_JOBS, _unsettled)
        yield from (job for job in found if job is not None)


def _unsettled(fields: Fields) -> HeldJob | None:
    if fields.text("state", 32) != "unknown":
        return None
    return _signed_job(fields) if fields.optional("manifest") else HeldJob(fields.id("job"), b"", b"", ())


def _held_job(fields: Fields) -> HeldJob | None:
    job = _signed_job(fields)
    return job if fields.text("state", 32) == "held" else None


def _signed_job(fields: Fields) -> HeldJob:
    return HeldJob(
        fields.id("job"),
        fields.octets("manifest", MANIFEST_BYTES),
        fields.octets("signature", _SIGNATURE_BYTES),
        fields.chain("chain"),
        _delegation(fields),
        fields.number("pages_out", 1, _MOST_PAGES) if fields.optional("pages_out") else None,
    )


def _delegation(fields: Fields) -> Delegation | None:
    if not fields.optional("delegation"):
        return None
    raw = fields.octets("delegation", _STATEMENT_BYTES)
    return Delegation(raw, fields.octets("delegation_signature", _SIGNATURE_BYTES), fields.chain("delegation_chain"))


def grant(fields: Fields, job_id: str) -> Grant:
    """POST /v1/jobs/{j}/releases, 201."""
    body = fields.within("body")
    return Grant(
        fields.id("release"),
        job_id,
        fields.number("fence", 1, 2**63 - 1),
        fields.moment("lease_expires"),
        fields.octets("job_box", _BOX_BYTES),
        fields.within("node_box").octets("box", _BOX_BYTES),
        fields.within("org_box").octets("box", _BOX_BYTES),
        body.texts("urls", 16, 2048, fewest=1),
        body.number("size", 1, _BODY_BYTES),
    )


def reported(fields: Fields) -> None:
    """POST /v1/releases/{r}/events, 200: the station goes by its own record, not by this one."""
    fields.text("state", 32)


def signed_time(fields: Fields) -> SignedTime:
    """POST /v1/time, 200."""
    statement = fields.octets("statement", _STATEMENT_BYTES)
    return SignedTime(statement, fields.octets("signature", _SIGNATURE_BYTES), fields.chain("chain"))


def denials(fields: Fields) -> SignedDenials:
    """GET /v1/denials, 200."""
    return SignedDenials(fields.octets("list", _DENIALS_BYTES), fields.octets("signature", _SIGNATURE_BYTES))


def event_number(last_id: str) -> int:
    """The number of an event of this mesh."""
    if not _EVENT_NUMBER.fullmatch(last_id):
        raise MeshProtocolError("an event without a number")
    return int(last_id)


def announcement(event: ServerSentEvent) -> MeshEvent:
    """GET /v1/events, one event. An unknown kind is passed on: the reader ignores what it does not know."""
    number = event_number(event.last_id)
    if len(event.kind) > _LONGEST_CODE:
        raise MeshProtocolError("an event of too long a kind")
    fields = Fields(parse_json(event.data.encode()), "event")
    job, ticket = (fields.id(name) if fields.optional(name) else "" for name in ("job", "ticket"))
    return MeshEvent(number, event.kind, job, ticket)

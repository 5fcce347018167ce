"""What stations ask of the vault role: sessions, held jobs, releases, reports, events."""

from collections.abc import AsyncIterator
from datetime import datetime

from firmware.audit.events import AuditEvent
from firmware.mesh.messages import ReportKind
from firmware.vault.delegation import SignedDelegation
from firmware.vault.fields import encode_octets, encode_time
from firmware.vault.receipt_form import MAX_BYTES as MAX_RECEIPT
from tools.edgemesh import leases
from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.exchange import Reply
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.interface.recorded import recorded
from tools.edgemesh.interface.shapes import Fields, octets_texts
from tools.edgemesh.jobkeys import Granted
from tools.edgemesh.leases import Told
from tools.edgemesh.peers import delegation_document, read_delegation
from tools.edgemesh.people.desk import Credential, method, method_of, user_document
from tools.edgemesh.people.pins import PIN, PROOF
from tools.edgemesh.receipts import digest
from tools.edgemesh.roles import Vault
from tools.edgemesh.signed import Signed
from tools.edgemesh.statements import PHONE, parse_session
from tools.edgemesh.storage.records import JobState, Phase, Session, User

MAX_LISTED = 200
MAX_PIN = 16
"""Characters of a PIN or code that are looked at; none is as long."""
_NO_BODY = Reply(204)
_SESSION = AuditEvent.SESSION_OPENED, AuditEvent.SESSION_REFUSED
_OUTCOMES = {
    ReportKind.PRINTED: AuditEvent.PRINTED,
    ReportKind.STOPPED: AuditEvent.STOPPED,
    ReportKind.UNKNOWN: AuditEvent.UNKNOWN,
}
_UNSETTLED = (Phase.UNKNOWN, Phase.RELEASED)


async def open_session(call: Call) -> Reply:
    """POST /v1/sessions"""
    fields = await call.fields()
    if fields.has("handoff"):
        return await _let_in(call, fields.text("handoff", 64))
    credential = fields.inner("credential")
    if credential.text("kind") != "card":
        raise Problem("json-malformed", "credential.kind: card wanted")
    pin = credential.text("pin", MAX_PIN) if credential.has("pin") else ""
    proof = fields.text("card_proof", 64) if fields.has("card_proof") else ""
    shown = Credential("" if proof else credential.text("value", 128), pin, proof)
    asked = method([*([PIN] if pin else []), *([PROOF] if proof else [])])
    async with recorded(call, "vault", *_SESSION, station=call.caller.id) as learnt:
        learnt["method"] = asked
        session, user = await call.roles.vault.desk.open_session(call.caller, shown)
        learnt.update(_visit(session))
    return _opened(call, session, user)


async def _let_in(call: Call, ticket: str) -> Reply:
    """Whoever asked with their phone."""
    vault = call.roles.vault
    async with recorded(call, "vault", *_SESSION, station=call.caller.id, source="phone", method=PHONE) as learnt:
        session, user = await vault.desk.let_in(call.caller, vault.phones.take(call.caller, ticket))
        learnt.update(user=session.user_id)
    return _opened(call, session, user)


async def associate(call: Call) -> Reply:
    """POST /v1/associations"""
    fields = await call.fields()
    ticket, code = fields.text("ticket", 64), fields.text("code", MAX_PIN)
    user = fields.text("user", 128) if fields.has("user") else ""
    async with recorded(call, "vault", *_SESSION, station=call.caller.id, source="association") as learnt:
        session, person = await call.roles.vault.desk.associate(call.caller, ticket, user, code)
        learnt.update(_visit(session))
    return _opened(call, session, person)


def _visit(session: Session) -> dict[str, str]:
    badge = parse_session(session.statement).badge
    return {"user": session.user_id, "method": method_of(session)} | ({"badge": badge} if badge else {})


def _opened(call: Call, session: Session, user: User) -> Reply:
    document = user_document(session, user, call.roles.vault.settings.screen)
    return Reply(201, document | {"expires": encode_time(session.expires)})


async def close_session(call: Call) -> Reply:
    """DELETE /v1/sessions/{session}"""
    call.roles.vault.desk.close_session(call.names["session"], call.caller)
    return _NO_BODY


async def list_jobs(call: Call) -> Reply:
    """GET /v1/sessions/{session}/jobs: what could be released here now, and what waits for an outcome."""
    vault, station = call.roles.vault, call.caller
    session = vault.desk.live_session(call.names["session"], station)
    held: list[dict[str, object]] = []
    unsettled: list[dict[str, object]] = []
    for job_id in vault.keys.book.store.of_owner(session.user_id)[:MAX_LISTED]:
        state = vault.keys.book.state(job_id)
        if leases.refusal(state, station.id) is None:
            held.append(_job(call, job_id, state))
        elif state.phase in _UNSETTLED and state.lease is not None:
            about = _signed(call, job_id, state) if state.phase is Phase.UNKNOWN else {}
            named = {"job": job_id, "state": state.phase.value, "station": state.lease.station_id}
            unsettled.append(named | about)
    room = MAX_LISTED - len(held) - len(unsettled)
    return Reply(200, {"jobs": held + _delegated(call, session, room), "unsettled": unsettled})


def _delegated(call: Call, session: Session, most: int) -> list[dict[str, object]]:
    """Jobs of others who said that this person may release them. Nobody who has nothing held is named."""
    vault, held = call.roles.vault, list[dict[str, object]]()
    for valid in vault.desk.delegations.to(session.user_id):
        for job_id in vault.keys.book.store.of_owner(valid.owner):
            if len(held) >= most:
                return held
            state = vault.keys.book.state(job_id)
            if leases.refusal(state, call.caller.id) is None:
                held.append(_job(call, job_id, state, valid.signed))
    return held


def _job(call: Call, job_id: str, state: JobState, delegation: SignedDelegation | None = None) -> dict[str, object]:
    return {
        "job": job_id,
        "state": Phase.HELD.value,
        **_signed(call, job_id, state),
        "nodes": list(state.holders),
        **delegation_document(delegation),
    }


def _signed(call: Call, job_id: str, state: JobState) -> dict[str, object]:
    """What was signed of a job, and how far it is known to have got."""
    job = call.roles.vault.keys.book.job(job_id)
    return {
        "manifest": encode_octets(job.manifest),
        "signature": encode_octets(job.signature),
        "chain": octets_texts(job.chain),
        **pages_document(state),
    }


def pages_document(state: JobState) -> dict[str, object]:
    """How far a job has got, where anything of it is known to have come out."""
    return {} if state.pages_out is None else {"pages_out": state.pages_out}


async def release(call: Call) -> Reply:
    """POST /v1/jobs/{job}/releases"""
    vault, station, fields = call.roles.vault, call.caller, await call.fields()
    request = Signed(fields.blob("request"), fields.blob("request_signature"), fields.chain("chain"))
    session_id, delegation, job = fields.text("session"), read_delegation(fields), call.names["job"]
    named = {"station": station.id, "job": job}
    async with recorded(call, "vault", AuditEvent.RELEASE_GRANTED, AuditEvent.RELEASE_REFUSED, **named) as learnt:
        session = vault.desk.live_session(session_id, station)
        learnt.update(user=session.user_id)
        if delegation is not None:
            kept = vault.desk.delegations.check(delegation)
            learnt.update(user=kept.owner, delegate=session.user_id, delegation=kept.delegation_id)
        vault.desk.check_owner(vault.keys.book.job(job))
        granted = await vault.keys.release(station, job, request, vault.desk.signed(session), delegation)
        learnt.update(release=granted.lease.release_id, fence=granted.lease.fence)
    return Reply(201, _granted(granted))


def _granted(granted: Granted) -> dict[str, object]:
    node, org = granted.node, granted.org
    return {
        "release": granted.lease.release_id,
        "fence": granted.lease.fence,
        "lease_expires": encode_time(granted.lease.expires),
        "job_box": encode_octets(granted.job_box),
        "node_box": {"node_id": node.node_id, "suite": node.suite, "box": encode_octets(node.box)},
        "org_box": {"epoch": org.epoch, "suite": org.suite, "box": encode_octets(org.box)},
        "body": {"urls": list(granted.bodies), "size": granted.job.size, "digest": granted.digest},
    }


async def report(call: Call) -> Reply:
    """POST /v1/releases/{release}/events"""
    fields = await call.fields()
    told = _told(call.names["release"], fields)
    receipt = fields.blob("receipt", MAX_RECEIPT) if fields.has("receipt") else b""
    state = call.roles.vault.keys.report(call.caller, told, receipt)
    if told.kind in _OUTCOMES:  # told twice is recorded twice: better than not at all after an answer that was lost
        named = {"station": call.caller.id, "release": told.release_id}
        await call.roles.audit("vault").record(
            _OUTCOMES[told.kind], fence=told.fence, **named, **_counts(told), **_digest(receipt)
        )
    return Reply(200, {"state": state.phase.value, "lease_expires": _lease_end(state, call.roles.clock.now())})


def _counts(told: Told) -> dict[str, int]:
    counts = {"impressions": told.impressions, "pages": told.pages}
    return {name: count for name, count in counts.items() if count is not None}


def _digest(receipt: bytes) -> dict[str, str]:
    return {"digest": digest(receipt)} if receipt else {}


def _told(release_id: str, fields: Fields) -> Told:
    try:
        kind = ReportKind(fields.text("kind"))
    except ValueError as exc:
        raise Problem("json-malformed", "kind: not a kind of report") from exc
    impressions, pages = (fields.number(name) if fields.has(name) else None for name in ("impressions", "pages"))
    about = fields.number("fence"), fields.number("sequence"), kind, fields.remark("reason")
    keep = fields.has("keep") and fields.flag("keep")
    return Told(release_id, *about, impressions, pages, keep)


def _lease_end(state: JobState, now: datetime) -> str:
    return encode_time(state.lease.expires if state.lease else now)


async def shred(call: Call) -> Reply:
    """DELETE /v1/jobs/{job}"""
    vault = call.roles.vault
    session = vault.desk.live_session(call.query("session"), call.caller)
    job = call.names["job"]
    if vault.keys.book.job(job).owner != session.user_id:
        raise Problem("not-owner")
    vault.desk.check_owner(vault.keys.book.job(job))
    vault.keys.shred(job)
    await call.roles.audit("vault").record(
        AuditEvent.JOB_SHREDDED, station=call.caller.id, user=session.user_id, job=job, policy="owner"
    )
    return _NO_BODY


async def events(call: Call) -> Reply:
    """GET /v1/events"""
    text = call.request.headers.get("last-event-id", "")
    if text and not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Problem("request-malformed", "Last-Event-ID: a whole number wanted")
    stream = _events(call.roles.vault, call.caller.id, int(text) if text else None)
    return Reply(200, events=stream, headers={"cache-control": "no-store"})


async def _events(vault: Vault, station_id: str, after: int | None) -> AsyncIterator[bytes]:
    with vault.phones.bells.listening(station_id) as waiting:
        async for block in vault.announcer.stream(after, waiting):
            yield block

"""What stations ask of the vault role: sessions, held jobs, releases, reports, events."""

from datetime import datetime

from firmware.mesh.messages import ReportKind
from firmware.vault.fields import encode_octets, encode_time
from tools.edgemesh import leases
from tools.edgemesh.calls import Call
from tools.edgemesh.desk import user_document
from tools.edgemesh.evidence import Signed
from tools.edgemesh.exchange import Reply
from tools.edgemesh.jobkeys import Granted
from tools.edgemesh.leases import Told
from tools.edgemesh.problems import Problem
from tools.edgemesh.records import JobState, Phase
from tools.edgemesh.shapes import Fields, octets_texts

MAX_LISTED = 200
_NO_BODY = Reply(204)
_UNSETTLED = (Phase.UNKNOWN, Phase.RELEASED)


async def open_session(call: Call) -> Reply:
    """POST /v1/sessions"""
    credential = (await call.fields()).inner("credential")
    if credential.text("kind") != "card":
        raise Problem("json-malformed", "credential.kind: card wanted")
    desk = call.roles.vault.desk
    session, user = desk.open_session(call.request.caller, credential.text("value", 128))
    return Reply(201, user_document(session, user) | {"expires": encode_time(session.expires)})


async def close_session(call: Call) -> Reply:
    """DELETE /v1/sessions/{session}"""
    call.roles.vault.desk.close_session(call.names["session"], call.request.caller)
    return _NO_BODY


async def list_jobs(call: Call) -> Reply:
    """GET /v1/sessions/{session}/jobs: what could be released here now, and what waits for an outcome."""
    vault, station = call.roles.vault, call.request.caller
    session = vault.desk.live_session(call.names["session"], station)
    held: list[dict[str, object]] = []
    unsettled: list[dict[str, object]] = []
    for job_id in vault.keys.book.store.of_owner(session.user_id)[:MAX_LISTED]:
        state = vault.keys.book.state(job_id)
        if leases.refusal(state, station.id) is None:
            held.append(_job(call, job_id, state))
        elif state.phase in _UNSETTLED and state.lease is not None:
            unsettled.append({"job": job_id, "state": state.phase.value, "station": state.lease.station_id})
    return Reply(200, {"jobs": held, "unsettled": unsettled})


def _job(call: Call, job_id: str, state: JobState) -> dict[str, object]:
    job = call.roles.vault.keys.book.job(job_id)
    return {
        "job": job_id,
        "state": Phase.HELD.value,
        "manifest": encode_octets(job.manifest),
        "signature": encode_octets(job.signature),
        "chain": octets_texts(job.chain),
        "nodes": list(state.holders),
    }


async def release(call: Call) -> Reply:
    """POST /v1/jobs/{job}/releases"""
    vault, station, fields = call.roles.vault, call.request.caller, await call.fields()
    session = vault.desk.live_session(fields.text("session"), station)
    request = Signed(fields.blob("request"), fields.blob("request_signature"), fields.chain("chain"))
    granted = await vault.keys.release(station, call.names["job"], request, vault.desk.signed(session))
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
    vault, told = call.roles.vault, _told(call.names["release"], await call.fields())
    state = vault.keys.report(call.request.caller, told)
    return Reply(200, {"state": state.phase.value, "lease_expires": _lease_end(state, call.roles.clock.now())})


def _told(release_id: str, fields: Fields) -> Told:
    try:
        kind = ReportKind(fields.text("kind"))
    except ValueError as exc:
        raise Problem("json-malformed", "kind: not a kind of report") from exc
    impressions = fields.number("impressions") if fields.has("impressions") else None
    return Told(
        release_id, fields.number("fence"), fields.number("sequence"), kind, fields.remark("reason"), impressions
    )


def _lease_end(state: JobState, now: datetime) -> str:
    return encode_time(state.lease.expires if state.lease else now)


async def shred(call: Call) -> Reply:
    """DELETE /v1/jobs/{job}"""
    vault = call.roles.vault
    session = vault.desk.live_session(call.query("session"), call.request.caller)
    if vault.keys.book.job(call.names["job"]).owner != session.user_id:
        raise Problem("not-owner")
    vault.keys.shred(call.names["job"])
    return _NO_BODY


async def events(call: Call) -> Reply:
    """GET /v1/events"""
    text = call.request.headers.get("last-event-id", "")
    if text and not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Problem("request-malformed", "Last-Event-ID: a whole number wanted")
    stream = call.roles.vault.announcer.stream(int(text) if text else None)
    return Reply(200, events=stream, headers={"cache-control": "no-store"})

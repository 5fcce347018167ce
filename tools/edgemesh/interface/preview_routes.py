"""Previews: what a station asks of the vault, and the vault of each holder."""

from firmware.audit.events import AuditEvent
from firmware.mesh.port import MOST_PREVIEWS
from firmware.vault.fields import encode_octets
from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.exchange import Reply
from tools.edgemesh.interface.recorded import recorded
from tools.edgemesh.looking import Seen
from tools.edgemesh.looking_shapes import read_looking, read_manifests, refused_document, seen_document
from tools.edgemesh.previews import Given
from tools.edgemesh.signed import Signed
from tools.edgemesh.statements import parse_previews

_EVENTS = AuditEvent.PREVIEWS_GIVEN, AuditEvent.PREVIEWS_REFUSED


async def previews(call: Call) -> Reply:
    """POST /v1/sessions/{session}/previews"""
    vault, fields = call.roles.vault, await call.fields()
    request = Signed(fields.blob("request"), fields.blob("request_signature"), fields.chain("chain"))
    async with recorded(call, "vault", *_EVENTS, station=call.caller.id) as learnt:
        session = vault.desk.live_session(call.names["session"], call.caller)
        learnt.update(user=session.user_id)
        given = await vault.previews.give(call.caller, request, session)
        shown = _shown(given)
        learnt.update(count=len(shown))
    return Reply(200, {"previews": shown, "refused": refused_document(given.refused)})


def _shown(given: Given) -> list[dict[str, str]]:
    return [
        {"job": job, "node_box": encode_octets(box), "org_box": encode_octets(given.org[job])}
        for job, box in given.node.items()
        if job in given.org
    ]


async def node_part(call: Call) -> Reply:
    """POST /v1/previews/node"""
    fields, node = await call.fields(), call.roles.node(call.query("node"))
    looking, job_ids = read_looking(fields), fields.texts("jobs")[:MOST_PREVIEWS]
    async with recorded(call, node.node_id, *_EVENTS, by=call.caller.name) as learnt:
        seen = node.previews(looking, job_ids)
        learnt.update(_named(looking.request, seen))
    return Reply(200, seen_document(seen))


async def org_part(call: Call) -> Reply:
    """POST /v1/previews/org"""
    fields = await call.fields()
    looking, manifests = read_looking(fields), read_manifests(fields)
    async with recorded(call, "org", *_EVENTS, by=call.caller.name) as learnt:
        seen = call.roles.org.previews(looking, manifests)
        learnt.update(_named(looking.request, seen))
    return Reply(200, seen_document(seen))


def _named(request: Signed, seen: Seen) -> dict[str, str | int]:
    return {"station": parse_previews(request.raw).station_id, "count": len(seen.boxes)}

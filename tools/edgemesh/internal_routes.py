"""What the roles ask of each other beyond the nodes: the org key service's answers, and the vault's to nodes."""

from firmware.vault.fields import encode_octets, encode_time
from tools.edgemesh.calls import Call
from tools.edgemesh.exchange import Reply
from tools.edgemesh.peers import read_evidence
from tools.edgemesh.shapes import octets_texts


async def epoch(call: Call) -> Reply:
    """GET /v1/epoch"""
    signed = call.roles.org.current()
    document: dict[str, object] = {
        "statement": encode_octets(signed.raw),
        "signature": encode_octets(signed.signature),
        "chain": octets_texts(signed.chain),
    }
    return Reply(200, document)


async def org_part(call: Call) -> Reply:
    """POST /v1/parts/org"""
    part = call.roles.org.part(read_evidence(await call.fields()))
    return Reply(200, {"epoch": part.epoch, "suite": part.suite, "box": encode_octets(part.box)})


async def held(call: Call) -> Reply:
    """POST /v1/holders: a node has a body; the node is whoever calls."""
    vault, fields = call.roles.vault, await call.fields()
    state = vault.intake.held(call.request.caller.id, fields.text("job", 36), fields.text("digest", 64))
    required = vault.settings.replicas
    return Reply(200, {"state": state.phase.value, "holders": list(state.holders), "required": required})


async def lost(call: Call) -> Reply:
    """DELETE /v1/holders/{job}: a node misses a body it had."""
    call.roles.vault.intake.lost(call.request.caller.id, call.names["job"])
    return Reply(204)


async def lease(call: Call) -> Reply:
    """GET /v1/leases/{release}: whether a release is alive, for a node about to serve its body."""
    job_id, found = call.roles.vault.keys.lease(call.names["release"])
    expires = encode_time(found.expires)
    return Reply(200, {"job": job_id, "station": found.station_id, "lease_expires": expires})

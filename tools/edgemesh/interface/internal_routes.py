"""What the roles ask of each other beyond the nodes: the org key service's answers, and the vault's to nodes."""

from firmware.audit.events import AuditEvent
from firmware.vault.fields import encode_octets, encode_time
from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.exchange import Reply
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.interface.recorded import recorded, release_names
from tools.edgemesh.interface.shapes import octets_texts
from tools.edgemesh.peers import read_evidence, read_signed


async def epoch(call: Call) -> Reply:
    """GET /v1/epoch"""
    signed = call.roles.org.current()
    document: dict[str, object] = {
        "statement": encode_octets(signed.raw),
        "signature": encode_octets(signed.signature),
        "chain": octets_texts(signed.chain),
    }
    return Reply(200, document)


async def closing(call: Call) -> Reply:
    """GET /v1/epochs: those whose jobs the vault is to see to."""
    epochs = [{"epoch": epoch.number, "held": epoch.held} for epoch in call.roles.org.closing()]
    return Reply(200, {"epochs": epochs})


async def retire(call: Call) -> Reply:
    """POST /v1/epochs/{epoch}/retirement: no job needs this epoch's key any more."""
    number = int(call.names["epoch"])
    epoch = call.roles.org.epoch(number)
    if epoch.held is None:
        raise Problem("epoch-current")
    policy, by = epoch.held.value, call.caller.name
    await call.roles.audit("org").record(AuditEvent.EPOCH_RETIRED, epoch=number, policy=policy, by=by)
    call.roles.org.retire(number)
    return Reply(204)


async def place(call: Call) -> Reply:
    """POST /v1/reboxes"""
    return Reply(200, {"epoch": call.roles.org.place(read_signed(await call.fields()))})


async def org_part(call: Call) -> Reply:
    """POST /v1/parts/org"""
    evidence = read_evidence(await call.fields())
    async with recorded(call, "org", AuditEvent.PART_GIVEN, AuditEvent.PART_REFUSED, by=call.caller.name) as learnt:
        part = call.roles.org.part(evidence)
        learnt.update(release_names(evidence))
    return Reply(200, {"epoch": part.epoch, "suite": part.suite, "box": encode_octets(part.box)})


async def held(call: Call) -> Reply:
    """POST /v1/holders: a node has a body; the node is whoever calls."""
    vault, fields = call.roles.vault, await call.fields()
    state = vault.intake.held(call.caller.id, fields.text("job", 36), fields.text("digest", 64))
    required = vault.settings.replicas
    return Reply(200, {"state": state.phase.value, "holders": list(state.holders), "required": required})


async def lost(call: Call) -> Reply:
    """DELETE /v1/holders/{job}: a node misses a body it had, or (`withdrawn=1`) was told to drop its part."""
    intake = call.roles.vault.intake
    told = intake.withdrawn if call.query("withdrawn") == "1" else intake.lost
    told(call.caller.id, call.names["job"])
    return Reply(204)


async def lease(call: Call) -> Reply:
    """GET /v1/leases/{release}: whether a release is alive, for a node about to serve its body."""
    job_id, found = call.roles.vault.keys.lease(call.names["release"])
    expires = encode_time(found.expires)
    return Reply(200, {"job": job_id, "station": found.station_id, "lease_expires": expires})

"""What submitting clients ask of the vault role, and what everybody may: the mesh's description, health."""

import asyncio

from firmware.audit.events import AuditEvent
from firmware.vault.fields import encode_octets
from firmware.vault.manifest import parse
from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.exchange import Reply
from tools.edgemesh.interface.recorded import recorded
from tools.edgemesh.interface.shapes import octets_texts
from tools.edgemesh.peers import NodeInfo, read_signed


async def health(_call: Call) -> Reply:
    """GET /v1/health"""
    return Reply(200, {"status": "ok"})


async def mesh(call: Call) -> Reply:
    """GET /v1/mesh: whom a client seals to, all of it signed or certified. A node that does not answer is left out."""
    vault = call.roles.vault
    epoch, _ = await vault.intake.epoch()
    answers = await asyncio.gather(*(node.info() for node in vault.nodes.all()), return_exceptions=True)
    nodes = [
        {"id": info.node_id, "chain": octets_texts(info.chain), "url": info.url}
        for info in answers
        if isinstance(info, NodeInfo)
    ]
    document: dict[str, object] = {
        "org_id": call.roles.org_id,
        "replicas": vault.settings.replicas,
        "max_job_bytes": vault.settings.max_job_bytes,
        "vault": {"id": vault.identity.id, "chain": octets_texts(vault.identity.chain)},
        "nodes": nodes,
        "epoch": {
            "statement": encode_octets(epoch.raw),
            "signature": encode_octets(epoch.signature),
            "chain": octets_texts(epoch.chain),
        },
    }
    return Reply(200, document)


async def submit(call: Call) -> Reply:
    """POST /v1/jobs"""
    fields = await call.fields()
    signed, job_box, client = read_signed(fields), fields.blob("job_box"), call.caller.id
    async with recorded(call, "vault", AuditEvent.SUBMITTED, AuditEvent.SUBMIT_REFUSED, client=client) as learnt:
        job_id, state, urls = await call.roles.vault.intake.submit(call.caller, signed, job_box)
        learnt.update(job=job_id, user=parse(signed.raw).owner)
    return Reply(201, {"job": job_id, "state": state.phase.value, "body_urls": urls})

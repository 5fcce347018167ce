"""What proves itself to everybody of the organisation: the signed time, and the deny list."""

from firmware.audit.records import Point
from firmware.vault import signing, timing
from firmware.vault.fields import encode_octets
from firmware.vault.identity import Kind
from firmware.vault.timing import MAX_HASH, NONCE_BYTES, AuditHead, TimeStatement
from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.exchange import Reply
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.interface.shapes import Fields, octets_texts


async def tell_time(call: Call) -> Reply:
    """POST /v1/time"""
    vault, fields = call.roles.vault, await call.fields()
    nonce = fields.blob("nonce", NONCE_BYTES)
    if len(nonce) != NONCE_BYTES:
        raise Problem("json-malformed", f"nonce: base64 of {NONCE_BYTES} bytes wanted")
    audit = _audit(fields.inner("audit")) if fields.has("audit") else AuditHead()
    record = call.roles.audit("vault")
    if call.caller.kind is Kind.STATION:
        await call.roles.witness.remember(record, call.caller.name, Point(audit.sequence, audit.hash))
    own = AuditHead(record.point.sequence, record.point.hash)
    raw = timing.encode(TimeStatement(call.roles.org_id, nonce, call.roles.clock.now(), audit, own))
    signed = vault.identity.sign(signing.TIME, raw)
    statement = {"statement": encode_octets(signed.raw), "signature": encode_octets(signed.signature)}
    return Reply(200, {**statement, "chain": octets_texts(signed.chain)})


def _audit(fields: Fields) -> AuditHead:
    return AuditHead(fields.number("sequence"), fields.text("hash", MAX_HASH))


async def denials(call: Call) -> Reply:
    """GET /v1/denials"""
    signed = call.roles.verifier.denials.signed()
    return Reply(200, {"list": encode_octets(signed.raw), "signature": encode_octets(signed.signature)})

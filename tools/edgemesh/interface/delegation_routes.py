"""What a client asks of the vault role about its people's delegations."""

from firmware.audit.events import AuditEvent
from firmware.vault.fields import encode_time
from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.exchange import Reply
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.peers import read_delegation
from tools.edgemesh.storage.records import KeptDelegation


async def delegate(call: Call) -> Reply:
    """POST /v1/delegations"""
    signed = read_delegation(await call.fields())
    if signed is None:
        raise Problem("json-malformed", "delegation: base64 wanted")
    kept = call.roles.vault.desk.delegations.keep(call.caller, signed)
    await _record(call, AuditEvent.DELEGATED, kept)
    return Reply(201, delegation_line(kept))


async def list_own(call: Call) -> Reply:
    """GET /v1/delegations"""
    found = call.roles.vault.desk.delegations.own(call.caller.users)
    return Reply(200, {"delegations": [delegation_line(one) for one in found]})


async def end(call: Call) -> Reply:
    """DELETE /v1/delegations/{delegation}"""
    ended = call.roles.vault.desk.delegations.end(call.names["delegation"], call.caller.users)
    call.roles.announce_delegations()
    await _record(call, AuditEvent.DELEGATION_ENDED, ended)
    return Reply(204)


async def _record(call: Call, event: AuditEvent, one: KeptDelegation) -> None:
    named = {"user": one.owner, "delegate": one.delegate, "delegation": one.delegation_id}
    await call.roles.audit("vault").record(event, by=call.caller.name, **named)


def delegation_line(one: KeptDelegation) -> dict[str, object]:
    """A delegation in a list."""
    return {
        "delegation": one.delegation_id,
        "owner": one.owner,
        "delegate": one.delegate,
        "begins": encode_time(one.begins),
        "ends": encode_time(one.ends),
        "ended": encode_time(one.ended) if one.ended else None,
    }

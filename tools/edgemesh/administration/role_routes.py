"""What org key service and nodes answer to administrators, and every role's audit record."""

from firmware.vault.fields import encode_time
from tools.edgemesh.administration import epochs
from tools.edgemesh.administration.acts import Acts
from tools.edgemesh.administration.epochs import EpochLine
from tools.edgemesh.audits import PAGE
from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.exchange import Reply
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.peers import held_policy
from tools.edgemesh.storage.records import Held

_MAX_SEQUENCE = 16


async def list_epochs(call: Call) -> Reply:
    """GET /v1/admin/epochs"""
    return Reply(200, {"epochs": [_line(line) for line in epochs.lines(call.roles.org)]})


def _line(line: EpochLine) -> dict[str, object]:
    document: dict[str, object] = {
        "epoch": line.epoch,
        "state": line.state,
        "not_after": encode_time(line.not_after),
    }
    return document | ({"held": line.held} if line.held else {})


async def rotate(call: Call) -> Reply:
    """POST /v1/admin/epochs"""
    fields = await call.fields()
    held = held_policy(fields) if fields.has("held") else Held.KEEP
    acts = Acts(call.roles.audit("org"), call.caller)
    return Reply(201, _line(await epochs.rotate(call.roles.org, acts, held)))


async def change(call: Call) -> Reply:
    """POST /v1/admin/epochs/{epoch}/state"""
    state, number = (await call.fields()).text("state", 16), int(call.names["epoch"])
    acts = Acts(call.roles.audit("org"), call.caller)
    return Reply(200, _line(await epochs.change(call.roles.org, acts, number, state)))


async def drop(call: Call) -> Reply:
    """POST /v1/admin/holdings/{job}/drop?node="""
    node = call.roles.node(call.query("node"))
    await epochs.drop(node, Acts(call.roles.audit(node.node_id), call.caller), call.names["job"])
    return Reply(204)


async def audit(call: Call) -> Reply:
    """GET /v1/admin/audit/{role}?after="""
    record, after = call.roles.audit(call.names["role"]), call.query("after") or "0"
    if not (after.isascii() and after.isdigit() and len(after) < _MAX_SEQUENCE):
        raise Problem("request-malformed", "after: a whole number wanted")
    head = record.head()  # first: the lines then go at least as far as it says
    lines = record.read_after(int(after), PAGE)
    texts = [line.decode(errors="replace") for line in lines]
    return Reply(200, {"lines": texts, "head": head.decode(errors="replace"), "more": len(texts) == PAGE})

"""What is asked of a holding node: bodies in and out, its part of a key, and what the vault wants held or dropped."""

import re

from firmware.audit.events import AuditEvent
from firmware.vault.fields import encode_octets
from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.exchange import FileRange, OpenBody, Reply
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.interface.recorded import recorded, release_names
from tools.edgemesh.interface.shapes import octets_texts
from tools.edgemesh.node import Node
from tools.edgemesh.peers import read_evidence, read_signed

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
_BEYOND = 10**18
"""Further than any body reaches: what stands for a number of more digits."""


def _node(call: Call) -> Node:
    return call.roles.node(call.query("node"))


async def put_body(call: Call) -> Reply:
    """PUT /v1/jobs/{job}/body"""
    length, stream = call.request.headers.get("content-length"), call.request.stream
    if length is None or not (length.isascii() and length.isdigit() and len(length) <= 18) or stream is None:
        raise Problem("length-required")
    holding, holders = await _node(call).holdings.receive(call.caller, call.names["job"], int(length), stream)
    document: dict[str, object] = {
        "job": holding.job_id,
        "state": holders.state,
        "holders": list(holders.holders),
        "required": holders.required,
        "size": holding.size,
        "digest": holding.digest,
    }
    return Reply(201, document)


async def get_body(call: Call) -> Reply:
    """GET /v1/jobs/{job}/body, whole or one range of it (RFC 9110 14)."""
    body, digest = await _node(call).body(call.caller, call.names["job"], call.query("release"))
    etag = f'"{digest}"'
    headers = {"etag": etag, "accept-ranges": "bytes", "cache-control": "no-store"}
    wanted = call.request.headers.get("range", "")
    if call.request.headers.get("if-range", etag) != etag:
        wanted = ""  # RFC 9110 13.1.5: another body than the reader has the start of, so all of it
    return ranged(body, wanted, headers)


def ranged(body: OpenBody, wanted: str, headers: dict[str, str]) -> Reply:
    """All of it, or the one range that a `Range` header wants (RFC 9110 14.2)."""
    found = _RANGE.fullmatch(wanted)
    if found is None or not (found[1] or found[2]):
        return Reply(200, file=FileRange(body, 0, body.size), headers=headers)  # RFC 9110 14.2: not ours, ignored
    if found[1]:
        start, last = _position(found[1]), min(_position(found[2] or str(_BEYOND)), body.size - 1)
    else:
        start, last = max(0, body.size - _position(found[2])), body.size - 1
    if start > last:
        body.close()
        raise Problem("range-unsatisfiable", f"the body has {body.size} bytes")
    part = FileRange(body, start, last - start + 1)
    return Reply(206, file=part, headers=headers | {"content-range": f"bytes {start}-{last}/{body.size}"})


def _position(digits: str) -> int:
    digits = digits.lstrip("0")
    return int(digits or "0") if len(digits) <= len(str(_BEYOND)) else _BEYOND


async def describe(call: Call) -> Reply:
    """GET /v1/node"""
    info = _node(call).info
    return Reply(200, {"id": info.node_id, "chain": octets_texts(info.chain), "url": info.url})


async def expect(call: Call) -> Reply:
    """POST /v1/holdings"""
    return Reply(201, {"body_url": _node(call).expect(read_signed(await call.fields()))})


async def drop(call: Call) -> Reply:
    """DELETE /v1/holdings/{job}"""
    await _node(call).holdings.drop(call.names["job"])
    return Reply(204)


async def part(call: Call) -> Reply:
    """POST /v1/parts/node"""
    node, evidence = _node(call), read_evidence(await call.fields())
    by = call.caller.name
    async with recorded(call, node.node_id, AuditEvent.PART_GIVEN, AuditEvent.PART_REFUSED, by=by) as learnt:
        given = node.part(evidence)
        learnt.update(release_names(evidence))
    box = encode_octets(given.box)
    return Reply(200, {"node_id": given.node_id, "suite": given.suite, "box": box, "body_url": given.body_url})

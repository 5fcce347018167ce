"""What stations ask about updates, and what administrators say of them."""

import re
from collections.abc import Mapping

from tools.edgemesh.administration.acts import Acts
from tools.edgemesh.interface.calls import Call
from tools.edgemesh.interface.exchange import Reply
from tools.edgemesh.interface.node_routes import ranged
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.interface.shapes import Fields
from tools.edgemesh.updates.rollout import Bundle, Rollout, Seen, Stage, failures

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+){0,7}")
_PHASES = ("none", "installing", "ready", "trying", "back", "ended")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOST_FAULTS = 16


async def check(call: Call) -> Reply:
    """POST /v1/updates/check"""
    found = await call.roles.vault.fleet.check(_seen(call.caller.id, await call.fields()))
    return Reply(200, {} if found is None else {"offer": _bundle(found)})


async def get_bundle(call: Call) -> Reply:
    """GET /v1/updates/{bundle}, whole or one range of it (RFC 9110 14)."""
    digest = call.names["bundle"]
    body = call.roles.vault.fleet.open(call.caller.id, digest)
    headers = {"etag": f'"{digest}"', "accept-ranges": "bytes", "cache-control": "no-store"}
    return ranged(body, call.request.headers.get("range", ""), headers)


async def list_updates(call: Call) -> Reply:
    """GET /v1/admin/updates"""
    fleet = call.roles.vault.fleet
    lines = [
        _line(bundle, fleet.kept.rollouts.get(digest), fleet.kept.stations)
        for digest, bundle in fleet.bundles.all().items()
    ]
    return Reply(200, {"updates": lines})


async def stage(call: Call) -> Reply:
    """POST /v1/admin/updates/{bundle}/stage"""
    fields = await call.fields()
    percent, stations = fields.number("percent"), fields.texts("stations")
    if percent > 100 or not (percent or stations) or not all(0 < len(one) <= 64 for one in stations):
        raise Problem("json-malformed", "percent of 1 to 100, or stations, wanted")
    wanted = Stage(percent, stations, fields.number("most_failures"))
    return _changed(call, await call.roles.vault.fleet.stage(_acts(call), call.names["bundle"], wanted))


async def halt(call: Call) -> Reply:
    """POST /v1/admin/updates/{bundle}/halt"""
    return _changed(call, await call.roles.vault.fleet.halt(_acts(call), call.names["bundle"]))


async def resume(call: Call) -> Reply:
    """POST /v1/admin/updates/{bundle}/resume"""
    return _changed(call, await call.roles.vault.fleet.resume(_acts(call), call.names["bundle"]))


async def list_fleet(call: Call) -> Reply:
    """GET /v1/admin/fleet"""
    seen = sorted(call.roles.vault.fleet.kept.stations.values(), key=lambda one: one.station)
    return Reply(200, {"stations": [_station(one) for one in seen]})


def _seen(station: str, fields: Fields) -> Seen:
    digest = fields.text("bundle", 64) if fields.has("bundle") else ""
    code, faults = fields.text("code", 48) if fields.has("code") else "", fields.texts("faults")
    phase = fields.text("phase", 16)
    if phase not in _PHASES or (digest and not _DIGEST.fullmatch(digest)) or len(faults) > _MOST_FAULTS:
        raise Problem("json-malformed", "phase, bundle and faults as the interface says wanted")
    if not all(len(one) <= 48 and _CODE.fullmatch(one) for one in (*faults, *([code] if code else []))):
        raise Problem("json-malformed", "code and faults: stable codes wanted")
    version, compatible = fields.text("version", 64), fields.text("compatible", 128)
    return Seen(station, "", version, compatible, fields.text("slot", 16), phase, digest, code, faults)


def _acts(call: Call) -> Acts:
    return Acts(call.roles.audit("vault"), call.caller)


def _bundle(bundle: Bundle) -> dict[str, object]:
    return {
        "bundle": bundle.digest,
        "version": bundle.version.text,
        "compatible": bundle.compatible,
        "size": bundle.size,
    }


def _changed(call: Call, rollout: Rollout) -> Reply:
    fleet = call.roles.vault.fleet
    return Reply(200, _line(fleet.bundle(rollout.digest), rollout, fleet.kept.stations))


def _line(bundle: Bundle, rollout: Rollout | None, stations: Mapping[str, Seen]) -> dict[str, object]:
    rollout = rollout or Rollout(bundle.digest)
    stages = [
        {"percent": one.percent, "stations": list(one.stations), "most_failures": one.most_failures}
        for one in rollout.stages
    ]
    running = sum(one.version == bundle.version.text for one in stations.values() if rollout.has(one.station))
    wanted = sum(rollout.has(one.station) for one in stations.values())
    failed = failures(rollout, stations.values())
    counts = {"wanted": wanted, "running": running, "failed": list(failed)}
    return {**_bundle(bundle), "stages": stages, "halted": rollout.halted, **counts}


def _station(one: Seen) -> dict[str, object]:
    extra = {"bundle": one.digest, "code": one.code}
    return {
        "station": one.station,
        "at": one.at,
        "version": one.version,
        "compatible": one.compatible,
        "slot": one.slot,
        "phase": one.phase,
        "faults": list(one.faults),
        **{name: value for name, value in extra.items() if value},
    }

"""The right request of each operation, for the access table: who sends it is another matter."""

from collections.abc import Awaitable, Callable, Mapping

from firmware.updates.states import Version
from firmware.vault.fields import encode_octets
from firmware.vault.timing import NONCE_BYTES
from tests.support import access_admin_asks
from tests.support.access_ask import Ask, blank, plain, posted
from tests.support.access_world import World, delegate, delegation
from tests.support.mesh_http import Json
from tests.support.mesh_site import BADGE
from tools.edgemesh.updates.rollout import Bundle, Rollout, Stage

BUNDLE = "b" * 64


def _sessions(world: World, route: str) -> Ask:
    return posted(route, {"credential": {"kind": "card", "value": BADGE}})


def _in_session(world: World, route: str) -> Ask:
    return plain(route, session=world.site.station.session)


def _release(world: World, route: str) -> Ask:
    return posted(route, world.site.station.signed_request(world.job) | world.delegation, job=world.job)


def _report(world: World, route: str) -> Ask:
    told = {"fence": world.grant["fence"], "sequence": 1, "kind": "started"}
    return posted(route, told, release=world.grant["release"])


def _shred(world: World, route: str) -> Ask:
    return plain(route, f"?session={world.site.station.session}", job=world.job)


def _body(world: World, route: str) -> Ask:
    return Ask("GET", world.grant["body"]["urls"][0])


def _submit(world: World, route: str) -> Ask:
    return posted(route, world.fresh.announcement)


def _put(world: World, route: str) -> Ask:
    return Ask("PUT", world.put_url, world.announced.body, {"Content-Type": "application/octet-stream"})


def _expect(world: World, route: str) -> Ask:
    announcement = world.fresh.announcement
    return posted(route, {name: announcement[name] for name in ("manifest", "signature", "chain")})


def _part(world: World, route: str) -> Ask:
    return posted(route, world.evidence)


def _look(world: World, route: str) -> Ask:
    station = world.site.station
    return posted(route, station.signed_look(world.job), session=station.session)


def _node_look(world: World, route: str) -> Ask:
    return posted(route, {**_looking(world), "jobs": [world.job]})


def _org_look(world: World, route: str) -> Ask:
    names = {"manifest": "manifest", "signature": "manifest_signature", "chain": "manifest_chain"}
    return posted(route, {**_looking(world), "manifests": [{name: world.evidence[one] for name, one in names.items()}]})


def _looking(world: World) -> Json:
    """As the vault shows it, for ada's session at her station."""
    statement = {name: world.evidence[name] for name in ("session_statement", "session_signature", "session_chain")}
    return {**world.site.station.signed_look(world.job, world.released), **statement, "delegations": []}


def _held(world: World, route: str) -> Ask:
    return posted(route, {"job": world.announced.job, "digest": "0" * 64})


def _of_job(world: World, route: str) -> Ask:
    return plain(route, job=world.job)


def _lease(world: World, route: str) -> Ask:
    return plain(route, release=world.grant["release"])


def _time(world: World, route: str) -> Ask:
    return posted(route, {"nonce": encode_octets(bytes(NONCE_BYTES))})


def _place(world: World, route: str) -> Ask:
    names = {"manifest": "manifest", "signature": "manifest_signature", "chain": "manifest_chain"}
    return posted(route, {name: world.evidence[given] for name, given in names.items()})


def _associate(world: World, route: str) -> Ask:
    return posted(route, {"ticket": "t" * 32, "user": "ada", "code": "123456"})


async def _card_proof(world: World, route: str) -> Ask:
    access_admin_asks.card_key(world)
    return posted(route, {"uid": "04a1b2c3d4e5f6", "ats": "067577810280"})


async def _card_answer(_world: World, route: str) -> Ask:
    return posted(route, {"apdu": "9100"})


def _delegate(world: World, route: str) -> Ask:
    return posted(route, delegation(world))


async def _end_delegation(world: World, route: str) -> Ask:
    return plain(route, delegation=await delegate(world))


Make = Callable[[World, str], Ask | Awaitable[Ask]]


def _updated(world: World) -> None:
    """There is a bundle, and a stage of it is for every station."""
    mesh, bundle = world.site.mesh, Bundle(BUNDLE, Version("0.2.0"), "lockgate-arm64", 4)
    mesh.bundles.put(bundle, b"TEST")
    mesh.roles.vault.fleet.kept.put_rollout(Rollout(BUNDLE, (Stage(100),)))


def _bundle(world: World, route: str) -> Ask:
    _updated(world)
    return plain(route, bundle=BUNDLE)


def _of_bundle(world: World, route: str) -> Ask:
    _updated(world)
    return posted(route, {"percent": 10, "stations": ["station-1"], "most_failures": 1}, bundle=BUNDLE)


def _check_update(world: World, route: str) -> Ask:
    told = {"version": "0.1.0", "compatible": "lockgate-arm64", "slot": "A", "phase": "none", "faults": []}
    return posted(route, told)


ASKS: Mapping[str, Make] = {
    "POST /v1/updates/check": _check_update,
    "GET /v1/updates/{bundle}": _bundle,
    "POST /v1/admin/updates/{bundle}/stage": _of_bundle,
    "POST /v1/admin/updates/{bundle}/halt": _of_bundle,
    "POST /v1/admin/updates/{bundle}/resume": _of_bundle,
    **access_admin_asks.ASKS,
    "POST /v1/time": _time,
    "POST /v1/sessions": _sessions,
    "DELETE /v1/sessions/{session}": _in_session,
    "GET /v1/sessions/{session}/jobs": _in_session,
    "POST /v1/sessions/{session}/previews": _look,
    "POST /v1/previews/node": _node_look,
    "POST /v1/previews/org": _org_look,
    "POST /v1/jobs/{job}/releases": _release,
    "POST /v1/releases/{release}/events": _report,
    "DELETE /v1/jobs/{job}": _shred,
    "GET /v1/jobs/{job}/body": _body,
    "POST /v1/associations": _associate,
    "POST /v1/card-proofs": _card_proof,
    "POST /v1/card-proofs/{proof}/answers": _card_answer,
    "POST /v1/delegations": _delegate,
    "DELETE /v1/delegations/{delegation}": _end_delegation,
    "POST /v1/reboxes": _place,
    "POST /v1/jobs": _submit,
    "PUT /v1/jobs/{job}/body": _put,
    "POST /v1/holdings": _expect,
    "GET /v1/jobs/{job}/receipts": _of_job,
    "DELETE /v1/holdings/{job}": _of_job,
    "POST /v1/parts/node": _part,
    "POST /v1/parts/org": _part,
    "POST /v1/holders": _held,
    "DELETE /v1/holders/{job}": _of_job,
    "GET /v1/leases/{release}": _lease,
}


async def ask(world: World, route: str) -> Ask:
    """The right request: an operation that has none here is asked with names of nothing there is, and the table says
    what the right caller gets for that."""
    make = ASKS.get(route)
    made = make(world, route) if make else blank(*route.split(" ", 1))
    return made if isinstance(made, Ask) else await made

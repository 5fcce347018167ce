"""A mesh in memory with something to refuse in it, and the situations of the access table to be in."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from firmware.errors import LockgateError
from firmware.vault import delegation as delegations
from firmware.vault import signing
from firmware.vault.delegation import Delegation, SignedDelegation
from tests.support.access_ask import Ask
from tests.support.access_callers import NUMBER, PERSON, Certified
from tests.support.mesh_http import Answer, Json, pieces, send_json
from tests.support.mesh_openapi import check_answer
from tests.support.mesh_people import Upload
from tests.support.mesh_site import BADGE, ORG, MemorySite
from tools.docs.access import KINDS
from tools.edgemesh.interface.exchange import Reply, Request
from tools.edgemesh.interface.problems import from_error
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.peers import delegation_document
from tools.edgemesh.storage.records import User

OTHER, OTHER_BADGE = "bob", "0499887766"


@dataclass(slots=True)
class World:
    """ada stands at `station-1`, where `job` waits for her, `released` is on its way to the printer, and the body of
    `announced` has yet to come from `client-1`. bob has a badge and no job. `callers` are the good ones by kind."""

    site: MemorySite
    callers: dict[str, RoleKeys]
    revoked: dict[str, RoleKeys]
    strangers: dict[tuple[str, str], RoleKeys]
    first_station: RoleKeys
    job: str = ""
    released: str = ""
    grant: Json = field(default_factory=dict)
    evidence: Json = field(default_factory=dict)
    fresh: Upload = field(init=False)
    announced: Upload = field(init=False)
    put_url: str = ""
    delegation: Json = field(default_factory=dict)

    @classmethod
    async def open(cls, *, strangers: bool = False) -> "World":
        """A new one; with `strangers`, those are there too."""
        site = MemorySite()
        site.mesh.add_user(User(OTHER), OTHER_BADGE)
        certified = Certified(site.mesh.ca, site.clock.now())
        mesh = site.mesh
        own = {"station": site.station.keys, "client": site.client.keys, "vault": mesh._vault, "org": mesh._org}
        own |= {"node": mesh._nodes["node-1"], "registrar": mesh._registrar}
        own["admin"] = mesh.add_admin("admin-1")
        callers = {kind: own[kind] for kind in KINDS}
        revoked = {kind: certified.good(kind, NUMBER) for kind in KINDS} if strangers else {}
        world = cls(site, callers, revoked, certified.strangers() if strangers else {}, site.station.keys)
        await world._furnish()
        for keys in revoked.values():
            mesh.roles.registrar.denybook.deny(f"{keys.id.partition('-')[0]}/{keys.id}")
        return world

    async def _furnish(self) -> None:
        client, station = self.site.client, self.site.station
        self.job, self.released = await client.submit(b"waits"), await client.submit(b"is printed")
        (await station.tap(BADGE)).expect(201)
        heard = _overhear(self.site.mesh.roles.vault.keys)
        self.grant = (await station.ask(self.released)).expect(201)
        self.evidence = heard[0]
        self.announced, self.fresh = await client.seal(b"announced"), await client.seal(b"not announced")
        self.put_url = (await client.announce(self.announced)).expect(201)["body_urls"][0]

    async def send(self, ask: Ask, keys: RoleKeys | None) -> Answer:
        """As the server does: the transport proves who calls, at each request, and hands it on."""
        reply = await self._reply(ask, keys)
        raw = b"" if reply.json is None else json.dumps(reply.json).encode()
        if reply.file is not None:
            raw = reply.file.body.read(reply.file.start, reply.file.length)
            reply.file.body.close()
        check_answer(ask.method, urlsplit(ask.target).path, reply.status, reply.media_type, raw)
        return Answer(reply.status, reply.headers, raw)

    async def _reply(self, ask: Ask, keys: RoleKeys | None) -> Reply:
        api, parts = self.site.mesh.api, urlsplit(ask.target)
        try:
            caller = api.roles.verifier.identify(keys.chain) if keys else None
        except LockgateError as exc:
            problem = from_error(exc)
            return Reply(problem.status, problem.document())
        headers = {name.lower(): value for name, value in ask.headers.items()}
        if ask.body is not None:
            headers.setdefault("content-length", str(len(ask.body)))
        stream = None if ask.body is None else pieces(ask.body)
        query = dict(parse_qsl(parts.query))
        return await api.handle(
            Request(ask.method, parts.path, caller, query=query, headers=headers, stream=stream, address="192.0.2.1")
        )


def _overhear(job_keys: object) -> list[Json]:
    """The evidence that the vault shows to the two others from now on."""
    heard: list[Json] = []
    caller = vars(job_keys)["_org"]._caller

    class Listener:
        async def call(self, method: str, path: str, body: Json | None = None) -> object:
            heard.append(dict(body or {}))
            return await caller.call(method, path, body)

    vars(job_keys)["_org"]._caller = Listener()
    return heard


async def _another_persons_session(world: World) -> None:
    (await world.site.station.tap(OTHER_BADGE)).expect(201)


async def _another_stations_session(world: World) -> None:
    other = world.site.new_station("station-2")
    other.session = world.site.station.session
    world.site.station, world.callers["station"] = other, other.keys


async def _a_delegates_session(world: World) -> None:
    await delegate(world)
    await _another_persons_session(world)


def delegation(world: World) -> Json:
    """ada's word, signed on her computer, that bob may release her jobs."""
    now, keys = world.site.clock.now().replace(microsecond=0), world.site.client.keys
    found = Delegation(ORG, f"d-{'1' * 32}", PERSON, OTHER, now, now + timedelta(days=1))
    raw = delegations.encode(found)
    signature = keys.signer.sign(signing.DELEGATION, raw)
    return delegation_document(SignedDelegation(raw, signature, keys.chain))


async def delegate(world: World) -> str:
    """Hand it in, unless it was; its id."""
    if world.delegation:
        return f"d-{'1' * 32}"
    world.delegation = delegation(world)
    answer = await send_json(world.site.client.wire, "POST", "/v1/delegations", world.delegation)
    return str(answer.expect(201)["delegation"])


async def _a_blocked_person(world: World) -> None:
    await delegate(world)  # while they still could
    world.site.mesh.roles.registrar.denybook.deny(f"user/{PERSON}")


async def _a_blocked_persons_computer(world: World) -> None:
    await delegate(world)
    await _a_blocked_person(world)


async def _a_blocked_badge(world: World) -> None:
    badge = world.site.mesh.roles.vault.desk.badges.find(BADGE)
    assert badge is not None
    world.site.mesh.roles.registrar.denybook.deny(f"badge/{badge.badge_id}")


async def _a_person_not_let_in_here(world: World) -> None:
    store = world.site.mesh.desk_store
    user = store.user(PERSON)
    assert user is not None
    store.put_user(replace(user, stations=("station-77",)))


async def _an_ended_session(world: World) -> None:
    await asyncio.sleep(601)
    await world.site.mesh.roles.round()


async def _another_clients_job(world: World) -> None:
    world.callers["client"] = world.site.new_client("client-2", PERSON).keys


async def _a_job_for_somebody_else(world: World) -> None:
    other = world.site.new_client("client-3", OTHER)
    world.fresh = await other.seal(b"not announced", owner=PERSON)
    world.callers["client"] = other.keys


SITUATIONS: Mapping[str, Callable[[World], Awaitable[None]]] = {
    "another person's session": _another_persons_session,
    "another station's session": _another_stations_session,
    "a delegate's session": _a_delegates_session,
    "a blocked person": _a_blocked_person,
    "a blocked badge": _a_blocked_badge,
    "a person not let in here": _a_person_not_let_in_here,
    "an ended session": _an_ended_session,
    "another client's job": _another_clients_job,
    "a job for somebody else": _a_job_for_somebody_else,
    "a blocked person's computer": _a_blocked_persons_computer,
}

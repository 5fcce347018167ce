"""The site of a simulated world: its people, its real edge mesh in memory, and what an administrator does to both."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from firmware.errors import LockgateError
from firmware.vault.identity import Identity
from hal.ports.clock import Clock
from hal.sim.commands_office import Part, Restore, Revocable, Revoke
from hal.sim.workers import InlineWorkers
from tools.bench.cards import KEYS
from tools.bench.chance import Dice
from tools.edgemesh import leases
from tools.edgemesh.ca import chain_pem
from tools.edgemesh.cards.book import Policy
from tools.edgemesh.clock import SteadyClock
from tools.edgemesh.holdings import withdraw
from tools.edgemesh.interface.api import Api
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.memory_mesh import MemoryMesh
from tools.edgemesh.settings import Settings
from tools.edgemesh.storage.records import JobState, Phase, Place, User

ORG, STATION, CLIENT, NODE = "bench", "station-1", "client-1", "node-1"
PEOPLE: Mapping[str, str] = {"ada": "04a1b2c3", "ben": "04d4e5f6"}


class CannotDoError(Exception):
    """What was asked of the world makes no sense now; the text says why, to a person."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a world begins with. `people` are names and their badges' numbers; `cards` is the site's policy where its
    mesh has a key for cards and its station has them proven, empty where neither is so."""

    people: Mapping[str, str] = field(default_factory=lambda: dict(PEOPLE), repr=False)
    auto_release: bool = True
    idle_seconds: int = 30
    factors: tuple[str, ...] = ("card",)
    association: str = ""
    cards: str = ""


class KeptInMemory:
    """The mesh's last good time (tools/edgemesh/clock.py)."""

    def __init__(self) -> None:
        self._moment: datetime | None = None

    def read(self) -> datetime | None:
        return self._moment

    def write(self, moment: datetime) -> None:
        self._moment = moment


class Site:
    """One mesh, one station, one client. What the mesh stores outlives `stop`."""

    def __init__(self, seed: int, setting: Setting, system: Clock) -> None:
        self._clock = SteadyClock(system, KeptInMemory())
        self._clock.start()
        self.mesh = MemoryMesh(
            ORG,
            clock=self._clock,
            random=Dice(seed, "mesh"),
            workers=InlineWorkers(),
            nodes=(NODE,),
            settings=Settings(factors=setting.factors, association=setting.association),
        )
        self.client = self.mesh.add_client(CLIENT, setting.people)
        self._station = self.mesh.add_station(STATION)
        self._people = setting.people
        self._taken: dict[Part, tuple[str, bytes | None]] = {}
        self._tending: asyncio.Task[None] | None = None
        self._codes: dict[str, str] = {}
        for name, badge in setting.people.items():
            person = User(name, auto_release=setting.auto_release, idle_seconds=setting.idle_seconds)
            self.mesh.add_user(person, badge)
        if setting.cards:
            book = self.mesh.roles.vault.desk.cards
            book.keep(book.add("bench", KEYS))
            self.set_card_policy(setting.cards)

    @property
    def ca_pem(self) -> bytes:
        """The organisation's CA, for the station to pin."""
        return self.mesh.ca.certificate_pem

    @property
    def station_secrets(self) -> dict[str, bytes]:
        """What the station's key store holds, by name."""
        station = self._station
        chain = chain_pem(station.chain)
        return {"identity.key": station.identity_key, "identity.chain": chain, "box.key": station.box_key}

    @property
    def serving(self) -> bool:
        """Whether the mesh's process lives."""
        return self._tending is not None

    def station_identity(self) -> Identity:
        """Who the station is to the mesh now. Raises `IdentityError` once its certificate has expired."""
        return self.mesh.identity(self._station)

    def certificate(self) -> bytes:
        """What the mesh's process shows to whoever connects (DER)."""
        return self.mesh.roles.vault.identity.chain[0]

    def start(self, *, clock_is_right: bool = False) -> None:
        """Start the mesh's process on what the last one stored. Raises `CannotDoError`."""
        if self.serving:
            raise CannotDoError("the mesh runs already")
        try:
            self._clock.start(is_right=clock_is_right)
            api = self.mesh.restart()
        except LockgateError as exc:
            raise CannotDoError(f"the mesh did not start: {exc.code}") from exc
        self._tending = asyncio.ensure_future(self._tend(api))

    async def _tend(self, api: Api) -> None:
        await asyncio.gather(api.roles.tend(), self._clock.keep_on())

    async def stop(self) -> None:
        """Kill the mesh's process. Raises `CannotDoError`."""
        tending, self._tending = self._tending, None
        if tending is None:
            raise CannotDoError("the mesh is not running")
        tending.cancel()
        with suppress(asyncio.CancelledError):
            await tending

    def states(self) -> dict[str, JobState]:
        """Every job as of now, by its id, oldest first; nothing is changed by looking."""
        now, store = self._clock.now(), self.mesh.job_store
        found = {job_id: store.state(job_id) for job_id in store.all()}
        return {job_id: leases.settle(state, now) for job_id, state in found.items() if state is not None}

    def owner(self, job_id: str) -> str:
        """Whose job it is."""
        job = self.mesh.job_store.job(job_id)
        return job.owner if job else ""

    def job_of(self, release_id: str) -> str:
        """The job of a release, empty for one that no mesh ever granted."""
        return self.mesh.job_store.job_of(release_id) or ""

    def withdraw(self, part: Part) -> None:
        """The part's holder refuses it for the newest held job; the org service, for all of them. Raises
        `CannotDoError`."""
        if part in self._taken:
            raise CannotDoError(f"the {part} part is withdrawn already")
        held = [job_id for job_id, state in self.states().items() if state.phase is Phase.HELD]
        if part is not Part.ORG and not held:
            raise CannotDoError("there is no held job to withdraw a part of")
        match part:
            case Part.ORG:
                self._suspend(suspended=True)
                self._taken[part] = "", None
            case Part.NODE:
                self._taken[part] = held[-1], self._drop_body(held[-1])
            case Part.JOB:
                self._taken[part] = held[-1], self._set_box(held[-1], None)

    def restore(self, part: Part) -> None:
        """The holder gives the part again. Raises `CannotDoError`."""
        if part not in self._taken:
            raise CannotDoError(f"the {part} part is not withdrawn")
        job_id, kept = self._taken.pop(part)
        match part:
            case Part.ORG:
                self._suspend(suspended=False)
            case Part.NODE:
                self._keep_body(job_id, kept or b"")
            case Part.JOB:
                self._set_box(job_id, kept)

    def revoke(self, what: Revoke) -> None:
        """Have the deny list name the station, the client, the node, a badge or a person. Raises `CannotDoError`."""
        self.mesh.roles.registrar.denybook.deny(self._denied_name(what.kind, what.name))

    def let_in(self, what: Restore) -> None:
        """Have the deny list no longer name a badge or a person. Raises `CannotDoError`."""
        self.mesh.roles.registrar.denybook.lift(self._denied_name(what.kind, what.name))

    def _denied_name(self, kind: Revocable, name: str) -> str:
        desk = self.mesh.roles.vault.desk
        match kind:
            case Revocable.BADGE:
                badge = desk.badges.find(name)
                if badge is None:
                    raise CannotDoError("nobody has such a badge")
                return f"badge/{badge.badge_id}"
            case Revocable.USER:
                if desk.store.user(name) is None:
                    raise CannotDoError("there is no such person")
                return f"user/{name}"
            case Revocable.NODE:
                return f"node/{NODE}"
            case Revocable.CLIENT:
                return f"client/{CLIENT}"
            case _:
                return f"station/{STATION}"

    def set_card_policy(self, policy: str) -> None:
        """As an administrator does. Raises `CannotDoError`."""
        book = self.mesh.roles.vault.desk.cards
        try:
            book.keep(book.set_policy(Policy(policy)))
        except Problem as exc:
            raise CannotDoError(f"the policy stays as it is: {exc.code}") from exc

    async def set_pin(self, user: str, pin: str) -> None:
        """As an administrator does. Raises `CannotDoError`."""
        try:
            await self.mesh.roles.vault.desk.pins.set(user, pin)
        except Problem as exc:
            raise CannotDoError(f"no PIN was set: {exc.code}") from exc

    async def issue_code(self, user: str) -> None:
        """As an administrator does; the person keeps it in mind. Raises `CannotDoError`."""
        try:
            self._codes[user] = await self.mesh.roles.vault.desk.codes.issue(user)
        except Problem as exc:
            raise CannotDoError(f"no code was issued: {exc.code}") from exc

    def code(self, user: str) -> str:
        """The code that was issued last for a person; one that is none when there was no such."""
        return self._codes.get(user, "00000000")

    def _suspend(self, *, suspended: bool) -> None:
        latest = self.mesh.epoch_store.latest()
        if latest is not None:
            self.mesh.roles.org.suspend(latest.number, suspended=suspended)

    def _drop_body(self, job_id: str) -> bytes:
        """As an administrator has it dropped; the body, which only the bench keeps."""
        bodies = self.mesh.bodies[NODE]
        kept = bodies.bodies.get(job_id, b"")
        withdraw(self.mesh.holding_stores[NODE], bodies, job_id)
        return kept

    def _keep_body(self, job_id: str, body: bytes) -> None:
        store = self.mesh.holding_stores[NODE]
        holding = store.get(job_id)
        if holding is not None:
            self.mesh.bodies[NODE].bodies[job_id] = body
            store.put(replace(holding, place=Place.HELD))
            with suppress(Problem):  # the job has ended meanwhile
                self.mesh.roles.vault.intake.held(NODE, job_id, holding.digest)

    def _set_box(self, job_id: str, box: bytes | None) -> bytes | None:
        """Put the vault's box of the job part aside, or back; the one that was there."""
        before = self.mesh.job_store.state(job_id)
        if before is None:
            return None
        self.mesh.job_store.change(job_id, replace(before, revision=before.revision + 1, job_box=box))
        return before.job_box

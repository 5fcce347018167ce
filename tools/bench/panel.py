"""What a person at the station gets to see: the list of their jobs, as it came from the mesh, and the question that is
on the screen; and what they asked for.

Stands between the station and its mesh client, so that the station under test is the unchanged one."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from firmware.mesh.messages import (
    CardProof,
    CardQuestion,
    Delegation,
    Grant,
    HeldJobs,
    MeshEvent,
    Preview,
    Report,
    Session,
    SignedDenials,
    SignedTime,
)
from firmware.mesh.port import Mesh, MeshError
from hal.ports.clock import Clock
from hal.ports.indicator import Caption


@dataclass(frozen=True, slots=True)
class Admitted:
    """Somebody's badge was accepted; `at` in the clock's monotonic seconds."""

    user: str = field(repr=False)
    credential: str = field(repr=False)
    at: float


@dataclass(frozen=True, slots=True)
class Granted:
    """A release the mesh granted to somebody's session; `at` as above."""

    release_id: str
    job_id: str
    user: str = field(repr=False)
    at: float


class Shown:
    """What is on a station's screen."""

    def __init__(self) -> None:
        self.question: int | None = None
        """The number of the question that was shown last, until the next one is; None before the first."""

    def see(self, captions: tuple[Caption, ...]) -> None:
        """These are on show now."""
        for caption in captions:
            self.question = caption.question or self.question


class Panel:
    """The mesh (firmware/mesh/port.py) of one life of the station. `visit` is the station's number for whoever stands
    there now: it counts the badges that the mesh was asked about. `listed` are the job ids of the list shown, `shown`
    is what the screen shows."""

    def __init__(self, mesh: Mesh, clock: Clock, shown: Shown) -> None:
        self.shown = shown
        self.visit = 0
        self.listed: tuple[str, ...] = ()
        self.admitted: list[Admitted] = []
        self.granted: list[Granted] = []
        self._mesh = mesh
        self._clock = clock
        self._session_id = self._credential = ""
        self._counted = False
        """Whether the visit of the number that comes next was begun with the card's proof."""
        self._users: dict[str, str] = {}

    async def begin_proof(self, uid: bytes, ats: bytes) -> CardProof:
        """A new visit begins, whatever comes of it."""
        self.visit += 1
        self.listed = ()
        with self._falling_back():
            return await self._mesh.begin_proof(uid, ats)

    async def answer_proof(self, name: str, response: bytes) -> CardQuestion | None:
        """The visit goes on."""
        with self._falling_back():
            return await self._mesh.answer_proof(name, response)

    @contextmanager
    def _falling_back(self) -> Iterator[None]:
        try:
            yield
        except MeshError as exc:
            self._counted = exc.code == "card-unproven"
            raise

    async def open_session(self, credential: str, pin: str = "", proof: str = "") -> Session:
        """A new visit begins, unless it is the same one with a proof, or the PIN that was asked for."""
        self.visit += not (pin or proof or self._counted)
        self._counted = False
        self.listed = ()
        self._credential = credential
        return self._admit(await self._mesh.open_session(credential, pin, proof))

    async def associate(self, ticket: str, user: str, code: str) -> Session:
        """The visit goes on with a badge that is the person's now."""
        return self._admit(await self._mesh.associate(ticket, user, code))

    async def handoff(self, ticket: str) -> Session:
        """A new visit begins, without a badge."""
        self.visit += 1
        self._counted = False
        self.listed, self._credential = (), ""
        return self._admit(await self._mesh.handoff(ticket))

    def _admit(self, session: Session) -> Session:
        self._session_id = session.session_id
        self._users[session.session_id] = session.user
        self.admitted.append(Admitted(session.user, self._credential, self._clock.monotonic()))
        return session

    async def previews(self, session_id: str, job_ids: Sequence[str]) -> list[Preview]:
        return await self._mesh.previews(session_id, job_ids)

    async def delete_job(self, session_id: str, job_id: str) -> None:
        await self._mesh.delete_job(session_id, job_id)

    async def phone_page(self) -> str:
        return await self._mesh.phone_page()

    async def close_session(self, session_id: str) -> None:
        """The list of whoever it was is not shown any more."""
        if session_id == self._session_id:
            self.listed = ()
        await self._mesh.close_session(session_id)

    async def held_jobs(self, session_id: str) -> HeldJobs:
        """The list goes on show."""
        jobs = await self._mesh.held_jobs(session_id)
        self.listed = tuple(job.job_id for job in jobs)
        return jobs

    async def ask_release(self, session_id: str, job_id: str, delegation: Delegation | None = None) -> Grant:
        """As asked; remembered when it was granted."""
        grant = await self._mesh.ask_release(session_id, job_id, delegation)
        self.granted.append(Granted(grant.release_id, job_id, self._users.get(session_id, ""), self._clock.monotonic()))
        return grant

    async def report(self, report: Report) -> None:
        """As asked."""
        await self._mesh.report(report)

    async def signed_time(self, nonce: bytes, audit: tuple[int, str] = (0, "")) -> SignedTime:
        """As asked."""
        return await self._mesh.signed_time(nonce, audit)

    async def denials(self) -> SignedDenials:
        """As asked."""
        return await self._mesh.denials()

    def body(self, grant: Grant, offset: int) -> AsyncIterator[bytes]:
        """As asked."""
        return self._mesh.body(grant, offset)

    def events(self, after: int) -> AsyncIterator[MeshEvent]:
        """As asked."""
        return self._mesh.events(after)

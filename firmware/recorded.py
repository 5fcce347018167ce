"""Stands before the mesh and keeps the station's record of what is asked of it and refused: visits and releases."""

from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import TypeVar

from firmware.audit.events import AuditEvent
from firmware.audit.port import Notebook
from firmware.delivery.reports import FAILURES
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

T = TypeVar("T")


class RecordedMesh:
    """No person is named: the mesh's record knows who it was, and a stolen box need not tell."""

    def __init__(self, mesh: Mesh, record: Notebook) -> None:
        self._mesh, self._record = mesh, record

    async def begin_proof(self, uid: bytes, ats: bytes) -> CardProof:
        """As asked, and recorded where a card is refused; where the mesh has no key for it, its number follows."""
        return await self._proving(self._mesh.begin_proof(uid, ats))

    async def answer_proof(self, name: str, response: bytes) -> CardQuestion | None:
        """The same."""
        return await self._proving(self._mesh.answer_proof(name, response))

    async def _proving(self, asked: Awaitable[T]) -> T:
        try:
            return await asked
        except FAILURES as exc:
            if exc.code != "card-unproven":
                self._record.note(AuditEvent.SESSION_REFUSED, source="badge", method="proof", code=exc.code)
            raise

    async def open_session(self, credential: str, pin: str = "", proof: str = "") -> Session:
        """As asked, and recorded whether somebody was let in."""
        return await self._admitted("badge", self._mesh.open_session(credential, pin, proof))

    async def associate(self, ticket: str, user: str, code: str) -> Session:
        """The same."""
        return await self._admitted("association", self._mesh.associate(ticket, user, code))

    async def handoff(self, ticket: str) -> Session:
        """The same."""
        return await self._admitted("phone", self._mesh.handoff(ticket))

    async def _admitted(self, source: str, opening: Awaitable[Session]) -> Session:
        try:
            session = await opening
        except FAILURES as exc:
            self._record.note(AuditEvent.SESSION_REFUSED, source=source, code=exc.code)
            raise
        method = {"method": session.method} if session.method else {}
        self._record.note(AuditEvent.SESSION_OPENED, source=source, **method)
        return session

    async def close_session(self, session_id: str) -> None:
        """As asked; the station lets nobody in again with it, whether the mesh hears of it or not."""
        self._record.note(AuditEvent.SESSION_CLOSED)
        await self._mesh.close_session(session_id)

    async def held_jobs(self, session_id: str) -> HeldJobs:
        """As asked."""
        return await self._mesh.held_jobs(session_id)

    async def phone_page(self) -> str:
        """As asked; so are previews: they print nothing."""
        return await self._mesh.phone_page()

    async def previews(self, session_id: str, job_ids: Sequence[str]) -> list[Preview]:
        return await self._mesh.previews(session_id, job_ids)

    async def delete_job(self, session_id: str, job_id: str) -> None:
        """As asked, and recorded once it is done."""
        await self._mesh.delete_job(session_id, job_id)
        self._record.note(AuditEvent.JOB_SHREDDED, job=job_id, policy="owner")

    async def ask_release(self, session_id: str, job_id: str, delegation: Delegation | None = None) -> Grant:
        """Nothing is asked for before it is durably recorded. Raises `AuditError`, and the mesh's errors."""
        await self._record.record(AuditEvent.RELEASE_ASKED, job=job_id)
        try:
            return await self._mesh.ask_release(session_id, job_id, delegation)
        except FAILURES as exc:
            part = exc.part if isinstance(exc, MeshError) else ""
            self._record.note(AuditEvent.RELEASE_REFUSED, job=job_id, code=exc.code, part=part)
            raise

    async def report(self, report: Report) -> None:
        """As asked; so are the others."""
        await self._mesh.report(report)

    def body(self, grant: Grant, offset: int) -> AsyncIterator[bytes]:
        return self._mesh.body(grant, offset)

    def events(self, after: int) -> AsyncIterator[MeshEvent]:
        return self._mesh.events(after)

    async def signed_time(self, nonce: bytes, audit: tuple[int, str] = (0, "")) -> SignedTime:
        return await self._mesh.signed_time(nonce, audit)

    async def denials(self) -> SignedDenials:
        return await self._mesh.denials()

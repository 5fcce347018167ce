"""Stands before the mesh, so that nothing is asked for on a time or deny list that is not known."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence

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
from firmware.mesh.port import Mesh, MeshUntrustedError
from firmware.trust.keeper import Keeper


class TrustedMesh:
    """The mesh, asked for sessions and releases only at a known time and with a fresh deny list."""

    def __init__(self, mesh: Mesh, keeper: Keeper) -> None:
        self._mesh, self._keeper = mesh, keeper

    async def begin_proof(self, uid: bytes, ats: bytes) -> CardProof:
        """Once the time is known."""
        await self._keeper.require_time()
        return await self._mesh.begin_proof(uid, ats)

    async def answer_proof(self, name: str, response: bytes) -> CardQuestion | None:
        """As asked: the proof has begun."""
        return await self._mesh.answer_proof(name, response)

    async def open_session(self, credential: str, pin: str = "", proof: str = "") -> Session:
        """Once the time is known."""
        await self._keeper.require_time()
        return await self._mesh.open_session(credential, pin, proof)

    async def associate(self, ticket: str, user: str, code: str) -> Session:
        """Once the time is known."""
        await self._keeper.require_time()
        return await self._mesh.associate(ticket, user, code)

    async def handoff(self, ticket: str) -> Session:
        """Once the time is known."""
        await self._keeper.require_time()
        return await self._mesh.handoff(ticket)

    async def previews(self, session_id: str, job_ids: Sequence[str]) -> list[Preview]:
        """With a fresh deny list, as for a release: parts are given."""
        await self._keeper.require_list()
        return await self._mesh.previews(session_id, job_ids)

    async def delete_job(self, session_id: str, job_id: str) -> None:
        """As asked; so are the others."""
        await self._mesh.delete_job(session_id, job_id)

    async def phone_page(self) -> str:
        return await self._mesh.phone_page()

    async def close_session(self, session_id: str) -> None:
        await self._mesh.close_session(session_id)

    async def held_jobs(self, session_id: str) -> HeldJobs:
        return await self._mesh.held_jobs(session_id)

    async def ask_release(self, session_id: str, job_id: str, delegation: Delegation | None = None) -> Grant:
        """Once the time is known and the deny list fresh."""
        await self._keeper.require_time()
        await self._keeper.require_list()
        return await self._mesh.ask_release(session_id, job_id, delegation)

    async def report(self, report: Report) -> None:
        await self._mesh.report(report)

    def body(self, grant: Grant, offset: int) -> AsyncIterator[bytes]:
        return self._mesh.body(grant, offset)

    async def events(self, after: int) -> AsyncIterator[MeshEvent]:
        events = self._mesh.events(after)
        try:
            async for event in events:
                yield event
        except MeshUntrustedError:
            self._keeper.reconnected()
            raise
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()

    async def signed_time(self, nonce: bytes, audit: tuple[int, str] = (0, "")) -> SignedTime:
        return await self._mesh.signed_time(nonce, audit)

    async def denials(self) -> SignedDenials:
        return await self._mesh.denials()

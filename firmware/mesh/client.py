"""The mesh as one station sees it: implements port.Mesh over any transport."""

import base64
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from urllib.parse import quote

from firmware.mesh import answers, bodies
from firmware.mesh.messages import (
    CardProof,
    CardQuestion,
    Delegation,
    Grant,
    HeldJobs,
    MeshEvent,
    MeshEventKind,
    Preview,
    Report,
    Session,
    SignedDenials,
    SignedTime,
)
from firmware.mesh.port import MeshError, MeshProtocolError, MeshUnreachableError, MeshUntrustedError
from firmware.mesh.requests import Requests, Sign, SignedRequest
from firmware.mesh.sse import SseParser
from firmware.mesh.transport import Transport
from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource

LOG = logging.getLogger("lockgate.mesh")

_OF_RECEIPTS = "receipt-"
_FAILURES = (MeshError, MeshUnreachableError, MeshUntrustedError, MeshProtocolError)


class MeshClient:
    """`chain` is the station's certificates in DER, leaf first; `sign` signs a request with the key of the leaf,
    under the label that mesh.md gives for it. `timeless` is a transport that takes the mesh's certificates
    whatever the time is, for what proves itself; the usual one unless it is given."""

    def __init__(
        self,
        transport: Transport,
        *,
        org_id: str,
        station_id: str,
        chain: tuple[bytes, ...],
        sign: Sign,
        clock: Clock,
        random: RandomSource,
        timeless: Transport | None = None,
    ) -> None:
        self._transport = transport
        self._timeless = timeless or transport
        self._requests = Requests(org_id, station_id, chain=chain, sign=sign, clock=clock, random=random)
        self._unfinished_url = ""

    @property
    def transport(self) -> Transport:
        """For what is asked of the mesh beside its jobs."""
        return self._transport

    def use_chain(self, chain: tuple[bytes, ...]) -> None:
        """From the next request on, these are the station's certificates; the key is the same."""
        self._requests.chain = chain

    async def begin_proof(self, uid: bytes, ats: bytes) -> CardProof:
        """POST /v1/card-proofs."""
        asked = {"uid": uid.hex()} | ({"ats": ats.hex()} if ats else {})
        return answers.expect(await self._transport.request("POST", "/v1/card-proofs", asked), 201, answers.card_proof)

    async def answer_proof(self, name: str, response: bytes) -> CardQuestion | None:
        """POST /v1/card-proofs/{p}/answers."""
        path = f"/v1/card-proofs/{_segment(name)}/answers"
        reply = await self._transport.request("POST", path, {"apdu": response.hex()})
        return answers.expect(reply, 200, answers.card_question)

    async def open_session(self, credential: str, pin: str = "", proof: str = "") -> Session:
        """POST /v1/sessions. With a proof, the number stays here: the mesh makes its own."""
        shown = {"kind": "card"} | ({} if proof else {"value": credential}) | ({"pin": pin} if pin else {})
        asked = {"credential": shown} | ({"card_proof": proof} if proof else {})
        return answers.expect(await self._transport.request("POST", "/v1/sessions", asked), 201, answers.session)

    async def associate(self, ticket: str, user: str, code: str) -> Session:
        """POST /v1/associations."""
        asked = {"ticket": ticket, "code": code} | ({"user": user} if user else {})
        return answers.expect(await self._transport.request("POST", "/v1/associations", asked), 201, answers.session)

    async def handoff(self, ticket: str) -> Session:
        """POST /v1/sessions, with a phone's ticket instead of a badge."""
        reply = await self._transport.request("POST", "/v1/sessions", {"handoff": ticket})
        return answers.expect(reply, 201, answers.session)

    async def phone_page(self) -> str:
        """GET /v1/phone."""
        return answers.expect(await self._transport.request("GET", "/v1/phone"), 200, answers.phone_page)

    async def close_session(self, session_id: str) -> None:
        """DELETE /v1/sessions/{s}; gone already is as good as closed."""
        reply = await self._transport.request("DELETE", f"/v1/sessions/{_segment(session_id)}")
        if reply.status not in (204, 404, 410):
            raise answers.problem(reply)

    async def held_jobs(self, session_id: str) -> HeldJobs:
        """GET /v1/sessions/{s}/jobs."""
        reply = await self._transport.request("GET", f"/v1/sessions/{_segment(session_id)}/jobs")
        return answers.expect(reply, 200, answers.held_jobs)

    async def previews(self, session_id: str, job_ids: Sequence[str]) -> list[Preview]:
        """POST /v1/sessions/{s}/previews, with a request that every holder verifies for itself."""
        request = self._requests.previews(session_id, job_ids)
        path = f"/v1/sessions/{_segment(session_id)}/previews"
        reply = await self._transport.request("POST", path, _shown(request))
        return answers.expect(reply, 200, lambda fields: answers.previews(fields, job_ids))

    async def delete_job(self, session_id: str, job_id: str) -> None:
        """DELETE /v1/jobs/{j}; gone already is as good as deleted."""
        path = f"/v1/jobs/{_segment(job_id)}?session={_segment(session_id)}"
        reply = await self._transport.request("DELETE", path)
        if reply.status != 204:
            raise answers.problem(reply)

    async def ask_release(self, session_id: str, job_id: str, delegation: Delegation | None = None) -> Grant:
        """POST /v1/jobs/{j}/releases, with a request that vault, node and org service each verify for themselves."""
        request = self._requests.release(session_id, job_id)
        asked = {"session": session_id, **_shown(request), **_delegation(delegation)}
        self._transport.expect_body()
        reply = await self._transport.request("POST", f"/v1/jobs/{_segment(job_id)}/releases", asked)
        return answers.expect(reply, 201, lambda fields: answers.grant(fields, job_id))

    async def report(self, report: Report) -> None:
        """POST /v1/releases/{r}/events. An outcome is told whatever becomes of its receipt: where the mesh refuses the
        one, again without."""
        try:
            await self._report(report, report.receipt)
        except MeshError as exc:
            if not report.receipt or not exc.code.startswith(_OF_RECEIPTS):
                raise
            LOG.warning("the mesh refused the receipt of release %s: %s", report.release_id, exc.code)
            await self._report(report, b"")

    async def _report(self, report: Report, receipt: bytes) -> None:
        told: dict[str, object] = {"fence": report.fence, "sequence": report.sequence, "kind": report.kind.value}
        if report.reason:
            told["reason"] = report.reason
        if report.impressions is not None:
            told["impressions"] = report.impressions
        if report.pages is not None:
            told["pages"] = report.pages
        if report.keep:
            told["keep"] = True
        if receipt:
            told["receipt"] = _base64(receipt)
        reply = await self._transport.request("POST", f"/v1/releases/{_segment(report.release_id)}/events", told)
        answers.expect(reply, 200, answers.reported)

    async def signed_time(self, nonce: bytes, audit: tuple[int, str] = (0, "")) -> SignedTime:
        """POST /v1/time."""
        asked: dict[str, object] = {"nonce": _base64(nonce)}
        sequence, digest = audit
        if sequence:
            asked["audit"] = {"sequence": sequence, "hash": digest}
        return answers.expect(await self._timeless.request("POST", "/v1/time", asked), 200, answers.signed_time)

    async def denials(self) -> SignedDenials:
        """GET /v1/denials."""
        return answers.expect(await self._timeless.request("GET", "/v1/denials"), 200, answers.denials)

    async def body(self, grant: Grant, offset: int) -> AsyncIterator[bytes]:
        """GET the body from the first URL that answers; one that did not come to its end last time is asked last."""
        failure: Exception = MeshProtocolError("a grant without a URL")
        for url in sorted(grant.body_urls, key=lambda url: url == self._unfinished_url):
            async with AsyncExitStack() as stack:
                self._unfinished_url = url
                try:
                    chunks = await stack.enter_async_context(bodies.body(self._transport, url, offset, grant.size))
                except _FAILURES as exc:
                    failure = exc
                    continue
                async for chunk in chunks:
                    offset += len(chunk)
                    yield chunk
                self._unfinished_url = "" if offset == grant.size else url
                return
        raise failure

    async def events(self, after: int) -> AsyncIterator[MeshEvent]:
        """GET /v1/events over one connection: `connected` first, and again when the mesh says where the stream stands;
        then what it announces."""
        parser = SseParser(str(after) if after else "")
        async with bodies.announcements(self._transport, after) as stream:
            yield MeshEvent(after, MeshEventKind.CONNECTED)
            async for data in stream:
                for event in parser.feed(data):
                    announced = answers.announcement(event)
                    after = announced.event_id
                    yield announced
                if parser.last_id and (stands := answers.event_number(parser.last_id)) != after:
                    after = stands
                    yield MeshEvent(after, MeshEventKind.CONNECTED)
        raise MeshUnreachableError("the event stream ended")


def _shown(request: SignedRequest) -> dict[str, object]:
    return {
        "request": _base64(request.raw),
        "request_signature": _base64(request.signature),
        "chain": [_base64(certificate) for certificate in request.chain],
    }


def _delegation(delegation: Delegation | None) -> dict[str, object]:
    if delegation is None:
        return {}
    return {
        "delegation": _base64(delegation.raw),
        "delegation_signature": _base64(delegation.signature),
        "delegation_chain": [_base64(certificate) for certificate in delegation.chain],
    }


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def _segment(name: str) -> str:
    """A name as one segment of a path: an id from elsewhere must not reach another route."""
    return quote(name, safe="")

"""The computer of the people of a simulated world: seals real documents, and hands them to the mesh."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from firmware.vault.attributes import Attributes
from firmware.vault.fields import encode_octets
from firmware.vault.seal import OrgRecipient, Recipient, Recipients, SealedJob, Token, seal_job
from hal.ports.clock import Clock
from tools.bench.documents import pdf
from tools.bench.site import ORG, CannotDoError, Site
from tools.edgemesh.evidence import Signed
from tools.edgemesh.exchange import Request
from tools.edgemesh.peers import signed_document
from tools.edgemesh.problems import Problem
from tools.edgemesh.statements import parse_epoch

LIFETIME = timedelta(days=7)
FORMAT = "application/pdf"


@dataclass(frozen=True, slots=True)
class Submitted:
    """A document that the mesh took; `content` is its plaintext."""

    pages: int
    content: bytes = field(repr=False)


class Client:
    """Submits for anybody at the site; `token` is chance. Its way to the mesh is not the station's."""

    def __init__(self, site: Site, clock: Clock, token: Token) -> None:
        self._site = site
        self._clock = clock
        self._token = token
        self._identity = site.mesh.identity(site.client)
        self.documents: dict[str, Submitted] = {}
        """By job id."""

    async def submit(self, pages: int, user: str) -> str:
        """Seal a document and hand it in; the job's id once the mesh says that it is held. Raises `CannotDoError`."""
        if not self._site.serving:
            raise CannotDoError("not submitted: the mesh is not running")
        mark = f"plain-{self._token(8).hex()}"
        document = pdf(pages, mark)
        try:
            sealed = self._seal(document, pages, f"{mark}.pdf", user)
            await self._hand_in(sealed, document)
        except Problem as exc:
            raise CannotDoError(f"not submitted: {exc.code}") from exc
        self.documents[sealed.manifest.job_id] = Submitted(pages, document)
        return sealed.manifest.job_id

    def _seal(self, document: bytes, pages: int, title: str, user: str) -> SealedJob:
        return seal_job(
            owner=user,
            attributes=Attributes(title, pages=pages),
            document_format=FORMAT,
            plaintext_size=len(document),
            recipients=self._recipients(),
            signer=self._site.client.signer,
            chain=self._site.client.chain,
            now=self._clock.now(),
            lifetime=LIFETIME,
            token=self._token,
        )

    def _recipients(self) -> Recipients:
        """Whom to seal to. Raises `Problem` while the organisation takes no jobs."""
        roles = self._site.mesh.roles
        epoch = parse_epoch(roles.org.current().raw)
        nodes = tuple(self._recipient(node.info.chain) for node in roles.nodes.values())
        return Recipients(
            ORG, self._recipient(roles.vault.chain), nodes, OrgRecipient(epoch.epoch, epoch.box_key, epoch.suite)
        )

    def _recipient(self, chain: tuple[bytes, ...]) -> Recipient:
        holder = self._site.mesh.roles.verifier.identify(chain)
        return Recipient(holder.id, holder.box_key or b"")

    async def _hand_in(self, sealed: SealedJob, document: bytes) -> None:
        signed = signed_document(Signed(sealed.manifest_raw, sealed.signature, sealed.chain))
        announced = json.dumps({**signed, "job_box": encode_octets(sealed.job_box)}).encode()
        await self._ask(Request("POST", "/v1/jobs", self._identity, body=announced))
        body = list(sealed.body_sealer(self._token).seal([document], len(document)))
        path, length = f"/v1/jobs/{sealed.manifest.job_id}/body", str(sum(map(len, body)))
        headers = {"content-length": length}
        await self._ask(Request("PUT", path, self._identity, headers=headers, stream=_stream(body)))

    async def _ask(self, request: Request) -> Mapping[str, object]:
        """The answer. Raises `Problem`."""
        reply = await self._site.mesh.api.handle(request)
        answer = reply.json or {}
        if reply.status >= 400:
            raise Problem(str(answer["code"]))
        return answer


async def _stream(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk

"""The computer of the people of a simulated world: seals real documents, and hands them to the mesh."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from firmware.vault import delegation as delegations
from firmware.vault import signing
from firmware.vault.attributes import Attributes
from firmware.vault.delegation import Delegation, SignedDelegation
from firmware.vault.fields import encode_octets
from firmware.vault.identity import Identity, IdentityError
from firmware.vault.seal import OrgRecipient, Recipient, Recipients, SealedJob, Token, seal_job
from hal.ports.clock import Clock
from tools.bench.documents import pdf
from tools.bench.site import ORG, CannotDoError, Site
from tools.edgemesh.interface.exchange import Request
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.peers import delegation_document, signed_document
from tools.edgemesh.signed import Signed
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
        self.documents: dict[str, Submitted] = {}
        """By job id."""

    async def submit(self, pages: int, user: str, sides: str = "") -> str:
        """Seal a document and hand it in; the job's id once the mesh says that it is held. Raises `CannotDoError`."""
        if not self._site.serving:
            raise CannotDoError("not submitted: the mesh is not running")
        mark = f"plain-{self._token(8).hex()}"
        document = pdf(pages, mark)
        try:
            sealed = self._seal(document, Attributes(f"{mark}.pdf", pages=pages, sides=sides), user)
            await self._hand_in(sealed, document)
        except Problem as exc:
            raise CannotDoError(f"not submitted: {exc.code}") from exc
        self.documents[sealed.manifest.job_id] = Submitted(pages, document)
        return sealed.manifest.job_id

    def _seal(self, document: bytes, attributes: Attributes, user: str) -> SealedJob:
        return seal_job(
            owner=user,
            attributes=attributes,
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
        vault = self._recipient(roles.vault.identity.chain)
        return Recipients(ORG, vault, nodes, OrgRecipient(epoch.epoch, epoch.box_key, epoch.suite))

    def _recipient(self, chain: tuple[bytes, ...]) -> Recipient:
        holder = self._site.mesh.roles.verifier.identify(chain)
        return Recipient(holder.id, holder.box_key or b"")

    async def _hand_in(self, sealed: SealedJob, document: bytes) -> None:
        signed = signed_document(Signed(sealed.manifest_raw, sealed.signature, sealed.chain))
        announced = json.dumps({**signed, "job_box": encode_octets(sealed.job_box)}).encode()
        await self._ask(Request("POST", "/v1/jobs", self._identity(), body=announced))
        body = list(sealed.body_sealer(self._token).seal([document], len(document)))
        path, length = f"/v1/jobs/{sealed.manifest.job_id}/body", str(sum(map(len, body)))
        headers = {"content-length": length}
        await self._ask(Request("PUT", path, self._identity(), headers=headers, stream=_stream(body)))

    async def delegate(self, owner: str, delegate: str, seconds: float) -> None:
        """Sign that one person may release another's jobs. Raises `CannotDoError`."""
        begins = self._clock.now().replace(microsecond=0)
        ends = begins + timedelta(seconds=int(seconds))
        given = Delegation(ORG, f"d-{self._token(16).hex()}", owner, delegate, begins, ends)
        raw, keys = delegations.encode(given), self._site.client
        signed = SignedDelegation(raw, keys.signer.sign(signing.DELEGATION, raw), keys.chain)
        body = json.dumps(delegation_document(signed)).encode()
        try:
            await self._ask(Request("POST", "/v1/delegations", self._identity(), body=body))
        except Problem as exc:
            raise CannotDoError(f"not delegated: {exc.code}") from exc

    async def end_delegations(self, owner: str) -> None:
        """End all that a person gave. Raises `CannotDoError`."""
        for one in self._site.mesh.roles.vault.desk.delegations.own([owner]):
            path = f"/v1/delegations/{one.delegation_id}"
            try:
                await self._ask(Request("DELETE", path, self._identity()))
            except Problem as exc:
                raise CannotDoError(f"not ended: {exc.code}") from exc

    def _identity(self) -> Identity:
        """As the mesh finds it at each connection. Raises `CannotDoError` where it hangs up."""
        try:
            return self._site.mesh.identity(self._site.client)
        except IdentityError as exc:
            raise CannotDoError(f"the mesh does not accept this computer: {exc.code}") from exc

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

"""What the roles ask of each other, in one process or three: the same JSON, checked by the same routes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from firmware.vault.fields import encode_octets
from tools.edgemesh.evidence import Evidence, Signed
from tools.edgemesh.shapes import Fields, octets_texts


class Caller(Protocol):
    """Sends one request to another role as this role's identity."""

    async def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Fields:
        """The JSON of a successful answer (no fields for 204). Raises the `Problem` that was answered, or
        peer-unreachable."""
        ...


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """How a node presents itself: its chain (with its box key) and the URL under which clients reach it."""

    node_id: str
    chain: tuple[bytes, ...] = field(repr=False)
    url: str


@dataclass(frozen=True, slots=True)
class NodePart:
    """A node's part, boxed to a station, and where that station may fetch the body."""

    node_id: str
    suite: str
    box: bytes = field(repr=False)
    body_url: str


@dataclass(frozen=True, slots=True)
class OrgPart:
    """The org part, boxed to a station."""

    epoch: int
    suite: str
    box: bytes = field(repr=False)


class NodePeer:
    """A holding node, as the vault sees it."""

    def __init__(self, node_id: str, caller: Caller) -> None:
        self.node_id, self._caller = node_id, caller

    async def info(self) -> NodeInfo:
        fields = await self._caller.call("GET", self._path("/v1/node"))
        return NodeInfo(fields.text("id"), fields.chain("chain"), fields.text("url"))

    async def expect(self, manifest: Signed) -> str:
        """Reserve room for a job's body; the URL to PUT it to. Raises `Problem`: mesh-full, manifest codes."""
        answer = await self._caller.call("POST", self._path("/v1/holdings"), signed_document(manifest))
        return answer.text("body_url")

    async def part(self, evidence: Evidence) -> NodePart:
        """Raises `Problem`: part-withdrawn, part-refused, job-unknown, …"""
        fields = await self._caller.call("POST", self._path("/v1/parts/node"), evidence_document(evidence))
        return NodePart(fields.text("node_id"), fields.text("suite"), fields.blob("box"), fields.text("body_url"))

    async def drop(self, job_id: str) -> None:
        """Have the body deleted; no error when it is gone."""
        await self._caller.call("DELETE", self._path(f"/v1/holdings/{job_id}"))

    def _path(self, path: str) -> str:
        return f"{path}?node={self.node_id}"


class OrgPeer:
    """The org key service, as the vault sees it."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def epoch(self) -> Signed:
        """The current epoch's statement."""
        fields = await self._caller.call("GET", "/v1/epoch")
        return Signed(fields.blob("statement"), fields.blob("signature"), fields.chain("chain"))

    async def part(self, evidence: Evidence) -> OrgPart:
        """Raises `Problem`: part-withdrawn, part-refused, …"""
        fields = await self._caller.call("POST", "/v1/parts/org", evidence_document(evidence))
        return OrgPart(fields.number("epoch"), fields.text("suite"), fields.blob("box"))


@dataclass(frozen=True, slots=True)
class Holders:
    """How far a job's arrival is."""

    state: str
    holders: tuple[str, ...]
    required: int


class VaultPeer:
    """The vault, as a node sees it."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def held(self, job_id: str, digest: str) -> Holders:
        """Tell that the body is whole and synced here."""
        body = {"job": job_id, "digest": digest}
        fields = await self._caller.call("POST", "/v1/holders", body)
        return Holders(fields.text("state"), fields.texts("holders"), fields.number("required"))

    async def lost(self, job_id: str) -> None:
        """Tell that the body is missing here."""
        await self._caller.call("DELETE", f"/v1/holders/{job_id}")

    async def lease(self, release_id: str) -> tuple[str, str]:
        """The job and station of a release whose lease is alive. Raises `Problem`."""
        fields = await self._caller.call("GET", f"/v1/leases/{release_id}")
        return fields.text("job"), fields.text("station")


def signed_document(signed: Signed) -> dict[str, object]:
    """A signed manifest as JSON."""
    return {
        "manifest": encode_octets(signed.raw),
        "signature": encode_octets(signed.signature),
        "chain": octets_texts(signed.chain),
    }


def evidence_document(evidence: Evidence) -> dict[str, object]:
    """Evidence as JSON."""
    request, session, manifest = evidence.request, evidence.session, evidence.manifest
    return {
        "release": evidence.release_id,
        "request": encode_octets(request.raw),
        "request_signature": encode_octets(request.signature),
        "chain": octets_texts(request.chain),
        "session_statement": encode_octets(session.raw),
        "session_signature": encode_octets(session.signature),
        "session_chain": octets_texts(session.chain),
        "manifest": encode_octets(manifest.raw),
        "manifest_signature": encode_octets(manifest.signature),
        "manifest_chain": octets_texts(manifest.chain),
    }


def read_signed(fields: Fields) -> Signed:
    """A signed manifest from JSON. Raises `Problem` json-malformed."""
    return Signed(fields.blob("manifest"), fields.blob("signature"), fields.chain("chain"))


def read_evidence(fields: Fields) -> Evidence:
    """Evidence from JSON. Raises `Problem` json-malformed."""
    request = Signed(fields.blob("request"), fields.blob("request_signature"), fields.chain("chain"))
    session = Signed(fields.blob("session_statement"), fields.blob("session_signature"), fields.chain("session_chain"))
    manifest = Signed(fields.blob("manifest"), fields.blob("manifest_signature"), fields.chain("manifest_chain"))
    return Evidence(fields.text("release", 64), request, session, manifest)

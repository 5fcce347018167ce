"""What the roles ask of each other, in one process or three: the same JSON, checked by the same routes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from firmware.vault.delegation import SignedDelegation
from firmware.vault.denials import MAX_BYTES, SignedDenyList
from firmware.vault.fields import FieldError, encode_octets, read_time
from tools.edgemesh.evidence import Evidence
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.interface.shapes import Fields, octets_texts
from tools.edgemesh.signed import Signed
from tools.edgemesh.storage.records import Held


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


@dataclass(frozen=True, slots=True)
class NodeMember:
    """A node as the registrar lists it: active, with the start of its last certificate's validity. `url` is empty for
    one of the site itself."""

    id: str
    url: str
    not_before: datetime


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

    async def ask(self, path: str, body: Mapping[str, object]) -> Fields:
        """POST a document to this node, whatever it is. Raises `Problem`."""
        return await self._caller.call("POST", self._path(path), body)

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

    async def ask(self, path: str, body: Mapping[str, object]) -> Fields:
        """POST a document to the service, whatever it is. Raises `Problem`."""
        return await self._caller.call("POST", path, body)

    async def closing(self) -> dict[int, Held]:
        """The epochs that others have followed and whose keys are still there; what becomes of their jobs."""
        fields = await self._caller.call("GET", "/v1/epochs")
        return {inner.number("epoch"): held_policy(inner) for inner in fields.inners("epochs")}

    async def place(self, manifest: Signed) -> int:
        """The epoch of a job's org part, which is sealed anew first where that is due. Raises `Problem`."""
        fields = await self._caller.call("POST", "/v1/reboxes", signed_document(manifest))
        return fields.number("epoch")

    async def retire(self, epoch: int) -> None:
        """Have the key of an epoch destroyed that no job needs; no error when it is. Raises `Problem` epoch-current."""
        await self._caller.call("POST", f"/v1/epochs/{epoch}/retirement", {})


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

    async def withdrawn(self, job_id: str) -> None:
        """Tell that this node was told to drop its part."""
        await self._caller.call("DELETE", f"/v1/holders/{job_id}?withdrawn=1")

    async def lease(self, release_id: str) -> tuple[str, str]:
        """The job and station of a release whose lease is alive. Raises `Problem`."""
        fields = await self._caller.call("GET", f"/v1/leases/{release_id}")
        return fields.text("job"), fields.text("station")


def held_policy(fields: Fields) -> Held:
    """What becomes of held jobs, from JSON. Raises `Problem` json-malformed."""
    text = fields.text("held", 16)
    if text not in set(Held):
        raise Problem("json-malformed", f"held: {', '.join(Held)} wanted")
    return Held(text)


class RegistrarPeer:
    """The registrar, as the other roles see it."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def denials(self) -> SignedDenyList:
        """The latest issue of the deny list; nothing is verified yet."""
        fields = await self._caller.call("GET", "/v1/denials")
        return SignedDenyList(fields.blob("list", MAX_BYTES), fields.blob("signature"))

    async def nodes(self) -> list[NodeMember]:
        """The active nodes."""
        fields = await self._caller.call("GET", "/v1/nodes")
        return [_node_member(node) for node in fields.inners("nodes")]

    async def deny_delegation(self, delegation_id: str) -> None:
        """Have the deny list name a delegation that was ended; no error when it does."""
        await self._caller.call("PUT", f"/v1/denials/{delegation_id}")

    async def lift_delegation(self, delegation_id: str) -> None:
        """Have the deny list no longer name one whose time is over; no error when it does not."""
        await self._caller.call("DELETE", f"/v1/denials/{delegation_id}")

    async def renew(self, signed: Signed) -> tuple[bytes, ...]:
        """A new chain for whoever signed the request. Raises `Problem`: identity-revoked, identity-lapsed, …"""
        body = {
            "request": encode_octets(signed.raw),
            "signature": encode_octets(signed.signature),
            "chain": octets_texts(signed.chain),
        }
        return (await self._caller.call("POST", "/.well-known/est/simplereenroll", body)).chain("chain")


def _node_member(fields: Fields) -> NodeMember:
    try:
        begins = read_time(fields.text("not_before", 20))
    except FieldError as exc:
        raise Problem("peer-unreachable", "its answer makes no sense") from exc
    return NodeMember(fields.text("id", 63), fields.text("url") if fields.filled("url") else "", begins)


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
        **_lease_document(evidence.lease),
        **delegation_document(evidence.delegation),
    }


def _lease_document(lease: Signed | None) -> dict[str, object]:
    if lease is None:
        return {}
    return {
        "lease_statement": encode_octets(lease.raw),
        "lease_signature": encode_octets(lease.signature),
        "lease_chain": octets_texts(lease.chain),
    }


def delegation_document(delegation: SignedDelegation | None) -> dict[str, object]:
    """A delegation as JSON, no fields where there is none."""
    if delegation is None:
        return {}
    return {
        "delegation": encode_octets(delegation.raw),
        "delegation_signature": encode_octets(delegation.signature),
        "delegation_chain": octets_texts(delegation.chain),
    }


def read_signed(fields: Fields) -> Signed:
    """A signed manifest from JSON. Raises `Problem` json-malformed."""
    return Signed(fields.blob("manifest"), fields.blob("signature"), fields.chain("chain"))


def read_evidence(fields: Fields) -> Evidence:
    """Evidence from JSON. Raises `Problem` json-malformed."""
    request = Signed(fields.blob("request"), fields.blob("request_signature"), fields.chain("chain"))
    session = Signed(fields.blob("session_statement"), fields.blob("session_signature"), fields.chain("session_chain"))
    manifest = Signed(fields.blob("manifest"), fields.blob("manifest_signature"), fields.chain("manifest_chain"))
    return Evidence(
        fields.text("release", 64), request, session, manifest, _read_lease(fields), read_delegation(fields)
    )


def _read_lease(fields: Fields) -> Signed | None:
    if not fields.has("lease_statement"):
        return None
    return Signed(fields.blob("lease_statement"), fields.blob("lease_signature"), fields.chain("lease_chain"))


def read_delegation(fields: Fields) -> SignedDelegation | None:
    """A delegation from JSON, where there is one. Raises `Problem` json-malformed."""
    if not fields.has("delegation"):
        return None
    signature, chain = fields.blob("delegation_signature"), fields.chain("delegation_chain")
    return SignedDelegation(fields.blob("delegation"), signature, chain)

"""The roles of a mesh as GET /v1/mesh describes them, right in every field, to be spoilt one by one."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from firmware.vault import boxes, signing
from firmware.vault.fields import encode_object, encode_octets, encode_time
from firmware.vault.identity import Kind
from tests.support.octets import b64
from tests.support.pki import ORG, Holder, Pki

Json = dict[str, Any]


def described(holder: Holder) -> Json:
    return {"id": holder.id, "chain": [b64(der) for der in holder.chain], "url": "https://h"}


@dataclass(frozen=True, slots=True)
class Roles:
    """A vault, two nodes, a key service with an epoch key (private and public, raw)."""

    vault: Holder
    nodes: tuple[Holder, Holder]
    service: Holder
    epoch_private: bytes = field(repr=False)
    epoch_key: bytes

    @classmethod
    def of(cls, pki: Pki, *hosts: str) -> Self:
        nodes = pki.holder(Kind.NODE, "n-1", hosts=hosts), pki.holder(Kind.NODE, "n-2", hosts=hosts)
        vault, service = pki.holder(Kind.VAULT, "v", hosts=hosts), pki.holder(Kind.ORG, "o")
        return cls(vault, nodes, service, *boxes.new_box_key())

    def epoch(self, now: datetime, signer: Holder | None = None, **changes: object) -> Json:
        """The signed statement; a change to None leaves the field out."""
        statement = {
            "v": 1,
            "org_id": ORG,
            "epoch": 3,
            "suite": boxes.SUITE,
            "box_key": encode_octets(self.epoch_key),
            "not_after": encode_time(now + timedelta(days=1)),
        }
        signer = signer or self.service
        raw = encode_object({name: value for name, value in (statement | changes).items() if value is not None})
        signature = signer.signer.sign(signing.EPOCH, raw)
        return {"statement": b64(raw), "signature": b64(signature), "chain": described(signer)["chain"]}

    def mesh(self, now: datetime) -> Json:
        """The answer to GET /v1/mesh."""
        return {
            "org_id": ORG,
            "replicas": 1,
            "max_job_bytes": 2**31,
            "vault": described(self.vault),
            "nodes": [described(node) for node in self.nodes],
            "epoch": self.epoch(now),
        }

"""The three key parts of a job, and the keys that HKDF-SHA256 (RFC 5869) makes of them."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PART_BYTES = 32
SALT_BYTES = 32
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Parts:
    """Three secrets of 32 bytes; whoever lacks one can read nothing."""

    job: bytes = field(repr=False)
    node: bytes = field(repr=False)
    org: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keys:
    """Of 32 bytes each: for the body, to check the parts (the commitment), for the attributes."""

    body: bytes = field(repr=False)
    check: bytes = field(repr=False)
    attributes: bytes = field(repr=False)


def length_prefixed(*fields: str | bytes) -> bytes:
    """`u32be(length) || bytes` of each field in turn, text as UTF-8: no two lists of fields look alike."""
    encoded = [item.encode() if isinstance(item, str) else item for item in fields]
    return b"".join(len(item).to_bytes(4, "big") + item for item in encoded)


def derive(parts: Parts, salt: bytes, org_id: str, job_id: str) -> Keys:
    """All keys of a job, from all three parts and the manifest's salt (32 bytes)."""
    material, ids = length_prefixed(parts.job, parts.node, parts.org), length_prefixed(org_id, job_id)
    return Keys(
        body=_hkdf(material, salt, b"lockgate/v1/body" + ids),
        check=_hkdf(material, salt, b"lockgate/v1/commitment" + ids),
        attributes=attribute_key(parts.node, parts.org, salt, org_id, job_id),
    )


def attribute_key(node: bytes, org: bytes, salt: bytes, org_id: str, job_id: str) -> bytes:
    """The key of the attributes, which needs no job part: a title can be shown before the document may be opened."""
    return _hkdf(length_prefixed(node, org), salt, b"lockgate/v1/attributes" + length_prefixed(org_id, job_id))


def _hkdf(material: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt, info).derive(material)

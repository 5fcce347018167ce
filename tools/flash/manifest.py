"""The signed manifest of a release: which images there are, how large, and their hashes; and who has signed it.

`NAME.json`, JSON, and beside it `NAME.json.sig`, the 64 bytes of an Ed25519 signature (RFC 8032 5.1) over its bytes, as
`openssl pkeyutl -sign -rawin` makes one. `format` stands first in it and is signed with the rest."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from tools.flash.errors import FlashError

FORMAT = "lockgate-image-manifest-1"
BUILT_IN = Path(__file__).with_name("release.pem")
"""The public key of the releases, put here as one is built; a checkout has none."""
SIGNATURE_BYTES = 64
MOST_BYTES = 1024 * 1024
MOST_SIZE = 2**40
_HASH = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]{0,199}")
_KEYS = {"name", "size", "sha256", "image_size", "image_sha256"}


@dataclass(frozen=True, slots=True)
class Listed:
    """An image: `size` and `sha256` (hex) of the file as it is fetched, `image_…` of what is written to the disk."""

    name: str
    size: int
    sha256: str
    image_size: int
    image_sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`version` and `date` (YYYY-MM-DD) of the release, and its images."""

    version: str
    date: str
    images: tuple[Listed, ...]

    def image(self, name: str) -> Listed:
        """Raises `FlashError` image-unlisted."""
        for one in self.images:
            if one.name == name:
                return one
        raise FlashError(f"the manifest has no image {name}", code="image-unlisted")


def parse(raw: bytes) -> Manifest:
    """A manifest, once its signature is good. Raises `FlashError` image-untrusted."""
    try:
        found = json.loads(raw.decode()) if len(raw) <= MOST_BYTES else None
    except (ValueError, RecursionError) as exc:
        raise _strange("not JSON") from exc
    if (
        not isinstance(found, dict)
        or found.get("format") != FORMAT
        or set(found) != {"format", "version", "date", "images"}
    ):
        raise _strange(f"not a {FORMAT}")
    version, date, images = found["version"], found["date"], found["images"]
    if not isinstance(version, str) or not _NAME.fullmatch(version):
        raise _strange("version")
    if not isinstance(date, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", date, re.ASCII):
        raise _strange("date")
    if not isinstance(images, list) or not 0 < len(images) <= 64:
        raise _strange("images")
    return Manifest(version, date, tuple(map(_listed, images)))


def written(manifest: Manifest) -> bytes:
    """The bytes to sign."""
    images = [
        {key: getattr(one, key) for key in ("name", "size", "sha256", "image_size", "image_sha256")}
        for one in manifest.images
    ]
    found = {"format": FORMAT, "version": manifest.version, "date": manifest.date, "images": images}
    return json.dumps(found, indent=1).encode() + b"\n"


def verified(raw: bytes, signature: bytes, keys: Sequence[Ed25519PublicKey]) -> Manifest:
    """The manifest, where one of these keys has signed it. Raises `FlashError` image-untrusted."""
    for key in keys:
        try:
            key.verify(signature, raw)
        except InvalidSignature:
            continue
        return parse(raw)
    raise FlashError("the manifest's signature is not of the release's key", code="image-untrusted")


def public_key(path: Path | None) -> Ed25519PublicKey:
    """A key to trust: the one in the file, else the built-in one. Raises `FlashError`."""
    if path is None and not BUILT_IN.exists():
        raise FlashError("there is no built-in key of the releases", code="release-key-missing")
    try:
        key = load_pem_public_key(_key_file(path or BUILT_IN))
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise FlashError(f"{path or BUILT_IN} is no public key", code="release-key-malformed") from exc
    if not isinstance(key, Ed25519PublicKey):
        raise FlashError(f"{path or BUILT_IN} is no Ed25519 key", code="release-key-malformed")
    return key


def private_key(path: Path) -> Ed25519PrivateKey:
    """A key to sign with, unencrypted. Raises `FlashError`."""
    try:
        key = load_pem_private_key(_key_file(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise FlashError(f"{path} is no private key without a password", code="release-key-malformed") from exc
    if not isinstance(key, Ed25519PrivateKey):
        raise FlashError(f"{path} is no Ed25519 key", code="release-key-malformed")
    return key


def key_name(key: Ed25519PublicKey) -> str:
    """By what people compare keys: the SHA-256 of its 32 bytes, in hex."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def _key_file(path: Path) -> bytes:
    try:
        return path.read_bytes()[:MOST_BYTES]
    except OSError as exc:
        raise FlashError(f"{path}: {exc.strerror}", code="release-key-missing") from exc


def _listed(found: Any) -> Listed:
    if not isinstance(found, dict) or set(found) != _KEYS:
        raise _strange("an image's keys")
    one = Listed(**found)
    sizes, hashes = (one.size, one.image_size), (one.sha256, one.image_sha256)
    if not isinstance(one.name, str) or not _NAME.fullmatch(one.name):
        raise _strange("an image's name")
    if not all(type(size) is int and 0 < size <= MOST_SIZE for size in sizes):
        raise _strange("an image's size")
    if not all(isinstance(each, str) and _HASH.fullmatch(each) for each in hashes):
        raise _strange("an image's hash")
    return one


def _strange(what: str) -> FlashError:
    return FlashError(f"the manifest: {what}", code="image-untrusted")

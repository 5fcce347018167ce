"""What both sides of a pairing compute alike: the commitment to a nonce, and the short code of the whole transcript.

The device commits to its nonce before it sees the mesh's, so whoever stands between has one guess at the code and
cannot try keys until it fits (as in ZRTP, RFC 6189 4.4.1, and the Matrix protocol's short authentication strings)."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

NONCE_BYTES = 32
CODE_DIGITS = 12
_COMMITMENT = b"lockgate/v1/pairing-commitment\x00"
_TRANSCRIPT = b"lockgate/v1/pairing\x00"


@dataclass(frozen=True, slots=True)
class Transcript:
    """Everything both sides saw. `csr` and `ca` are DER, `box_key` is a raw X25519 public key or empty; `url` and
    `hosts` are where a node will answer."""

    kind: str
    name: str
    csr: bytes = field(repr=False)
    box_key: bytes = field(repr=False)
    ca: bytes = field(repr=False)
    mesh_nonce: bytes = field(repr=False)
    device_nonce: bytes = field(repr=False)
    enrolment: str
    users: tuple[str, ...] = field(repr=False, default=())
    url: str = ""
    hosts: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """Twelve decimal digits, 39 bits."""
        number = int.from_bytes(self._digest()[:8], "big") % 10**CODE_DIGITS
        return f"{number:0{CODE_DIGITS}d}"

    def _digest(self) -> bytes:
        digest = hashlib.sha256(_TRANSCRIPT)
        for item in self._items():
            digest.update(len(item).to_bytes(4, "big") + item)
        return digest.digest()

    def _items(self) -> Iterable[bytes]:
        yield from (self.kind.encode(), self.name.encode(), self.csr, self.box_key, self.ca)
        yield from (self.mesh_nonce, self.device_nonce, self.enrolment.encode(), "\n".join(sorted(self.users)).encode())
        if self.url or self.hosts:  # a node's: who stands between must not put other addresses in its certificate
            yield from (self.url.encode(), "\n".join(sorted(self.hosts)).encode())


def commitment(nonce: bytes) -> bytes:
    """What the device sends first: it binds it to the nonce without telling it."""
    return hashlib.sha256(_COMMITMENT + nonce).digest()


def shown(code: str) -> str:
    """A code as a person reads it: two groups of six digits."""
    return f"{code[:6]} {code[6:]}"


def typed(text: str) -> str:
    """A code as a person types it: blanks and hyphens do not count. Empty when it cannot be one."""
    digits = "".join(text.split()).replace("-", "")
    return digits if len(digits) == CODE_DIGITS and digits.isascii() and digits.isdigit() else ""


def fits(code: str, text: str) -> bool:
    """Whether what was typed is the code; in constant time."""
    return hmac.compare_digest(code.encode(), typed(text).encode())

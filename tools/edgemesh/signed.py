"""A signed document as it travels between the roles."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Signed:
    """A document's exact bytes, the signature over them, and the signer's chain (DER, leaf first)."""

    raw: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)

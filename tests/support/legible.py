"""What there is to read in what was written: without hashes and signatures, which hold any short word by chance."""

import base64
import binascii
import re

_NAMED = re.compile(rb'"(signature|chain|prev|hash|after|digest|fingerprint)":"[^"]*"')
_LONG = re.compile(rb"[A-Za-z0-9+/]{40,}={0,2}")
"""Base64, such as a receipt's parts in the ledger."""


def legible(written: bytes) -> bytes:
    """The bytes without what only looks like words. A text within Base64 is read, and stands in its place."""
    return _LONG.sub(_decoded, _NAMED.sub(b"", written) if b'"signature"' in written else written)


def _decoded(found: "re.Match[bytes]") -> bytes:
    try:
        data = base64.b64decode(found.group(), validate=True)
        data.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return b""
    return data

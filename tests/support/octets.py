"""Octets as they travel in JSON."""

from base64 import b64decode, b64encode


def b64(octets: bytes) -> str:
    return b64encode(octets).decode()


def unbase64(text: object) -> bytes:
    """Strictly: `ValueError` for anything else in it."""
    return b64decode(str(text), validate=True)

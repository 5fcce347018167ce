"""Files that somebody names on the command line, read no further than need be."""

from pathlib import Path

from firmware.errors import LockgateError
from firmware.vault.identity import IdentityError, TrustAnchor

MOST_CA = 1 << 20
"""Bytes of a file of CA certificates."""


class GivenError(LockgateError):
    """Codes: `ca-unusable` (the file of --ca cannot be read, or holds no CA certificate), `receipt-unreadable`."""

    code = "ca-unusable"


def start_of(path: Path, most: int, code: str) -> bytes:
    """So many bytes of a file, or all. Raises `GivenError` with that code."""
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as exc:
        raise GivenError(f"{path}: {exc.strerror}", code=code) from exc


def anchor_in(path: Path) -> TrustAnchor:
    """The CA certificates in a file. Raises `GivenError`."""
    try:
        return TrustAnchor(start_of(path, MOST_CA, "ca-unusable"))
    except IdentityError as exc:
        raise GivenError(f"{path}: {exc.detail}") from exc

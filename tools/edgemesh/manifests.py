"""Manifests that were read before: a list of a person's jobs has every role read the same few again."""

from functools import lru_cache

from firmware.vault.manifest import Manifest
from firmware.vault.manifest import parse as parse_manifest

_KEPT = 256
"""Of at most 64 KiB each, most of some 2 KiB."""


@lru_cache(maxsize=_KEPT)
def parsed(raw: bytes) -> Manifest:
    """As `firmware.vault.manifest.parse`: a pure function of the bytes. Nothing is verified by it."""
    return parse_manifest(raw)

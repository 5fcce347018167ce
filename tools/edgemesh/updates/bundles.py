"""Bundles on the mesh's own disk: each under its digest, with what its signer says beside it."""

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from firmware.updates.blocks import HEAD_BYTES, MOST_SIGNATURE
from hal.ports.installer import BundleEnds
from tools.edgemesh.interface.exchange import OpenBody
from tools.edgemesh.site import Site
from tools.edgemesh.storage.bodies import FileBody, sync_directory
from tools.edgemesh.updates.kept import KeptError, encode_bundle, read_bundle
from tools.edgemesh.updates.rollout import Bundle

_BUNDLE, _SAID = ".raucb", ".json"
_PIECE = 2**20


class Bundles(Protocol):
    """Those there are. Calls block, and raise `OSError`."""

    def all(self) -> Mapping[str, Bundle]:
        """By their digests."""
        ...

    def open(self, digest: str) -> OpenBody | None:
        """For reading."""
        ...


class FileBundles:
    """`Bundles` in a directory, which `edgemesh update add` may fill while the mesh runs."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def all(self) -> Mapping[str, Bundle]:
        """Whole ones: what is said of a bundle is written after it."""
        if not self._directory.is_dir():
            return {}
        found = {}
        for said in self._directory.glob(f"*{_SAID}"):
            try:
                bundle = read_bundle(said.read_bytes())
            except KeptError:
                continue
            if said.stem == bundle.digest:
                found[bundle.digest] = bundle
        return found

    def open(self, digest: str) -> OpenBody | None:
        """None where there is none."""
        try:
            return FileBody(self._directory / f"{digest}{_BUNDLE}")
        except FileNotFoundError:
            return None

    def add(self, source: Path, version: Bundle) -> Bundle:
        """Copy a bundle here, durably; of `version` digest and size are found out. Again is no error."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest, size = digest_of(source)
        bundle = Bundle(digest, version.version, version.compatible, size)
        for name, write in ((f"{digest}{_BUNDLE}", None), (f"{digest}{_SAID}", encode_bundle(bundle))):
            aside = self._directory / f".{name}.{os.getpid()}"
            if write is None:
                shutil.copyfile(source, aside)
            else:
                aside.write_bytes(write)
            with aside.open("rb") as file:
                os.fsync(file.fileno())
            aside.replace(self._directory / name)
            sync_directory(self._directory)
        return bundle


def bundle_directory(site: Site) -> Path:
    """Of a mesh."""
    return site.directory / "bundles"


def ends_of(path: Path) -> BundleEnds:
    """What of a bundle says what it is. Raises `OSError`."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size < HEAD_BYTES:
            return BundleEnds(size, b"", b"")
        file.seek(size - 8)
        tail = min(int.from_bytes(file.read(8), "big"), MOST_SIGNATURE) + 8
        file.seek(0)
        head = file.read(HEAD_BYTES)
        file.seek(max(0, size - tail))
        return BundleEnds(size, head, file.read())


def digest_of(path: Path) -> tuple[str, int]:
    """SHA-256 in hex, and the length in bytes."""
    running, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            running.update(piece)
            size += len(piece)
    return running.hexdigest(), size

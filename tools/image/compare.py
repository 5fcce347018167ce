"""Whether a second build from nothing gives the same bytes, and where it does not, which files differ."""

import hashlib
import io
import os
import stat
import struct
from collections.abc import Iterator
from pathlib import Path

from tools.image.errors import ImageError

PARTS = (
    *("initrd.img", "root.verity", "boot.vfat", "autoboot.vfat"),
    *("station.img", "station.img.zst", "station.cdx.json"),
)
PAYLOAD = "update bundle, without its salted hash tree and signature"
"""RAUC draws a salt for each bundle's tree, and ECDSA a number for each signature: both are new each time. What they
are over, a squashfs with everything that is installed, is compared."""
SQUASHFS = struct.Struct("<4s36xQ")
"""Magic and the bytes used, of the superblock (squashfs 4.0)."""


def same_parts(one: Path, other: Path, bundle: str) -> dict[str, bool]:
    """Of two folders with what was built, by the names of PARTS, and PAYLOAD, that of the file `bundle`. Raises
    `ImageError`."""
    found = {name: _digest(one / name) == _digest(other / name) for name in PARTS}
    return found | {PAYLOAD: _payload(one / bundle) == _payload(other / bundle)}


def parse_payload(raw: bytes) -> int:
    """How many bytes from its start on a bundle's squashfs has, by its superblock. Raises `ImageError`."""
    if len(raw) < SQUASHFS.size:
        raise ImageError("the bundle is too short")
    magic, used = SQUASHFS.unpack_from(raw)
    if magic != b"hsqs":
        raise ImageError("the bundle is no squashfs")
    return int(used)


def _payload(bundle: Path) -> str:
    with bundle.open("rb") as file:
        left = parse_payload(file.read(SQUASHFS.size))
        file.seek(0)
        digest = hashlib.sha256()
        while left and (block := file.read(min(left, io.DEFAULT_BUFFER_SIZE * 128))):
            digest.update(block)
            left -= len(block)
    return digest.hexdigest()


def differences(one: Path, other: Path) -> Iterator[str]:
    """The paths that are not the same in two trees, each with what differs: kind, mode, owner, target or content."""
    paths = {path.relative_to(tree) for tree in (one, other) for path in tree.rglob("*")}
    for path in sorted(paths):
        ours, theirs = one / path, other / path
        if not (os.path.lexists(ours) and os.path.lexists(theirs)):
            yield f"{path}: only in {one if os.path.lexists(ours) else other}"
        elif what := _difference(ours, theirs):
            yield f"{path}: {what}"


def _difference(ours: Path, theirs: Path) -> str:
    a, b = ours.lstat(), theirs.lstat()
    if stat.S_IFMT(a.st_mode) != stat.S_IFMT(b.st_mode):
        return "kind"
    if a.st_mode != b.st_mode:
        return "mode"
    if (a.st_uid, a.st_gid) != (b.st_uid, b.st_gid):
        return "owner"
    if ours.is_symlink():
        return "" if ours.readlink() == theirs.readlink() else "target"
    return "content" if ours.is_file() and _digest(ours) != _digest(theirs) else ""


def _digest(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()

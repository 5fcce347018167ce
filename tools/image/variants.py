"""Other versions of what was built, for trying updates: the same root with some files changed, signed by whom one
likes, and bundles that were tampered with."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.image.bootpart import command_line
from tools.image.build import last_commit
from tools.image.bundle import Signer, development_signer, make_bundle
from tools.image.layout import MIB, PARTITIONS, Slot
from tools.image.squash import Root, make_root
from tools.image.workplace import Workplace

QUICK = 3
"""The level of compression: a tenth larger than what ships, and made in seconds."""
VERSION = "usr/lib/lockgate/version"
HASH_OF_NOTHING = "0" * 64
NOISE = 16 * 1024
HEAD, FROM_END = 64 * 1024, 200
"""Where a tampered bundle has other bytes: well within its payload, and within its signature."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A version in a folder of its own; `files` are other contents by their paths in the root. `boots`: otherwise its
    kernel looks for a root of another hash."""

    version: str
    files: Mapping[str, str] = field(default_factory=dict)
    boots: bool = True


def make_variant(place: Workplace, variant: Variant, signer: Signer | None = None) -> Path:
    """The bundle. Raises `ImageError`."""
    folder = _folder(place, variant.version)
    changed = {}
    for number, (name, text) in enumerate({VERSION: f"{variant.version}\n", **variant.files}.items()):
        changed[name] = folder / f"file{number}"
        changed[name].write_text(text)
    root = make_root(place, last_commit(), folder / "root.verity", changed, QUICK)
    if not variant.boots:
        root = Root(root.file, root.hash_offset, HASH_OF_NOTHING)
    _boot(place, folder, root)
    return _signed(place, variant.version, folder, signer)


def make_empty(place: Workplace, version: str, signer: Signer | None = None, root_bytes: int = MIB) -> Path:
    """A bundle of the given size of root, with noise at its begin (which RAUC wants to be more than a page when packed)
    and nothing else in it: for boxes that refuse it. Raises `ImageError`."""
    folder = _folder(place, version)
    for name, size in (("root.verity", root_bytes), ("boot.vfat", MIB)):
        with (folder / name).open("wb") as file:
            file.write(os.urandom(NOISE))
            file.truncate(size)
    return _signed(place, version, folder, signer)


def other_signer(place: Workplace) -> Signer:
    """Somebody whom no box believes. Raises `ImageError`."""
    return development_signer(place, "signing-other")


def too_large() -> int:
    """Bytes of a root that no slot has room for."""
    return next(one.size for one in PARTITIONS if one.number == Slot.A.root) + MIB


def tampered(bundle: Path, at: int) -> Path:
    """A copy with one byte changed, counted from the end where `at` is negative."""
    copy = bundle.with_name(f"tampered{at}-{bundle.name}")
    shutil.copyfile(bundle, copy)
    with copy.open("r+b") as file:
        file.seek(at, 2 if at < 0 else 0)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 0x5A]))
    return copy


def _folder(place: Workplace, version: str) -> Path:
    folder = place.folder / "variants" / version
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _boot(place: Workplace, folder: Path, root: Root) -> None:
    boot = folder / "boot.vfat"
    place.run("cp", "--sparse=always", place.inside(place.out / "boot.vfat"), place.inside(boot))
    line = f"{command_line(root)}\n".encode()
    variables = {"MTOOLS_SKIP_CHECK": "1"}
    place.run("mcopy", "-o", "-i", place.inside(boot), "-", "::/cmdline.txt", stdin=line, variables=variables)


def _signed(place: Workplace, version: str, folder: Path, signer: Signer | None) -> Path:
    bundle = make_bundle(place, version, signer or development_signer(place), last_commit(), folder)
    for name in ("root.verity", "boot.vfat"):
        (folder / name).unlink()
    return bundle

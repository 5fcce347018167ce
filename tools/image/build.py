"""All steps of a build, one after the other, each told with its time."""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.image import application, compose, emulation, gate, lean, sbom
from tools.image.bootpart import make_boot, set_aside
from tools.image.bundle import Signer, development_signer, make_bundle
from tools.image.disk import IMAGE, make_disk
from tools.image.errors import ImageError
from tools.image.initramfs import make_initramfs
from tools.image.mirror import Mirror, configured
from tools.image.rootfs import make_base
from tools.image.squash import Root, make_root
from tools.image.toolbox import make_tools
from tools.image.workplace import ROOT, Workplace, run

BILL = "station.cdx.json"
LOCKGATE_EPOCH = 1_700_000_000
"""For a checkout that is none of git's, and so has no time of its own."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be built. `epoch` is the time in every file, seconds since 1970."""

    version: str
    epoch: int
    signer: Signer | None = None
    mirror: Mirror | None = None
    """Of Debian; that of this machine's apt where there is none."""


@dataclass(frozen=True, slots=True)
class Built:
    """What came of it."""

    image: Path
    bundle: Path
    root: Root


def last_commit(root: Path = ROOT) -> int:
    """When the checkout was last committed to: the same sources, the same time."""
    try:
        return int(run(["git", "-C", str(root), "log", "-1", "--format=%ct"]).strip())
    except (ImageError, ValueError):
        return LOCKGATE_EPOCH


def build(place: Workplace, order: Order, tell: Callable[[str], None]) -> Built:
    """From Debian's archive to the image, the bundle and the bill of materials. Raises `ImageError`."""
    started = time.monotonic()
    os.umask(0o022)  # what is made here ships with the modes that it is made with

    def step(words: str) -> None:
        tell(f"{time.monotonic() - started:6.1f} s  {words}")

    mirror = order.mirror or configured()
    step("tools: made" if make_tools(place, mirror) else "tools: there")
    emulation.enable(place)
    step("packages: installed" if make_base(place, mirror) else "packages: there")
    signer = order.signer or development_signer(place)
    wheels = make_system(place, order, signer)
    step("root file system: the application and our files are in it")
    return _pack(place, order, signer, wheels, step)


def make_system(place: Workplace, order: Order, signer: Signer) -> list[Path]:
    """The root file system with everything in it, gated; the wheels that went into it. Raises `ImageError`."""
    wheels = application.gather(place, order.epoch)
    compose.compose(place, wheels, order.version, order.epoch, signer.authority)
    gate.check_masked(place.rootfs, (*compose.MASKED, *lean.SPARED_UNITS))
    gate.check_units(place)
    gate.check_bytecode(place.rootfs)
    gate.check_imports(place)
    return wheels


def _pack(place: Workplace, order: Order, signer: Signer, wheels: list[Path], step: Callable[[str], None]) -> Built:
    place.out.mkdir(exist_ok=True)
    kernel = compose.kernel(place.rootfs)
    make_initramfs(place, place.rootfs, kernel, place.out / "initrd.img", order.epoch)
    step("initramfs")
    kept = place.folder / "boot-files"
    components = sbom.of_root(place.rootfs, wheels)
    set_aside(place.rootfs, kernel, kept)
    compose.strip(place)
    root = make_root(place, order.epoch)
    step(f"root: verity, {root.root_hash}")
    make_boot(place, root, kept, order.epoch)
    image = make_disk(place)
    step(f"{IMAGE}: {megabytes(image.with_name(IMAGE + '.zst'))} compressed")
    subject = sbom.Subject("lockgate-station", order.version, order.epoch, digest(image))
    (place.out / BILL).write_text(sbom.bill(components, subject))
    bundle = make_bundle(place, order.version, signer, order.epoch)
    step(f"{bundle.name}: {megabytes(bundle)}")
    return Built(image, bundle, root)


def megabytes(file: Path) -> str:
    """Its size in words, in MB of a million bytes."""
    return f"{file.stat().st_size / 1e6:.1f} MB"


def digest(file: Path) -> str:
    """SHA-256, in hex."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()

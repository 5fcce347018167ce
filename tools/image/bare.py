"""A bare Debian to measure the image against: the same packages, kernel, initramfs and verity, and nothing of ours.

What is done at the building of ours, so that no start does it again, is done for it too.
"""

import shutil
from pathlib import Path

from tools.image import compose
from tools.image.bootpart import make_boot, set_aside
from tools.image.disk import make_disk
from tools.image.squash import make_root
from tools.image.workplace import Workplace

UNIT = "bare-ready.service"
READY = "bare: ready"
SERVICE = f"""[Unit]
Description=Says that everything else was started
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/usr/bin/echo "{READY}"
StandardOutput=journal+console
[Install]
WantedBy=multi-user.target
"""
PRESET = Path("usr/lib/systemd/system-preset/10-lockgate.preset")
DATA = Path("usr/libexec/lockgate-data")
"""What the initramfs opens the data partition with: here there is none to open."""


def make_bare(place: Workplace, epoch: int) -> Workplace:
    """Its workplace, in that of ours, whose packages and initramfs it takes; `epoch` as everywhere. Raises
    `ImageError`."""
    bare = Workplace(place.folder / "bare")
    shutil.rmtree(bare.folder, ignore_errors=True)
    bare.out.mkdir(parents=True)
    bare.tools.symlink_to(place.tools.resolve())
    place.run("cp", "-a", place.inside(place.folder / "base"), place.inside(bare.rootfs))
    root = bare.rootfs
    compose.prune(root)
    (root / "etc/machine-id").write_text("")
    (root / "etc/systemd/system" / UNIT).write_text(SERVICE)
    (root / PRESET).parent.mkdir(parents=True, exist_ok=True)
    (root / PRESET).write_text(f"enable {UNIT}\n{preset((compose.FILES / PRESET).read_text())}")
    (root / DATA).parent.mkdir(parents=True, exist_ok=True)
    (root / DATA).write_text("#!/bin/sh\n")
    (root / DATA).chmod(0o755)
    compose.settle(bare, epoch)
    return _pack(bare, place.out / "initrd.img", epoch)


def preset(ours: str) -> str:
    """What ours switches on and off, without our own units."""
    return "".join(line for line in ours.splitlines(keepends=True) if "lockgate" not in line)


def _pack(bare: Workplace, initramfs: Path, epoch: int) -> Workplace:
    shutil.copy(initramfs, bare.out / "initrd.img")
    kept = bare.folder / "boot-files"
    set_aside(bare.rootfs, compose.kernel(bare.rootfs), kept)
    compose.strip(bare)
    make_boot(bare, make_root(bare, epoch), kept, epoch)
    make_disk(bare)
    return bare

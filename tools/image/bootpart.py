"""The FAT partitions: what the Pi's firmware reads, for both slots alike."""

import os
import shutil
from pathlib import Path

from tools.image.autoboot import Autoboot
from tools.image.layout import PARTITIONS, SIGNATURE, Slot
from tools.image.squash import Root
from tools.image.workplace import RECIPE, Workplace

FIRMWARE = (
    *("bootcode.bin", "start.elf", "start4.elf", "start_cd.elf", "start4cd.elf"),
    *("fixup.dat", "fixup4.dat", "fixup_cd.dat", "fixup4cd.dat"),
)
BOARDS = ("bcm2710*.dtb", "bcm2711*.dtb", "bcm2712*.dtb", "bcm2837*.dtb")


def command_line(root: Root) -> str:
    """The kernel's, without the slot: that is what the firmware says of itself."""
    words = [
        "console=tty0 console=serial0,115200 ro panic=10 quiet loglevel=4",
        f"lockgate.disk={SIGNATURE:08x} lockgate.roothash={root.root_hash} lockgate.hashoffset={root.hash_offset}",
        "systemd.gpt_auto=0 systemd.swap=0 systemd.getty_auto=no systemd.show_status=no rd.systemd.gpt_auto=0",
    ]
    return " ".join(words)


def set_aside(root: Path, kernel: str, target: Path) -> None:
    """Take out of the root file system what lies on the boot partition only: firmware, kernel, device trees."""
    _emptied(target)
    modules = root / "usr/lib/modules" / kernel
    for name in FIRMWARE:
        shutil.copyfile(root / "usr/lib/raspi-firmware" / name, target / name)
    for pattern in BOARDS:
        for file in sorted((modules / "dtb" / "broadcom").glob(pattern)):
            shutil.copyfile(file, target / file.name)
    shutil.copyfile(modules / "vmlinuz", target / "vmlinuz")
    for name in ("dtb", "vmlinuz", "System.map", "config"):
        path = modules / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def make_boot(place: Workplace, root: Root, files: Path, epoch: int) -> None:
    """Write `boot.vfat` and the folder it was made of, and `autoboot.vfat`; `files` are those of `set_aside`, the
    initramfs lies in `place.out`. Raises `ImageError`."""
    folder = _emptied(place.out / "boot")
    shutil.copytree(files, folder, dirs_exist_ok=True)
    shutil.copyfile(place.out / "initrd.img", folder / "initrd.img")
    shutil.copyfile(RECIPE / "boot" / "config.txt", folder / "config.txt")
    (folder / "cmdline.txt").write_text(command_line(root) + "\n")
    make_fat(place, folder, Slot.A.boot, "boot.vfat", epoch)
    auto = _emptied(place.out / "auto")
    shutil.copyfile(files / "bootcode.bin", auto / "bootcode.bin")
    (auto / "autoboot.txt").write_text(Autoboot(Slot.A, Slot.B).text())
    make_fat(place, auto, 1, "autoboot.vfat", epoch)


def make_fat(place: Workplace, folder: Path, number: int, name: str, epoch: int) -> None:
    """A FAT of the partition `number` with the files of `folder`, all their times `epoch`. Raises `ImageError`."""
    partition = next(one for one in PARTITIONS if one.number == number)
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (epoch, epoch))
    out = place.out / name
    out.unlink(missing_ok=True)
    with out.open("wb") as file:
        file.truncate(partition.size)
    bits = "16" if number == 1 else "32"
    label, serial = partition.name.upper().replace("-", "")[:11], f"4c470{number:03d}"
    here, variables = place.inside(out), {"SOURCE_DATE_EPOCH": str(epoch), "TZ": "UTC", "MTOOLS_SKIP_CHECK": "1"}
    place.run("mkfs.vfat", "-F", bits, "-n", label, "-i", serial, "--invariant", here, variables=variables)
    files = [place.inside(path) for path in sorted(folder.iterdir())]
    place.run("mcopy", "-s", "-m", "-i", here, *files, "::/", variables=variables)


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder

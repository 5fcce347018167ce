"""A station's image in small, with a FAT partition that mtools made, and what it is written to: a file, and a disk of
the kernel's (a loop device) where this machine has them to give."""

import os
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hal.sim.random_source import stream

MIB = 1024 * 1024
FAT, DATA, SIZE = 8, 12, 24
"""MiB: the FAT partition's size, where the other one begins, and the whole."""


def image(path: Path) -> bytes:
    """MBR; FAT at 1 MiB; a partition of data of which a part is zeros."""
    entries = ((0x0E, MIB, FAT * MIB), (0x83, DATA * MIB, (SIZE - DATA) * MIB))
    packed = b"".join(struct.pack("<4xB3xII", kind, at // 512, size // 512) for kind, at, size in entries)
    with path.open("wb") as file:
        file.truncate(SIZE * MIB)
        file.write(bytes(446) + packed.ljust(64, b"\0") + b"\x55\xaa")
        file.seek(DATA * MIB)
        file.write(stream(2, "data").randbytes(3 * MIB))
    words = ["mformat", "-i", f"{path}@@{MIB}", "-T", str(FAT * MIB // 512), "-h", "16", "-s", "32", "-v", "BOOT", "::"]
    subprocess.run(words, check=True, env={**os.environ, "MTOOLSRC": os.devnull})
    return path.read_bytes()


def site_file(path: Path) -> bytes:
    """What is in a card's FAT partition under the name that stations look for."""
    words = ["mcopy", "-n", "-i", f"{path}@@{MIB}", "::lockgate.toml", "-"]
    return subprocess.run(words, check=True, capture_output=True, env={**os.environ, "MTOOLSRC": os.devnull}).stdout


def has_loops() -> bool:
    """Whether this machine gives out loop devices, and to us."""
    return os.geteuid() == 0 and os.path.exists("/dev/loop-control")  # noqa: PTH110 - a device


@contextmanager
def loop(path: Path, *, read_only: bool = False) -> Iterator[str]:
    """A disk of the kernel's that is kept in this file."""
    words = ["losetup", "--find", "--show", *(["--read-only"] if read_only else []), str(path)]
    name = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
    try:
        yield name
    finally:
        subprocess.run(["losetup", "--detach", name], check=True)


@contextmanager
def place(kind: str, folder: Path, size: int) -> Iterator[tuple[list[str], Path]]:
    """Words that name the target, and the file behind it; it holds something old."""
    path = folder / "card"
    path.write_bytes(b"\xa5" * size)
    if kind == "file":
        yield ["--file", str(path)], path
        return
    with loop(path) as name:
        yield ["--disk", name], path


KINDS = ("file", "loop") if has_loops() else ("file",)

"""The kernel's way to run programs of the boards' processor on this machine: binfmt_misc and QEMU."""

import platform
from pathlib import Path

from tools.image.errors import ImageError
from tools.image.workplace import Workplace, run

BINFMT = Path("/proc/sys/fs/binfmt_misc")
# An ELF file of 64-bit ARM. F: the interpreter is opened now, so that it is there in every chroot; O, P: credentials of
# the program, and its name as it was called.
MAGIC = (
    r"\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00",
    r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff",
)
INTERPRETER = "/usr/bin/qemu-aarch64"
RULE = f":lockgate-aarch64:M::{MAGIC[0]}:{MAGIC[1]}:{INTERPRETER}:OCF"


def is_known(folder: Path = BINFMT) -> bool:
    """Whether the kernel has a rule, in effect, for the boards' programs which works in a chroot too."""
    for rule in folder.glob("*aarch64*"):
        lines = rule.read_text().splitlines()
        flags = next((line for line in lines if line.startswith("flags:")), "")
        if lines[:1] == ["enabled"] and "F" in flags:
            return True
    return False


def enable(place: Workplace) -> None:
    """Tell the kernel, until this machine is started again. Raises `ImageError`."""
    if platform.machine() == "aarch64":
        return
    if not (BINFMT / "register").exists():
        run(["mount", "-t", "binfmt_misc", "binfmt_misc", str(BINFMT)])
    if is_known():
        return
    place.run("sh", "-c", f"printf '%s' '{RULE}' >{BINFMT}/register")
    if not is_known():
        raise ImageError("the kernel took no rule for 64-bit ARM: is binfmt_misc in it?")

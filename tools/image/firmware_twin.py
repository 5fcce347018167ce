"""Plays the Pi's firmware, which QEMU does not have: reads `autoboot.txt`, takes kernel, initramfs and command line off
the partition that it names, and tells the kernel which one that was.

Only what the firmware does is played; what it reads is what lies on the card.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.image.autoboot import parse_autoboot
from tools.image.errors import ImageError
from tools.image.layout import Slot, offsets
from tools.image.machine import Board, Kernel, Machine
from tools.image.workplace import Workplace

SERIAL = {"virt": "ttyAMA0", "raspi3b": "ttyS1"}
"""The Pi's other serial line leads to its Bluetooth."""
FILES = ("vmlinuz", "initrd.img", "cmdline.txt")
DEVICE_TREES = {"raspi3b": "bcm2837-rpi-3-b.dtb"}
BOOT_MODES = {"raspi3b": 1}
"""By which way the firmware came, as it says it: 1 is the card. The virtual board is no Pi, and says nothing."""
VIRTUAL = Board()
RESTART = re.compile(r"reboot: Restarting system(?: with command '([^']*)')?")


def wants_try(serial: str) -> bool:
    """Whether the last thing that the kernel said is that it starts again with the tryboot flag."""
    found = RESTART.findall(serial)
    return bool(found) and "tryboot" in found[-1].split()


@dataclass(frozen=True, slots=True)
class FirmwareTwin:
    """The firmware of one board with the card `disk`, a file in the workplace. It says that it came by `boot_mode`, or
    what a board of this kind usually says."""

    place: Workplace
    disk: Path
    board: Board = VIRTUAL
    boot_mode: int = 0

    def boot(self, name: str, *, tryboot: bool = False, words: str = "") -> Machine:
        """Start the board; `words` are added to the kernel's command line. Raises `ImageError`."""
        slot = self.chosen(tryboot=tryboot)
        return Machine.start(self.place, self.board, self.kernel(slot, words), self.disk, name)

    def chosen(self, *, tryboot: bool) -> Slot:
        """The slot that the card says. Raises `ImageError`."""
        said = parse_autoboot(self._mtools("mtype", 1, "::/autoboot.txt").encode())
        return said.tried if tryboot else said.usual

    def kernel(self, slot: Slot, words: str = "") -> Kernel:
        """What lies on the boot partition of that slot. Raises `ImageError`."""
        folder = self.place.folder / "run" / "firmware"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        tree = DEVICE_TREES.get(self.board.machine)
        for file in (*FILES, *([tree] if tree else [])):
            self._mtools("mcopy", slot.boot, f"::/{file}", self.place.inside(folder / file))
        line = (folder / "cmdline.txt").read_text().strip().replace("serial0", SERIAL[self.board.machine])
        own = folder / tree if tree else self._virtual_tree(folder)
        node = "/chosen/bootloader"
        self.place.run("fdtput", "-p", "-c", self.place.inside(own), node)
        self.place.run("fdtput", "-t", "i", self.place.inside(own), node, "partition", str(slot.boot))
        if mode := self.boot_mode or BOOT_MODES.get(self.board.machine):
            self.place.run("fdtput", "-t", "i", self.place.inside(own), node, "boot-mode", str(mode))
        return Kernel(folder / "vmlinuz", folder / "initrd.img", f"{line} {words}".strip(), own)

    def _virtual_tree(self, folder: Path) -> Path:
        """The device tree that QEMU makes for this board, to be added to."""
        file, board = folder / "virt.dtb", self.board
        what = [
            "-cpu",
            board.cpu,
            "-smp",
            str(board.cores),
            "-m",
            str(board.memory),
            "-display",
            "none",
            "-nic",
            "none",
        ]
        self.place.run("qemu-system-aarch64", "-M", f"{board.machine},dumpdtb={self.place.inside(file)}", *what)
        return file

    def _mtools(self, program: str, number: int, *files: str) -> str:
        if not self.disk.exists():
            raise ImageError(f"there is no {self.disk}: build it first")
        where = f"{self.place.inside(self.disk)}@@{offsets()[number]}"
        return self.place.run(program, "-i", where, *files, variables={"MTOOLS_SKIP_CHECK": "1"})

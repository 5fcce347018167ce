"""A virtual board: QEMU, what it says on its serial line, and what one tells it.

Serial output goes to a file that is read here; nothing is typed into the guest, which has nobody who would listen.
"""

import json
import re
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from tools.image.errors import ImageError
from tools.image.workplace import Workplace

T = TypeVar("T")
QEMU = "qemu-system-aarch64"
LOOK_SECONDS = 0.1
GOODBYE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Board:
    """What is to be emulated. `forwards` are pairs of a port of this machine's loopback and one of the guest; `tap` is
    a network device of this machine at the same switch, by which multicasts pass, which QEMU's user network keeps."""

    machine: str = "virt"
    cpu: str = "cortex-a53"
    memory: int = 1024
    cores: int = 2
    forwards: tuple[tuple[int, int], ...] = ()
    tap: str = ""
    devices: tuple[str, ...] = ()
    """Further arguments of QEMU."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """What the Pi's firmware would load, as files in the workplace, and the command line."""

    image: Path
    initramfs: Path
    command_line: str
    device_tree: Path | None = None


def arguments(place: Workplace, board: Board, kernel: Kernel, disk: Path, folder: Path) -> list[str]:
    """QEMU's, as the tools see the files."""
    here = place.inside
    words = [QEMU, "-M", board.machine, "-accel", "tcg,thread=multi", "-display", "none", "-no-reboot"]
    words += ["-kernel", here(kernel.image), "-initrd", here(kernel.initramfs), "-append", kernel.command_line]
    words += ["-dtb", here(kernel.device_tree)] if kernel.device_tree else []
    words += ["-serial", "null"] if board.machine.startswith("raspi") else []  # the line to its Bluetooth
    words += ["-serial", f"file:{here(folder / 'serial.log')}"]
    words += ["-qmp", f"unix:{here(folder / 'qmp')},server=on,wait=off"]
    if board.machine.startswith("raspi"):
        words += ["-drive", f"if=sd,file={here(disk)},format=raw,cache=unsafe"]
        words += [*_network(board), "-device", "usb-net,netdev=net"]
    else:
        words += ["-cpu", board.cpu, "-smp", str(board.cores), "-m", str(board.memory)]
        words += ["-drive", f"if=none,id=card,file={here(disk)},format=raw,cache=unsafe"]
        words += ["-device", "virtio-blk-pci,drive=card"]
        words += [*_network(board), "-device", "virtio-net-pci,netdev=net,romfile="]
        words += ["-device", "virtio-rng-pci", "-device", "i6300esb", "-action", "watchdog=reset"]
    return [*words, *board.devices]


def _network(board: Board) -> list[str]:
    """Of which the guest's end is `net`."""
    user = "user" + "".join(f",hostfwd=tcp:127.0.0.1:{ours}-:{theirs}" for ours, theirs in board.forwards)
    if not board.tap:
        return ["-netdev", f"{user},id=net"]
    ends = (f"{user},id=user", f"tap,id=tap,ifname={board.tap},script=no,downscript=no")
    ports = ("id=port0,hubid=0,netdev=user", "id=port1,hubid=0,netdev=tap", "id=net,hubid=0")
    return [word for end in (*ends, *(f"hubport,{port}" for port in ports)) for word in ("-netdev", end)]


@dataclass(slots=True)
class Machine:
    """A board that runs. Leaving the context ends it."""

    place: Workplace
    folder: Path
    process: "subprocess.Popen[bytes]"
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def start(cls, place: Workplace, board: Board, kernel: Kernel, disk: Path, name: str) -> "Machine":
        """Begin; its files are in `run/NAME` of the workplace. Raises `ImageError`."""
        folder = place.folder / "run" / name
        folder.mkdir(parents=True, exist_ok=True)
        for file in folder.iterdir():
            file.unlink()
        command = place.command(arguments(place, board, kernel, disk, folder))
        said = (folder / "qemu.log").open("wb")
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        except OSError as exc:
            raise ImageError(f"QEMU cannot be started: {exc}") from exc
        finally:
            said.close()
        return cls(place, folder, process)

    def __enter__(self) -> "Machine":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    @property
    def serial(self) -> str:
        """All that came over the serial line so far."""
        file = self.folder / "serial.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def wait(self, pattern: str, seconds: float) -> "re.Match[str]":
        """Until the serial line says it. Raises `ImageError` where the machine ends before, or after `seconds`."""
        return self.until(lambda: re.search(pattern, self.serial, re.MULTILINE), f"/{pattern}/", seconds)

    def until(self, look: Callable[[], T | None], what: str, seconds: float) -> T:
        """Until `look` finds something, which is told as `what`. Raises `ImageError` as `wait` does."""
        until = time.monotonic() + seconds
        while True:
            is_over = self.process.poll() is not None
            if (found := look()) is not None:
                return found
            if is_over or time.monotonic() > until:
                raise ImageError(f"{self._why(is_over, seconds)} before {what}:\n{self.tail()}")
            time.sleep(LOOK_SECONDS)

    def tail(self, lines: int = 25) -> str:
        """The end of what it said."""
        return "\n".join(self.serial.splitlines()[-lines:])

    def seconds(self) -> float:
        """Since it was started."""
        return time.monotonic() - self.started

    def tell(self, command: str, **given: object) -> Any:
        """One QMP command, and what it returns. Raises `ImageError`."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(GOODBYE_SECONDS)
            try:
                line.connect(str(self.folder / "qmp"))
                with line.makefile("rw", encoding="utf-8") as talk:
                    talk.readline()
                    _ask(talk, "qmp_capabilities", {})
                    return _ask(talk, command, given)
            except OSError as exc:
                raise ImageError(f"QEMU does not answer: {exc}") from exc

    def end(self) -> None:
        """Stop it as a power cut does."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def _why(self, is_over: bool, seconds: float) -> str:
        if not is_over:
            return f"{seconds:g} s passed"
        return f"QEMU ended with {self.process.returncode} ({(self.folder / 'qemu.log').read_text()[-500:].strip()})"


def _ask(talk: Any, command: str, given: Mapping[str, object]) -> Any:
    talk.write(json.dumps({"execute": command, "arguments": dict(given)}) + "\n")
    talk.flush()
    for line in talk:
        answer = json.loads(line)
        if "error" in answer:
            raise ImageError(f"QEMU refused {command}: {answer['error'].get('desc')}")
        if "return" in answer:
            return answer["return"]
    raise ImageError("QEMU hung up")

"""A root shell in a box in emulation, for tests alone: over a virtual port that no board has, by a unit that comes with
the kernel's command line as the probe's does. Nothing of it is in the image.
"""

import base64
import re
import socket
import time
import uuid
from pathlib import Path

from tools.image.errors import ImageError
from tools.image.machine import Machine
from tools.image.workplace import Workplace

UNIT = "lockgate-inside.service"
PORT = "/dev/virtio-ports/inside"
TEXT = f"""[Unit]
Description=Test shell
StartLimitIntervalSec=0
[Service]
ExecStart=/bin/sh -c 'exec 3<>{PORT}; exec /bin/sh <&3 >&3 2>&1'
Restart=always
RestartSec=1
"""
SOCKET = "inside"
LOOK_SECONDS = 0.2
PIECE = 65536


def words() -> str:
    """What to add to the kernel's command line."""
    credential = base64.b64encode(TEXT.encode()).decode()
    return f"systemd.set_credential_binary=systemd.extra-unit.{UNIT}:{credential} systemd.wants={UNIT}"


def devices(place: Workplace, name: str) -> tuple[str, ...]:
    """QEMU's arguments for the port of the machine that is started as `name`."""
    path = place.inside(place.folder / "run" / name / SOCKET)
    chardev = f"socket,id=inside,path={path},server=on,wait=off"
    return (
        *("-device", "virtio-serial-pci", "-chardev", chardev),
        *("-device", "virtserialport,chardev=inside,name=inside"),
    )


def ask(machine: Machine, command: str, seconds: float) -> str:
    """What a command of the guest's shell says, whatever its exit code. Raises `ImageError` where nobody answers in
    time."""
    mark = uuid.uuid4().hex
    until = time.monotonic() + seconds
    while time.monotonic() < until and machine.process.poll() is None:
        if (said := _asked(machine.folder / SOCKET, f"{command}\necho; echo {mark}\n", mark, until)) is not None:
            return said
        time.sleep(LOOK_SECONDS)
    raise ImageError(f"nobody in the box answers {command!r}:\n{machine.tail()}")


def _asked(path: Path, text: str, mark: str, until: float) -> str | None:
    """None where the line was cut, such as by a shell that is not there yet."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(LOOK_SECONDS)
        try:
            line.connect(str(path))
            line.sendall(text.encode())
        except OSError:
            return None
        return _answer(line, mark, until)


def _answer(line: socket.socket, mark: str, until: float) -> str | None:
    said = b""
    while time.monotonic() < until:
        try:
            piece = line.recv(PIECE)
        except TimeoutError:
            continue
        except OSError:
            return None
        if not piece:
            return None
        said += piece
        if found := re.search(rf"^(.*)\n{mark}\r?$".encode(), said, re.DOTALL | re.MULTILINE):
            return found[1].decode(errors="replace").strip()
    return None

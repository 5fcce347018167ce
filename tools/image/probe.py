"""Looks into a box in emulation, which has no shell for anybody: one unit more, put in by the kernel's command line.

systemd takes units as credentials from there (systemd.extra-unit.*, systemd-debug-generator(8)), so the image that is
looked into is the very file that ships.
"""

import base64
import re
from collections.abc import Mapping
from types import MappingProxyType

from tools.image.errors import ImageError
from tools.image.machine import Machine
from tools.image.workplace import Workplace

UNIT = "lockgate-probe.service"
TEMPLATE = """[Unit]
Description=Test probe
After={after}
[Service]
Type=oneshot
StandardOutput=file:/dev/{line}
ExecStart=/bin/sh -c '{script}'
"""
LONG = "head -c {size} /dev/disk/by-id/virtio-probe | sh"
"""For what is too long for a command line, which ends at 2048 bytes: a disk more, with a script on it."""
QUESTIONS = {
    "sockets": "cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6",
    "memory": "cat /proc/meminfo",
    "failed": "systemctl --failed --no-legend --plain",
    "mounts": "cat /proc/mounts",
    "swaps": "cat /proc/swaps",
    "wrote": "until grep -rlsF hall /data; do sleep 1; done",
    "core": "cat /proc/sys/kernel/core_pattern",
    "rauc": "setpriv --reuid lockgate --clear-groups rauc status",
    "strange": "setpriv --reuid nobody --clear-groups rauc status",
}
"""Commands of the guest, without quotation marks."""
TABLET = "usb-tablet"
"""QEMU's device whose coming is a sign for the probe: nothing else gets in."""
SIGN = "until grep -q Tablet /proc/bus/input/devices; do sleep 1; done"
"""A command that waits for it."""
RESTART = f"{SIGN}; setpriv --reuid lockgate --clear-groups touch /run/lockgate/restart-trial"
"""As the station's user asks for a restart into the other slot."""
LUGGAGE = "/run/credentials/@system"
NOTHING: Mapping[str, bytes] = MappingProxyType({})
FEW = {name: QUESTIONS[name] for name in ("sockets", "failed")}
"""What is asked of any box."""
END = "probe: over"
JOURNAL = re.compile(r"\[ *\d+\.\d{6}\] \S+?\[\d+\]: [^\n]*\n")
"""What services say on the same line meanwhile, each time a whole line, wherever another one was just being written."""
CONTROL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*\x07)")
"""What sets a terminal right or gives it colours (ECMA-48 5.4; xterm's OSC)."""


def words(
    questions: Mapping[str, str] = QUESTIONS,
    after: str = "lockgate.service",
    *,
    then: str = "",
    first: str = "",
    along: Mapping[str, bytes] = NOTHING,
    line: str = "ttyAMA0",
) -> str:
    """What to add to the kernel's command line; `first` is a command that comes before the answers, `then` one that
    follows them, `along` are files that both find in `LUGGAGE`; `line` is the board's serial line."""
    return _words(script(questions, then, first), after, along, line)


def script(questions: Mapping[str, str], then: str = "", first: str = "") -> str:
    """What the guest's shell runs."""
    asked = "; ".join(f"echo probe: {name}; {command} 2>&1" for name, command in questions.items())
    return "; ".join(filter(None, (first, asked, f"echo {END}", then)))


def on_disk(place: Workplace, name: str, text: str, after: str = "lockgate.service") -> tuple[tuple[str, ...], str]:
    """The same for a script that may hold what it likes: arguments of QEMU for the disk that it is on, and what to add
    to the command line of the kernel."""
    raw, file = text.encode(), place.folder / f"{name}.probe"
    file.write_bytes(raw + bytes(-len(raw) % 512))
    drive = f"if=none,id=probe,file={place.inside(file)},format=raw,readonly=on"
    devices = ("-drive", drive, "-device", "virtio-blk-pci,drive=probe,serial=probe")
    return devices, _words(LONG.format(size=len(raw)), after)


def _words(command: str, after: str, along: Mapping[str, bytes] = NOTHING, line: str = "ttyAMA0") -> str:
    unit = TEMPLATE.format(after=after, line=line, script=command)
    brought = {f"systemd.extra-unit.{UNIT}": unit.encode(), **along}
    given = (
        f"systemd.set_credential_binary={name}:{base64.b64encode(data).decode()}" for name, data in brought.items()
    )
    return " ".join((*given, f"systemd.wants={UNIT}"))


def give_sign(machine: Machine) -> None:
    """For what waits with `SIGN`. Raises `ImageError`."""
    machine.tell("device_add", driver=TABLET)


def answers(machine: Machine, seconds: float) -> dict[str, str]:
    """What the guest answered, by the questions' names. Raises `ImageError`."""
    machine.wait(rf"^{END}", seconds)
    return split(machine.serial)


def split(serial: str) -> dict[str, str]:
    """The answers in what came over the serial line. Raises `ImageError` where none is there."""
    quiet = JOURNAL.sub("", CONTROL.sub("", serial))
    parts = re.split(r"^probe: (\w+)\r?\n", quiet, flags=re.MULTILINE)
    found = {
        name: text.replace("\r", "") for name, text in zip(parts[1::2], parts[2::2], strict=True) if name != "over"
    }
    if not found:
        raise ImageError("the probe has not answered")
    return found

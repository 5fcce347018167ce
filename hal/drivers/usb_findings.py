"""Why a USB printer may not print on this machine, for a technician: what `lockgate doctor` says of it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from hal.drivers import ipp_usb_daemon, usb_devices
from hal.drivers.usb_address import STATE
from hal.drivers.usb_devices import UsbDevice
from hal.ports.finding import Finding

QUEUES = Path("/etc/cups/printers.conf")
LONGEST = 1 << 20
PATH = "/usr/sbin:/sbin:/usr/bin:/bin"


def findings(
    root: Path = Path("/"),
    state: Path = STATE,
    which: Callable[[str], str | None] = lambda name: shutil.which(name, path=PATH),
) -> tuple[Finding, ...]:
    """Looks at files and asks for one connection; changes nothing. Blocks for one second at most."""
    attached = usb_devices.printers(root)
    if not attached:
        return (_finding("usb", "no USB printer is plugged in", "switch it on, and look at the cable"),)
    queues = _queues(root)
    return tuple(one for device in attached for one in _of(device, state, which("ipp-usb") is not None, queues))


def _of(device: UsbDevice, state: Path, installed: bool, queues: tuple[str, ...]) -> Iterator[Finding]:
    name = f"{device.vid:04x}:{device.pid:04x}" + (f"/{device.serial}" if device.serial else "")
    running = ipp_usb_daemon.is_running(state)
    if device.is_ipp_usb and not installed:
        yield _finding(name, "it speaks IPP over USB, and ipp-usb is not installed", "apt-get install ipp-usb")
    elif device.is_ipp_usb and not running:
        yield _finding(name, "it speaks IPP over USB, and ipp-usb does not run", "systemctl restart ipp-usb")
    elif device.is_ipp_usb and ipp_usb_daemon.state_file(device, state) is None:
        yield _finding(name, "ipp-usb does not know it", "unplug it and plug it in; see /var/log/ipp-usb/main.log")
    if not device.is_ipp_usb and not device.nodes:
        yield _finding(name, "it is there, and no driver has it", "modprobe usblp, or name it in the URI of cups:")
    if any(_is_of(queue, device) for queue in queues):
        yield _finding(
            name,
            "a queue of the system's CUPS wants it too: two that speak with one printer make it stop",
            "delete that queue (lpstat -v, lpadmin -x NAME)",
        )
    if device.is_ipp_usb and running and device.nodes:
        yield _finding(
            name,
            "ipp-usb and the kernel's usblp both have a part of it: two that speak with one printer make it stop",
            "use ipp-usb: for it, and write 'blacklist usblp' to /etc/modprobe.d/lockgate-usb.conf",
            serious=False,
        )


def parse_queues(text: bytes) -> tuple[str, ...]:
    """The device URIs of usb queues in CUPS's printers.conf."""
    lines = (line.strip() for line in text.decode("utf-8", "replace").splitlines())
    return tuple(line.split(None, 1)[1] for line in lines if line.startswith("DeviceURI usb:"))


def _is_of(queue: str, device: UsbDevice) -> bool:
    """CUPS writes usb://MAKE/MODEL?serial=…"""
    serial = queue.partition("serial=")[2].partition("&")[0]
    return bool(serial) and serial == device.serial


def _queues(root: Path) -> tuple[str, ...]:
    try:
        with (root / QUEUES.relative_to("/")).open("rb") as queues:
            return parse_queues(queues.read(LONGEST))
    except OSError:
        return ()


def _finding(device: str, problem: str, remedy: str, *, serious: bool = True) -> Finding:
    return Finding(device, problem, remedy, serious)

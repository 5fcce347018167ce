"""Why no PC/SC reader may be found on this machine, for a technician: what `lockgate doctor` says of it."""

import os
import re
import socket
from collections.abc import Mapping
from pathlib import Path

from hal.ports.finding import Finding

KERNEL_MODULES = ("pn533_usb", "pn533", "nfc")
"""The kernel's own driver of the chip in an ACR122U; it takes the reader before pcscd can."""
SOCKET = Path("/run/pcscd/pcscd.comm")
SETTINGS = (
    Path("/etc/libccid_Info.plist"),
    Path("/usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist"),
)
"""Of libccid; the first one that is there counts."""
ESCAPE_BIT = 0x0001
"""DRIVER_OPTION_CCID_EXCHANGE_AUTHORIZED."""
OPTIONS = re.compile(rb"<key>ifdDriverOptions</key>\s*<string>0x([0-9A-Fa-f]{1,8})</string>")
ANSWER_SECONDS = 1.0
LONGEST = 1 << 20


def _finding(problem: str, remedy: str, *, serious: bool = True) -> Finding:
    return Finding("pcsc", problem, remedy, serious)


def findings(root: Path = Path("/"), environment: Mapping[str, str] = os.environ) -> tuple[Finding, ...]:
    """Looks at files and asks for one connection; changes nothing. Blocks for one second at most."""
    found = (_service(root, environment), kernel_finding(root), _escape(root))
    return tuple(one for one in found if one is not None)


def _service(root: Path, environment: Mapping[str, str]) -> Finding | None:
    path = environment.get("PCSCLITE_CSOCK_NAME") or str(_in(root, SOCKET))
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(ANSWER_SECONDS)
        try:
            asking.connect(path)
        except PermissionError:
            return _finding(f"no access to pcscd at {path}", "let the station's user use it (group or polkit rule)")
        except OSError:
            return _finding(f"pcscd does not run: nobody listens at {path}", "systemctl enable --now pcscd.socket")
    return None


def kernel_finding(root: Path = Path("/")) -> Finding | None:
    """Whether the kernel has taken the reader for itself."""
    try:
        loaded = parse_modules((root / "proc/modules").read_bytes())
    except OSError:
        return None
    taken = [name for name in KERNEL_MODULES if name in loaded]
    if not taken:
        return None
    lines = " and ".join(f"'blacklist {name}'" for name in taken)
    return _finding(
        f"the kernel's modules {', '.join(taken)} take an ACR122U before pcscd can",
        f"write {lines} to /etc/modprobe.d/lockgate-nfc.conf, unload them (modprobe -r {' '.join(taken)}), and plug "
        "the reader in again",
    )


def _escape(root: Path) -> Finding | None:
    for path in (_in(root, settings) for settings in SETTINGS):
        try:
            with path.open("rb") as settings:
                options = parse_driver_options(settings.read(LONGEST))
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            return _finding(f"{path} cannot be read", "install libccid again", serious=False)
        if options & ESCAPE_BIT:
            return None
        return _finding(
            "libccid passes no escape commands: an ACR1255U stays silent, and an ACR122U beeps by itself at the first "
            "card after it was plugged in",
            f"set bit 0 of ifdDriverOptions in {path} (0x0001), and restart pcscd",
            serious=False,
        )
    return None


def parse_modules(listed: bytes) -> frozenset[str]:
    """Names of loaded modules, from the text of /proc/modules."""
    return frozenset(line.split()[0] for line in listed.decode("utf-8", "replace").splitlines() if line.split())


def parse_driver_options(settings: bytes) -> int:
    """ifdDriverOptions of libccid's Info.plist, such as 0x0001. Raises `ValueError` where there is none."""
    found = OPTIONS.search(settings)
    if found is None:
        raise ValueError("no ifdDriverOptions")
    return int(found[1], 16)


def _in(root: Path, path: Path) -> Path:
    return root / path.relative_to("/")

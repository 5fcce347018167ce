"""What a root file system must pass to become an image: its units' exposure, and that the application starts."""

import re
from collections.abc import Sequence
from pathlib import Path

from tools.image.errors import ImageError
from tools.image.workplace import Workplace

MOST_EXPOSURE = 30
"""Of systemd-analyze's hundred; it prints a tenth of that."""
OURS = (
    *("lockgate.service", "lockgate-firewall.service", "lockgate-provision.service", "lockgate-reset.service"),
    *("lockgate-reset-stick.service", "lockgate-restart.service", "lockgate-site.service", "lockgate-trial.service"),
    *("lockgate-ssh.service", "lockgate-ssh@.service", "lockgate-terminal@.service"),
    "lockgate-wifi@.service",
)
OPTIONAL = ("lockgate-kiosk.service", "lockgate-seat.service")
REPLACED = ("pcscd.service",)
"""Units of packages in whose place are ours."""
UNIT_FOLDERS = ("etc/systemd/system", "usr/lib/systemd/system")
"""The first that has a unit counts."""
REQUIRING = ("Requires=", "Requisite=", "BindsTo=")
PYTHON_FOLDERS = ("usr/lib/lockgate", "usr/lib/python3.13")
UNCHECKED = b"\1\0\0\0"
IMPORTS = (
    "import firmware.__main__, cryptography.hazmat.primitives.hpke, aiohttp, re2, evdev, gpiod, pyudev, "
    "smartcard.scard, ndef, cups, zeroconf, serial, PIL.Image, pyipp, segno, jinja2, babel"
)


def check_units(place: Workplace) -> dict[str, float]:
    """The exposure of each of our units, of ten. Raises `ImageError` with the first that is refused."""
    root = place.inside(place.rootfs)
    there = [unit for unit in OPTIONAL if (place.rootfs / "usr/lib/systemd/system" / unit).exists()]
    found = {}
    for unit in (*OURS, *REPLACED, *there):
        place.run("systemd-analyze", f"--root={root}", "--man=no", "verify", unit)
        how = ["--offline=yes", f"--threshold={MOST_EXPOSURE}", "--no-pager"]
        found[unit] = parse_exposure(place.run("systemd-analyze", f"--root={root}", *how, "security", unit))
    return found


def check_masked(root: Path, masked: Sequence[str]) -> None:
    """Raises `ImageError` for a unit that can never start, since it requires one that is masked."""
    counts: dict[str, Path] = {}
    for folder in UNIT_FOLDERS:
        for file in sorted((root / folder).glob("*.*")):
            counts.setdefault(file.name, file)
    for name, file in counts.items():
        if name in masked or not file.is_file() or file.is_symlink():
            continue
        lines = (line for line in file.read_text().splitlines() if line.startswith(REQUIRING))
        wanted = {unit for line in lines for unit in line.partition("=")[2].split()}
        if lacking := wanted & set(masked):
            raise ImageError(f"{name} requires {', '.join(sorted(lacking))}, which is masked: it can never start")


def parse_exposure(said: str) -> float:
    """Of what `systemd-analyze security` says of one unit. Raises `ImageError`."""
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    if found is None:
        raise ImageError("systemd-analyze said no exposure")
    return float(found[1])


def check_bytecode(root: Path) -> None:
    """Raises `ImageError` for a module in `root` whose byte code is lacking, or goes by its source's time (PEP 552),
    which is another one in the image: each start would compile it anew."""
    for folder in PYTHON_FOLDERS:
        for file in sorted((root / folder).glob("**/__pycache__/*.pyc")):
            if file.read_bytes()[4:8] != UNCHECKED:
                raise ImageError(f"{file.relative_to(root)} is byte code that goes by time")
        for source in sorted((root / folder).glob("**/*.py")):
            if not list(source.parent.glob(f"__pycache__/{source.stem}.*.pyc")):
                raise ImageError(f"{source.relative_to(root)} has no byte code")


def check_imports(place: Workplace) -> None:
    """Have the image's own Python import all that the application may, as the application does. Raises `ImageError`."""
    root = place.inside(place.rootfs)
    place.run(
        "chroot",
        root,
        "/usr/bin/python3",
        "-IB",
        "-c",
        f"import sys; sys.path.insert(1, '/usr/lib/lockgate'); {IMPORTS}",
    )
    place.run("chroot", root, "/usr/bin/lockgate", "--help")

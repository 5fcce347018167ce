"""The tools' own Debian: the same programs in the same versions, whatever Debian the building machine has."""

import hashlib
import shutil
from pathlib import Path

from tools.image.mirror import SUITE, Mirror
from tools.image.workplace import RECIPE, Workplace, run

PACKAGES = RECIPE / "tools" / "packages.txt"
TARGET = "arm64"
LEFT_OUT = ("man", "doc", "locale", "AAVMF")


def words(file: Path) -> list[str]:
    """The lines of a list that are neither empty nor comments."""
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def architecture() -> str:
    """Debian's name for this machine's."""
    return run(["dpkg", "--print-architecture"]).strip()


def make_tools(place: Workplace, mirror: Mirror) -> bool:
    """Make them where they are missing or are not those of the list. Whether that was needed. Raises `ImageError`."""
    stamp, wanted = place.tools / "lockgate.stamp", hashlib.sha256(PACKAGES.read_bytes()).hexdigest()
    place.folder.mkdir(parents=True, exist_ok=True)  # also where the tools are there already, for another image
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    shutil.rmtree(place.tools, ignore_errors=True)
    options = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in LEFT_OUT]
    architectures = dict.fromkeys((architecture(), TARGET))
    run(
        [
            *("mmdebstrap", "--mode=root", "--variant=minbase", f"--architectures={','.join(architectures)}"),
            f"--include={','.join(words(PACKAGES))}",
            *('--aptopt=Apt::Install-Recommends "false"', *options),
            *(SUITE, str(place.tools), "-"),
        ],
        stdin=mirror.sources(backports=False).encode(),
    )
    stamp.write_text(wanted)
    return True

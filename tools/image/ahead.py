"""What a start is about to load: the initramfs reads it into memory while it opens the data.

A board has several processors, and the first seconds of a start use one. To read here is to decompress and to check
against verity's hashes, a third of the time that a station takes to load.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from tools.image.workplace import Workplace

LIST = Path("usr/share/lockgate/ahead")
LOADER = "/lib/ld-linux-aarch64.so.1"
LOADED = "firmware.__main__, hal.registry, firmware.panel.server, firmware.panel.technician.duty, firmware.serving"
"""What `lockgate run` imports until somebody can tap."""
ASKED = f"""
import sys
sys.path.insert(1, "/usr/lib/lockgate")
import {LOADED}
for module in sys.modules.values():
    print(getattr(module, "__cached__", None) or getattr(module, "__file__", None) or "")
"""
PYTHON = "/usr/bin/python3"


def write_list(place: Workplace, root: Path) -> None:
    """The list, in the root file system: what the image's own Python says that it loads, and the libraries that these
    need, by the image's own loader. Raises `ImageError`."""
    inside = place.inside(root)
    files = place.run("chroot", inside, PYTHON, "-IBc", ASKED).splitlines()
    linked = [PYTHON, *(file for file in files if file.endswith(".so"))]
    needed = libraries(place.run("chroot", inside, LOADER, "--list", file) for file in linked)
    (root / LIST).write_text("".join(f"{name}\n" for name in chosen(root, [PYTHON, *files, *needed])))


def libraries(lists: Iterable[str]) -> list[str]:
    """What the loader finds for a program or a library, as it says it (ld.so(8), --list)."""
    return [path for text in lists for path in re.findall(r"=> (/\S+) \(", text)]


def chosen(root: Path, named: Iterable[str]) -> list[str]:
    """Those that are files of `root`, without the slash in front, each once and always in the same order."""
    names = {name.lstrip("/") for name in named}
    return sorted(name for name in names if name and " " not in name and (root / name).is_file())

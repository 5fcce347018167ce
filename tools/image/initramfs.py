"""The initramfs: our own small one, put together natively. Debian's takes minutes under emulation, and more room.

It holds busybox, veritysetup, the libraries of both, the modules of `images/initramfs/modules.txt` with what
these need, and `init` and `disk` of `images/initramfs`.
"""

import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from tools.image.errors import ImageError
from tools.image.toolbox import words
from tools.image.workplace import RECIPE, Workplace

FOLDER = RECIPE / "initramfs"
PROGRAMS = {"usr/bin/busybox": "bin/busybox", "usr/sbin/veritysetup": "sbin/veritysetup"}
LIBRARIES = ("usr/lib/aarch64-linux-gnu", "usr/lib")
LOADER = "usr/lib/ld-linux-aarch64.so.1"
FOLDERS = ("bin", "sbin", "proc", "sys", "dev", "run", "etc", "usr/lib")


def module_name(path: str) -> str:
    """As modprobe takes it, of a path in modules.dep(5) or modules.builtin."""
    return re.sub(r"\.ko(\.\w+)?$", "", path.rsplit("/", 1)[-1]).replace("-", "_")


def parse_dependencies(text: str) -> dict[str, list[str]]:
    """modules.dep(5): the paths that each module's path needs."""
    pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {path.strip(): needs.split() for path, needs in pairs}


def choose(
    wanted: Iterable[str], dependencies: Mapping[str, list[str]], builtin: Iterable[str]
) -> tuple[list[str], set[str]]:
    """Of the wanted names those that are modules, in their order, and the paths of all that these need. Raises
    `ImageError` with the names that this kernel does not have."""
    paths = {module_name(path): path for path in dependencies}
    inside = {module_name(path) for path in builtin}
    names = [name.replace("-", "_") for name in wanted]
    missing = [name for name in names if name not in paths and name not in inside]
    if missing:
        raise ImageError(f"modules.txt: this kernel has no {', '.join(missing)}")
    chosen = [name for name in names if name in paths]
    return chosen, {file for name in chosen for file in (paths[name], *dependencies[paths[name]])}


def make_initramfs(place: Workplace, root: Path, kernel: str, out: Path, epoch: int) -> None:
    """Write `out` from the root file system `root` with the modules of `kernel`. Raises `ImageError`."""
    tree = place.folder / "initramfs"
    shutil.rmtree(tree, ignore_errors=True)
    for name in FOLDERS:
        (tree / name).mkdir(parents=True)
    (tree / "lib").symlink_to("usr/lib")
    _modules(place, root, kernel, tree)
    _programs(place, root, tree)
    for name in ("init", "disk"):
        shutil.copy(FOLDER / name, tree / name)
    for path in (tree, *tree.rglob("*")):
        os.utime(path, (epoch, epoch), follow_symlinks=False)
    pack = "cd $1 && find . -print0 | LC_ALL=C sort -z | cpio --null -o -H newc --reproducible -R 0:0 --quiet"
    compress = "zstd -q -19 -T2 -f -o $2"
    place.run("bash", "-o", "pipefail", "-c", f"{pack} | {compress}", "bash", place.inside(tree), place.inside(out))


def _modules(place: Workplace, root: Path, kernel: str, tree: Path) -> None:
    source = root / "usr/lib/modules" / kernel
    dependencies = parse_dependencies((source / "modules.dep").read_text())
    builtin = (source / "modules.builtin").read_text().splitlines()
    chosen, files = choose(words(FOLDER / "modules.txt"), dependencies, builtin)
    target = tree / "usr/lib/modules" / kernel
    for file in sorted(files):
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / file, target / file)
    for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
        shutil.copy(source / name, target / name)
    place.run("depmod", "-b", place.inside(tree / "usr"), "-w", kernel)
    (tree / "modules").write_text("".join(f"{name}\n" for name in chosen))


def _programs(place: Workplace, root: Path, tree: Path) -> None:
    waiting, libraries = [root / name for name in PROGRAMS], {root / LOADER}
    for name, there in PROGRAMS.items():
        shutil.copy(_real(root, root / name), tree / there)
    while waiting:
        said = place.run("readelf", "-d", place.inside(_real(root, waiting.pop())))
        for name in re.findall(r"\(NEEDED\).*\[(.+)\]", said):
            file = _library(root, name)
            if file not in libraries:
                libraries.add(file)
                waiting.append(file)
    for library in libraries:
        target = tree / library.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(_real(root, library), target)
    for path in (*(tree / "bin").iterdir(), *(tree / "sbin").iterdir(), tree / LOADER):
        path.chmod(0o755)


def _library(root: Path, name: str) -> Path:
    found = [root / folder / name for folder in LIBRARIES if (root / folder / name).exists()]
    if not found:
        raise ImageError(f"the root file system has no library {name}")
    return found[0]


def _real(root: Path, file: Path) -> Path:
    """Where a link leads inside `root`; a link of the image that is absolute means the image's own root."""
    while file.is_symlink():
        to = file.readlink()
        file = root / to.relative_to("/") if to.is_absolute() else file.parent / to
    return file

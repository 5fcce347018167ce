"""The application in the image: Lockgate itself and its locked Python libraries, for the boards' processor.

What comes as a wheel is taken as it is, held to its hash. What comes as source only is held to its hash too and
compiled here by a compiler for the boards' processor, so that no compiler is ever in the image.
"""

import hashlib
import re
import shutil
import sys
import zipfile
from pathlib import Path

from firmware.panel.tags import TAGS
from tools.image.workplace import ROOT, Workplace, run

LOCK = ROOT / "tools" / "requirements" / "image.txt"
FROM_SOURCE = ("evdev", "pycups", "pyscard")
PYTHON = "3.13"
GLIBC = range(17, 42)
"""glibc 2.17, which the oldest kind of wheel asks for, to Debian trixie's 2.41."""
PLATFORMS = tuple(f"manylinux_2_{minor}_aarch64" for minor in reversed(GLIBC))
SHIPPED = ("firmware/", "hal/", "lockgate-")
"""Of our own wheel: the product and what says its version; no tools, which nobody uses on a box."""
_OF_LANGUAGE = re.compile(r"babel/locale-data/([a-z]+)(?:_\w+)?\.dat")
LANGUAGES = frozenset({"root", *(tag.partition("-")[0] for tag in TAGS)})
CROSS = {
    "CC": "aarch64-linux-gnu-gcc",
    "LDSHARED": "aarch64-linux-gnu-gcc -shared",
    "CFLAGS": "-O2 -g0 -I/usr/include/PCSC",
    "_PYTHON_HOST_PLATFORM": "linux-aarch64",
    "_PYTHON_SYSCONFIGDATA_NAME": "_sysconfigdata__aarch64-linux-gnu",
}


def gather(place: Workplace, epoch: int) -> list[Path]:
    """Wheels of everything, our own last; the libraries' stay for the next build with the same lock. Raises
    `ImageError`."""
    stamp, wanted = place.wheels / "lock", f"{epoch} {hashlib.sha256(LOCK.read_bytes()).hexdigest()}"
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(place.wheels, ignore_errors=True)
        place.wheels.mkdir(parents=True)
        _download(place.wheels)
        for source in sorted(place.wheels.glob("*.tar.gz")):
            _compile(place, source, epoch)
            source.unlink()
        stamp.write_text(wanted)
    own = place.folder / "wheel"
    shutil.rmtree(own, ignore_errors=True)
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(own), str(ROOT), epoch=epoch)
    return [*sorted(place.wheels.glob("*.whl")), *own.glob("*.whl")]


def unpack(wheels: list[Path], target: Path) -> None:
    """Lay the packages of `wheels` into the folder `target`, which is then on the application's path."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for wheel in wheels:
        is_own = wheel.name.startswith("lockgate-")
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if not is_own or name.startswith(SHIPPED)]
            names = [name for name in names if is_spoken(name)]
            archive.extractall(target, names)
        if is_own:
            _record(target, names)
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _record(target: Path, names: list[str]) -> None:
    """Have our own RECORD list what was unpacked: what a tool looks like makes no other image."""
    for file in target.glob("lockgate-*.dist-info/RECORD"):
        lines = file.read_text().splitlines()
        file.write_text("".join(f"{line}\n" for line in lines if line.partition(",")[0] in names))


def is_spoken(name: str) -> bool:
    """Whether a wheel's file is of a language of the panel, or of none: Babel brings the months and weekdays of
    a thousand."""
    found = _OF_LANGUAGE.fullmatch(name)
    return found is None or found[1] in LANGUAGES


def compile_templates(place: Workplace, root: Path) -> None:
    """The panel's, by the image's own Python and libraries, which no start has to do again."""
    python = ["env", "PYTHONHASHSEED=0", "PYTHONPATH=/usr/lib/lockgate", "/usr/bin/python3", "-sB"]
    place.run("chroot", place.inside(root), *python, "-m", "firmware.panel.templating")


def compile_bytecode(place: Workplace, root: Path) -> None:
    """Byte code of all Python in the image, by the same Python, checked by hash only: no file's time is in it. The
    order in which Python interns names is fixed, so that the same source gives the same bytes. What packages have made
    is made anew: it goes by the times of files, which are others in the image, and counts for nothing there."""
    folders = [root / "usr/lib/lockgate", root / f"usr/lib/python{PYTHON}", root / "usr/lib/python3"]
    there = [place.inside(folder) for folder in folders if folder.exists()]
    command = ["python3", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash"]
    place.run(*command, "-s", place.inside(root), "-p", "/", *there, variables={"PYTHONHASHSEED": "0"})


def _download(folder: Path) -> None:
    names = [word for platform in PLATFORMS for word in ("--platform", platform)]
    names += [word for abi in (f"cp{PYTHON.replace('.', '')}", "abi3", "none") for word in ("--abi", abi)]
    sources = ["--only-binary", ":all:", "--no-binary", ",".join(FROM_SOURCE)]
    target = ["--platform", "manylinux2014_aarch64", "--python-version", PYTHON, "--implementation", "cp"]
    _pip("download", "--require-hashes", "--no-deps", "--dest", str(folder), *sources, *target, *names, "-r", str(LOCK))


def _pip(command: str, *arguments: str, epoch: int = 0) -> None:
    pip = [sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check"]
    run([*pip, *arguments], variables={"SOURCE_DATE_EPOCH": str(epoch)})


def _compile(place: Workplace, source: Path, epoch: int) -> None:
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    pip = ["pip", "--isolated", "--disable-pip-version-check", "wheel", "--quiet", *offline]
    folder = place.inside(place.wheels)
    variables = {**CROSS, "SOURCE_DATE_EPOCH": str(epoch), "PIP_CONFIG_FILE": "/dev/null"}
    place.run(*pip, "--wheel-dir", folder, place.inside(source), variables=variables)

"""A second build under other conditions than the first, which has to give the same bytes.

Other are: the checkout's folder and the order of its files, the work folder, umask, time zone, language, host name,
number of processors, time of day; and unless it is to be quick, every package is fetched, unpacked and set up again.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.image.build import Order
from tools.image.compare import differences, same_parts
from tools.image.errors import ImageError
from tools.image.workplace import ROOT, Workplace

CONDITIONS = {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "USER": "somebody"}
UMASK = 0o077
LEFT_OUT = (".git", ".venv", ".*_cache", ".hypothesis", "__pycache__")
KEPT = ("tools", "signing")
"""Of the first workplace: the tools' own Debian, which is the builder and not the built, and the keys."""
KEPT_IF_QUICK = ("base", "base.stamp", "wheels")
MOST_TOLD = 40


@dataclass(frozen=True, slots=True)
class Again:
    """The second build's workplace, and the checkout that it is made from."""

    place: Workplace
    checkout: Path

    def command(self, order: Order) -> list[str]:
        """A build on one processor of a machine with another name."""
        build = [sys.executable, "-m", "tools.image", "--work", str(self.place.folder), "build"]
        build += ["--version", order.version, "--epoch", str(order.epoch)]
        build += ["--archive", order.mirror.archive, "--security", order.mirror.security] if order.mirror else []
        return ["unshare", "--uts", "sh", "-c", 'hostname elsewhere; exec taskset -c 0 "$@"', "sh", *build]

    def build(self, order: Order) -> None:
        """Raises `ImageError`."""
        variables = {**os.environ, **CONDITIONS, "PYTHONPATH": str(self.checkout)}
        done = subprocess.run(self.command(order), cwd=self.checkout, env=variables, umask=UMASK, check=False)
        if done.returncode:
            raise ImageError(f"the second build ended with {done.returncode}")


def prepared(place: Workplace, *, quick: bool) -> Again:
    """Beside the first workplace, with nothing of it but what is in KEPT."""
    other = Workplace(place.folder / "again")
    shutil.rmtree(other.folder, ignore_errors=True)
    other.folder.mkdir()
    for name in (*KEPT, *(KEPT_IF_QUICK if quick else ())):
        source = place.folder / name
        if source.exists():
            place.run("cp", "-a", "--reflink=auto", "-T", place.inside(source), place.inside(other.folder / name))
    checkout = other.folder / "checkout"
    shutil.copytree(ROOT, checkout, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
    return Again(other, checkout)


def told(one: Workplace, other: Workplace, parts: Mapping[str, bool]) -> Iterator[str]:
    """Where two builds differ: paths in the root, and what diffoscope says of the first of them and of the parts."""
    for count, words in enumerate(differences(one.rootfs, other.rootfs)):
        if count < MOST_TOLD:
            yield words
    for name, same in parts.items():
        if not same and name.endswith((".vfat", ".ext4", ".json", "initrd.img")):
            yield _diffoscope(one.out / name, other.out / name)
    contents = (words.removesuffix(": content") for words in differences(one.rootfs, other.rootfs))
    for path in [path for path in contents if (one.rootfs / path).is_file()][:5]:
        yield _diffoscope(one.rootfs / path, other.rootfs / path)


def _diffoscope(one: Path, other: Path) -> str:
    limits = ["--max-text-report-size", "20000", "--max-diff-block-lines", "50"]
    try:
        command = ["diffoscope", "--no-progress", *limits, str(one), str(other)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError as exc:
        return f"diffoscope: {exc.strerror}"


def reproduce(place: Workplace, order: Order, tell: Callable[[str], None], *, quick: bool) -> bool:
    """Build once more and compare with what `place` has; whether all is the same. Raises `ImageError`."""
    again = prepared(place, quick=quick)
    tell("once more, in another checkout, with another umask, time zone, language, host name, and on one processor")
    again.build(order)
    found = same_parts(place.out, again.place.out, f"station-{order.version}.raucb")
    for name, same in found.items():
        tell(f"{'same' if same else 'DIFFERS'}  {name}")
    for words in () if all(found.values()) else told(place, again.place, found):
        tell(words)
    return all(found.values())

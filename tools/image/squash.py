"""The root as it ships: one squashfs, with the hash tree of dm-verity behind it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from tools.image.errors import ImageError
from tools.image.layout import Slot, check_fit
from tools.image.workplace import Workplace

BLOCK = 4096
SALT = "00" * 32
"""None: a salt keeps two images from being compared by their trees, and ours are the same on purpose."""
LEVEL = 15
"""Of zstd, as it ships."""
NOTHING: Mapping[str, Path] = {}
UUID = "4c6f636b-6761-7465-0000-000000000001"


@dataclass(frozen=True, slots=True)
class Root:
    """`file` holds the file system and from byte `hash_offset` on its tree; `root_hash` is in hex."""

    file: Path
    hash_offset: int
    root_hash: str


def make_root(
    place: Workplace, epoch: int, out: Path | None = None, changed: Mapping[str, Path] = NOTHING, level: int = LEVEL
) -> Root:
    """Write the file from `place.rootfs`; all times in it are `epoch`, seconds since 1970. `changed` are other files
    in place of those of the root or besides them, by their paths in it. Raises `ImageError`."""
    out = out or place.out / "root.verity"
    out.unlink(missing_ok=True)
    here = place.inside(out)
    times = ["-all-time", str(epoch), "-mkfs-time", str(epoch)]
    how = [
        "-comp",
        "zstd",
        "-Xcompression-level",
        str(level),
        "-b",
        "256K",
        "-noappend",
        "-no-exports",
        "-quiet",
        "-no-progress",
    ]
    others = _instead(place, changed)
    place.run("env", "-u", "SOURCE_DATE_EPOCH", "mksquashfs", place.inside(place.rootfs), here, *how, *times, *others)
    size = padded(out.stat().st_size)
    with out.open("r+b") as file:
        file.truncate(size)
    blocks = [f"--data-blocks={size // BLOCK}", f"--data-block-size={BLOCK}", f"--hash-offset={size}"]
    said = place.run("veritysetup", "format", *blocks, f"--salt={SALT}", f"--uuid={UUID}", here, here)
    check_fit(Slot.A.root, out.stat().st_size)
    return Root(out, size, parse_root_hash(said))


def _instead(place: Workplace, changed: Mapping[str, Path]) -> list[str]:
    """mksquashfs' words for it (its "pseudo files")."""
    made = {str(folder) for name in changed for folder in PurePath(name).parents if str(folder) != "."}
    missing = sorted(folder for folder in made if not (place.rootfs / folder).exists())
    lines = [f"{folder} d 755 0 0" for folder in missing]
    lines += [f"{name} f 644 0 0 cat {place.inside(file)}" for name, file in changed.items()]
    replaced = [name for name in changed if (place.rootfs / name).exists()]
    return [word for line in lines for word in ("-p", line)] + (["-e", *replaced] if replaced else [])


def padded(size: int) -> int:
    """To whole blocks."""
    return -(-size // BLOCK) * BLOCK


def parse_root_hash(said: str) -> str:
    """Of what `veritysetup format` says. Raises `ImageError`."""
    found = re.search(r"^Root hash:\s+([0-9a-f]{64})$", said, re.MULTILINE)
    if found is None:
        raise ImageError("veritysetup said no root hash")
    return found[1]

"""RAUC for the boards: Debian's own source package with our patch, built as Debian builds it; see decision 5."""

import hashlib
from pathlib import Path

from tools.image.errors import ImageError
from tools.image.mirror import Mirror
from tools.image.workplace import RECIPE, Workplace, run

FOLDER = RECIPE / "rauc"
PACKAGE = "rauc"
POOL = "pool/main/r/rauc"
PARTS = ("sources.txt", "dm-status-words.patch", "changelog", "build.sh")
FETCH = "/usr/lib/apt/apt-helper"


def recipe_digest() -> str:
    """Of all that the package is made by, in hex."""
    return hashlib.sha256(b"".join((FOLDER / part).read_bytes() for part in PARTS)).hexdigest()


def make_rauc(place: Workplace, mirror: Mirror) -> Path:
    """The package, built where it is missing or the recipe has changed. Raises `ImageError`."""
    folder = place.folder / "rauc"
    stamp, wanted = folder / "stamp", recipe_digest()
    if not (stamp.exists() and stamp.read_text() == wanted):
        place.run("rm", "-rf", place.inside(folder))
        folder.mkdir()
        for digest, name in sources((FOLDER / "sources.txt").read_text()):
            uri = f"{mirror.archive}/{POOL}/{name}"
            run([FETCH, "-o", "APT::Sandbox::User=root", "download-file", uri, str(folder / name), f"SHA256:{digest}"])
        place.run(place.inside(FOLDER / "build.sh"), place.inside(folder))
        stamp.write_text(wanted)
    found = list(folder.glob("*.deb"))
    if len(found) != 1:
        raise ImageError(f"{folder}: one package of RAUC is wanted there, and {len(found)} are")
    return found[0]


def sources(text: str) -> list[tuple[str, str]]:
    """SHA-256 in hex and name of each file, as `sha256sum` writes them. Raises `ImageError`."""
    found = [tuple(line.split()) for line in text.splitlines()]
    if not found or any(len(words) != 2 or len(words[0]) != 64 or "/" in words[1] for words in found):
        raise ImageError("sources.txt: a line is a SHA-256 and a file's name")
    return [(words[0], words[1]) for words in found]

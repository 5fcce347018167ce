"""The root file system's first half: Debian's packages, installed for the boards by this machine's own programs."""

import hashlib
import os
import shutil

from tools.image import rauc
from tools.image.mirror import SUITE, Mirror
from tools.image.toolbox import TARGET, words
from tools.image.workplace import RECIPE, Workplace

FOLDER = RECIPE / "rootfs"
PARTS = ("packages.txt", "install.sh", "left-out.dpkg", "kernel.pref")
SCREEN = "packages-screen.txt"


def make_base(place: Workplace, mirror: Mirror) -> bool:
    """Make it where it is missing or the recipe has changed. Whether that was needed. Raises `ImageError`."""
    base, stamp = place.folder / "base", place.folder / "base.stamp"
    parts = (*PARTS, SCREEN) if place.screen else PARTS
    recipe_bytes = b"".join((FOLDER / part).read_bytes() for part in parts)
    wanted = hashlib.sha256(recipe_bytes + rauc.recipe_digest().encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    own = {rauc.PACKAGE: place.inside(rauc.make_rauc(place, mirror))}
    stamp.unlink(missing_ok=True)
    shutil.rmtree(base, ignore_errors=True)
    recipe = place.inside(FOLDER)
    place.run(
        *("mmdebstrap", "--mode=root", "--variant=essential", f"--architectures={TARGET}"),
        '--aptopt=Apt::Install-Recommends "false"',
        f"--dpkgopt={recipe}/left-out.dpkg",
        f"--setup-hook=mkdir -p $1/etc/apt/preferences.d && cp {recipe}/kernel.pref $1/etc/apt/preferences.d/lockgate",
        f"--customize-hook={recipe}/install.sh",
        *(SUITE, place.inside(base), "-"),
        stdin=mirror.sources(backports=True).encode(),
        variables={
            "LOCKGATE_PACKAGES": " ".join(
                own.get(name, name) for part in parts if "packages" in part for name in words(FOLDER / part)
            ),
            "LOCKGATE_RECIPE": recipe,
            "PATH": f"{os.defpath}:/usr/sbin:/sbin",
        },
    )
    stamp.write_text(wanted)
    return True

"""Where an image is built: the folders, and how a command is run in the tools' own Debian."""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.image.errors import ImageError

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "images"
NONE: Mapping[str, str] = {}
INSIDE_WORK, INSIDE_SOURCE = "/lockgate/work", "/lockgate/source"
# A mount namespace of the command alone: whatever ends it, nothing stays mounted.
ENTER = f"""set -e
for place in proc sys dev; do mount --rbind "/$place" "$1/$place"; done
mkdir -p "$1{INSIDE_WORK}" "$1{INSIDE_SOURCE}"
mount --bind "$2" "$1{INSIDE_WORK}"
mount --bind "$3" "$1{INSIDE_SOURCE}"
mount -o remount,bind,ro "$1{INSIDE_SOURCE}"
root=$1
shift 3
exec chroot "$root" "$@"
"""


def default_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Beside other caches, outside the checkout."""
    cache = environment.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "lockgate" / "image"


@dataclass(frozen=True, slots=True)
class Workplace:
    """`folder` holds everything that building leaves behind; deleting it is safe when nothing runs."""

    folder: Path
    screen: bool = False
    """Whether it is the image with a screen that is made or booted here."""

    def with_screen(self) -> "Workplace":
        """Where the image with a screen is made: in a folder of its own, by the same tools."""
        return Workplace(self.folder / "screen", screen=True)

    @property
    def tools(self) -> Path:
        """Debian trixie for this machine's processor, with the programs that build and boot."""
        return (self.folder.parent if self.screen else self.folder) / "tools"

    @property
    def rootfs(self) -> Path:
        """What becomes the image's root file system."""
        return self.folder / "rootfs"

    @property
    def wheels(self) -> Path:
        """The application's Python packages."""
        return self.folder / "wheels"

    @property
    def out(self) -> Path:
        """The image and what belongs to it."""
        return self.folder / "out"

    def inside(self, path: Path) -> str:
        """The same file as a command in the tools sees it. `ValueError` outside the folder and the checkout."""
        if path.is_relative_to(self.folder):
            return f"{INSIDE_WORK}/{path.relative_to(self.folder)}"
        return f"{INSIDE_SOURCE}/{path.relative_to(ROOT)}"

    def command(self, arguments: Sequence[str]) -> list[str]:
        """What runs `arguments` in the tools' Debian, as root."""
        places = [str(self.tools), str(self.folder), str(ROOT)]
        return ["unshare", "--mount", "--propagation", "slave", "sh", "-c", ENTER, "sh", *places, *arguments]

    def run(self, *arguments: str, stdin: bytes = b"", variables: Mapping[str, str] = NONE) -> str:
        """Standard output of a command in the tools' Debian. Raises `ImageError` with the end of what it said."""
        return run(self.command(arguments), shown=arguments, stdin=stdin, variables=variables)


def run(
    command: Sequence[str], *, shown: Sequence[str] = (), stdin: bytes = b"", variables: Mapping[str, str] = NONE
) -> str:
    """Standard output. Raises `ImageError` with the end of what the command said."""
    there = {**os.environ, "LC_ALL": "C.UTF-8", **variables}
    try:
        done = subprocess.run(command, capture_output=True, input=stdin, env=there, check=False)
    except OSError as exc:
        raise ImageError(f"{command[0]}: {exc.strerror}") from exc
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace").strip()
        what = shlex.join(shown or command)[:200]
        raise ImageError(f"{what}: ended with {done.returncode}:\n" + "\n".join(said.splitlines()[-25:]))
    return done.stdout.decode(errors="replace")

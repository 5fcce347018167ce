"""A card in a board for tests of lockgate-data and lockgate-reset, with card_twin.sh for the programs they call."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

LIBEXEC = Path(__file__).parents[3] / "images" / "files" / "usr" / "libexec"
TWIN = Path(__file__).with_suffix(".sh")
PROGRAMS = (
    *("cryptsetup", "sfdisk", "partx", "mke2fs", "mount", "umount"),
    *("modprobe", "blkdiscard", "e2fsck", "sync", "dd", "sleep", "systemctl"),
)


@dataclass
class Card:
    """One in a board, as it was shipped."""

    folder: Path
    said: str = ""
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("programs", "state", "boot", "root/proc", "root/data", "root/dev"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "root/proc/cpuinfo").write_text("Features\t: fp asimd crc32 cpuid\n")
        self.root_is("aa11")
        for name in PROGRAMS:
            (self.folder / "programs" / name).symlink_to(TWIN)
        self.write("kind", "83\n")

    def read(self, name: str) -> str:
        """What the card has of it: kind, grown, cipher, key, token; empty where nothing."""
        file = self.folder / "state" / name
        return file.read_text() if file.exists() else ""

    def write(self, name: str, text: str) -> None:
        (self.folder / "state" / name).write_text(text)

    @property
    def kept(self) -> dict[str, str]:
        """All that is on it."""
        return {file.name: file.read_text() for file in (self.folder / "state").iterdir()}

    @property
    def is_finished(self) -> bool:
        return self.read("kind") == "e8\n"

    @property
    def is_open(self) -> bool:
        return (self.folder / "opened").exists()

    @property
    def done(self) -> list[str]:
        """The programs that the last start called, with their words."""
        return (self.folder / "done").read_text().splitlines()

    @property
    def data(self) -> Path:
        return self.folder / "root/data"

    @property
    def wish(self) -> Path:
        return self.folder / "boot/lockgate-reset"

    def root_is(self, digest: str) -> None:
        """The kernel that is started next belongs to a root of that hash."""
        (self.folder / "root/proc/cmdline").write_text(f"console=tty1 lockgate.roothash={digest} quiet\n")

    @property
    def is_configured(self) -> bool:
        """Whether the last start has found nothing to configure."""
        return (self.folder / "root/run/lockgate-data/configured").exists()

    def place(self) -> str:
        return (self.folder / "root/run/lockgate-data/place").read_text()

    def start(self, cut: int = 0) -> int:
        """Start the board; the power goes after so many calls. The exit code, negative where it went."""
        shutil.rmtree(self.folder / "root/run", ignore_errors=True)
        (self.folder / "root/run").mkdir()
        (self.folder / "opened").unlink(missing_ok=True)
        return self._run(cut, "lockgate-data", "card", "card7", "card1", str(self.folder / "root"))

    def reset(self, cut: int = 0, *, broken: tuple[str, ...] = ()) -> int:
        """Somebody asks for a factory reset of the box that runs; `broken` are calls that fail meanwhile."""
        (self.folder / "broken").write_text("".join(f"{call}\n" for call in broken))
        (self.folder / "asked").touch()
        code = self._run(cut, "lockgate-reset", str(self.folder / "asked"), str(self.folder / "root/run"))
        (self.folder / "broken").unlink()
        return code

    def _run(self, cut: int, program: str, *words: str) -> int:
        (self.folder / "done").write_text("")
        (self.folder / "cut").write_text(str(cut))
        path = f"{self.folder / 'programs'}:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", str(LIBEXEC / program), *words],
            env={**os.environ, **self.variables, "PATH": path, "CARD": str(self.folder)},
            capture_output=True,
            text=True,
            start_new_session=True,
            check=False,
        )
        self.said = done.stdout + done.stderr
        return done.returncode

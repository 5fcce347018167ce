"""A directory in memory in which a private cupsd has all it writes; and the programs it may run."""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from hal.drivers.cups_address import NAME
from hal.ports.errors import DeviceConfigError

PREFIX = "lockgate-cups-"
MEMORY = frozenset({"tmpfs", "ramfs"})
TEMPORARY = "tmp"
FOLDERS = ("etc", "spool", "cache", "run", TEMPORARY, "log", "ssl")
DOOR = "door"
"""The folder of the socket: whoever may enter may print."""
PROGRAMS = Path("/usr/lib/cups")
MARGIN = 8 << 20
"""Bytes of memory that filters have for themselves, whatever the document."""
SHARE = 4
"""One document may have the rest of the free memory divided by this: filters make copies of it."""
WRAPPED = ("backend", "filter")
"""The folders of those that get a script of ours around them."""
FILTERS_USER = "lp"
"""Who filters run as when cupsd is root; otherwise they run as cupsd does."""
REMEDY = (
    "its spool has to be in memory: mount a tmpfs on /run/lockgate or /dev/shm, or give the service a RuntimeDirectory="
)


def bases() -> tuple[Path, ...]:
    """Where a room may be, best first: what systemd gave the service, then the usual tmpfs."""
    given = os.environ.get("RUNTIME_DIRECTORY", "")
    return (*(Path(one) for one in given.split(":") if one), Path("/run/lockgate"), Path("/dev/shm"))  # noqa: S108 (verified to be memory, and the room in it is ours alone)


def filesystem(path: Path) -> str:
    """The type of the file system that `path` is on, as proc_pid_mountinfo(5) has it; empty where it does not say."""
    device = path.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        mount, _, kind = line.partition(" - ")
        if mount.split()[2] == wanted:
            return kind.split()[0]
    return ""


@dataclass(frozen=True, slots=True)
class Room:
    """One cupsd's own. `programs` is its ServerBin; `locks` the descriptors that say that we live: a later station, and
    systemd-tmpfiles, leave alone what is locked."""

    root: Path
    programs: Path
    locks: tuple[int, ...]

    @property
    def socket(self) -> str:
        return str(self.root / DOOR / "cups")

    @property
    def log(self) -> Path:
        return self.root / "log" / "error"

    @property
    def is_whole(self) -> bool:
        """Whether its folders, its programs and the socket of a cupsd that runs are still there: a session's end or
        whoever cleans up a memory file system may have taken them."""
        folders = (*(self.root / name for name in FOLDERS), *(self.programs / name for name in WRAPPED))
        return all(folder.is_dir() for folder in folders) and Path(self.socket).is_socket()

    def free(self) -> int:
        """Bytes that the file system has left."""
        room = os.statvfs(self.root)
        return room.f_bavail * room.f_frsize

    def remove(self) -> None:
        """All of it goes."""
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.rmtree(self.programs, ignore_errors=True)
        for lock in self.locks:
            os.close(lock)


def furnish() -> Room:
    """A new room; what dead stations left is thrown away first. Raises `DeviceConfigError`."""
    try:
        base = _base()
        for place in (base, Path(tempfile.gettempdir())):
            for left in place.glob(f"{PREFIX}*"):
                _throw_away(left)
        with ExitStack() as mess:
            root, lock = _locked(base, mess)
            locks, programs = [lock], root / "programs"
            if os.statvfs(root).f_flag & os.ST_NOEXEC:  # many a /run is; programs are no secrets
                programs, lock = _locked(None, mess)
                locks.append(lock)
            _furnish(root, programs)
            mess.pop_all()
            return Room(root, programs, tuple(locks))
    except (OSError, LookupError) as exc:
        raise DeviceConfigError(NAME, f"no room for cupsd: {exc}; {REMEDY}") from exc


def _locked(place: Path | None, mess: ExitStack) -> tuple[Path, int]:
    """A new folder there, or among the temporary ones, and the lock on it."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    mess.callback(shutil.rmtree, folder, ignore_errors=True)
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    mess.callback(os.close, lock)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return folder, lock


def _furnish(root: Path, programs: Path) -> None:
    for folder in (*FOLDERS, DOOR):
        (root / folder).mkdir(mode=0o700)
    if os.geteuid() == 0:
        _let_filters_in(root)
    _link(programs)


def _base() -> Path:
    seen = []
    for base in bases():
        with suppress(OSError):
            base.mkdir(mode=0o711)
        if base.is_dir() and os.access(base, os.W_OK | os.X_OK):
            kind = filesystem(base)
            if kind in MEMORY and (os.geteuid() != 0 or base.stat().st_mode & stat.S_IXOTH):
                return base
            seen.append(f"{base} is on {kind or 'an unknown file system'}")
    raise DeviceConfigError(NAME, f"{', '.join(seen) or 'no directory of ours'}; {REMEDY}")


def _throw_away(left: Path) -> None:
    """A room of ours that nobody holds. A lock is held as long as its station lives, and not by its children."""
    with suppress(OSError):
        folder = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(folder).st_uid == os.geteuid():
                shutil.rmtree(left, ignore_errors=True)
        finally:
            os.close(folder)


def _let_filters_in(root: Path) -> None:
    """Filters of a cupsd that is root run as `lp`: they read the spool and write temporary files."""
    for folder in (root, *root.iterdir()):
        if folder.name != DOOR:
            shutil.chown(folder, group=FILTERS_USER)
            folder.chmod(0o710)
    (root / TEMPORARY).chmod(0o1770)


def _link(folder: Path) -> None:
    """The folder of programs, and those in it that are the system's own."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    for one in _parts():
        (folder / one.name).symlink_to(one)
    for name in WRAPPED:
        (folder / name).mkdir(mode=0o755)


def _parts() -> Iterator[Path]:
    return (one for one in PROGRAMS.iterdir() if not one.name.startswith(WRAPPED))

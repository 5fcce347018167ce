"""The few changes that applying a site's file makes to the card and the data partition; each lasts when it returns."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_OPEN = os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def _opened(path: Path, flags: int, mode: int = 0o600) -> Iterator[int]:
    fd = os.open(path, flags | _OPEN, mode)
    try:
        yield fd
    finally:
        os.close(fd)


class Medium:
    """Every method raises plain `OSError`. A power cut leaves what was before one, or what is after it; only of
    `create` and `blank` a part. `owner` (user, group), where there is one, is given what `hand_over` names."""

    def __init__(self, owner: tuple[int, int] | None = None) -> None:
        self._owner = owner

    def read(self, path: Path, most: int) -> bytes | None:
        """At most so much of a regular file that is no link; None where there is none."""
        try:
            with _opened(path, os.O_RDONLY | os.O_NONBLOCK) as fd:
                if not stat.S_ISREG(os.fstat(fd).st_mode):
                    raise OSError(f"{path} is not a regular file")
                with os.fdopen(fd, "rb", closefd=False) as file:
                    return file.read(most)
        except FileNotFoundError:
            return None

    def folder(self, path: Path, mode: int = 0o700) -> None:
        """Make a directory with this mode, unless it is there."""
        if path.is_dir():
            return
        path.mkdir(mode=0o700)
        path.chmod(mode)  # whatever the umask is
        self._sync(path.parent)

    def create(self, path: Path, data: bytes, mode: int = 0o600) -> None:
        """Write a file that nobody looks at yet."""
        with _opened(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode) as fd:
            _write(fd, data)
            os.fchmod(fd, mode)
            os.fsync(fd)
        self._sync(path.parent)

    def hand_over(self, path: Path) -> None:
        """Let the station's user have it."""
        if self._owner is not None:
            os.chown(path, *self._owner, follow_symlinks=False)

    def rename(self, old: Path, new: Path) -> None:
        """Put one in the other's place, at once."""
        old.rename(new)
        self._sync(new.parent)

    def point(self, link: Path, name: str) -> None:
        """Let `link` lead to its neighbour `name`, at once."""
        aside = link.with_name(f".{link.name}.new")
        aside.unlink(missing_ok=True)
        aside.symlink_to(name)
        self.rename(aside, link)

    def blank(self, path: Path) -> None:
        """Overwrite a file in place with zeros; nothing where there is none, or where it is somebody else's, too."""
        with suppress(FileNotFoundError):
            status = path.lstat()
            if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:  # a pipe would be waited for
                with _opened(path, os.O_WRONLY | os.O_NONBLOCK) as fd:
                    _write(fd, bytes(status.st_size))
                    os.fsync(fd)

    def unlink(self, path: Path) -> None:
        """Take a file away; nothing where there is none."""
        path.unlink(missing_ok=True)
        self._sync(path.parent)

    def clear(self, folder: Path) -> None:
        """Take a directory away with all that is in it, files overwritten first; nothing where there is none."""
        for path in sorted(_inside(folder), reverse=True):
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
                continue
            if not path.is_symlink():
                self.blank(path)
            self.unlink(path)
        if folder.is_dir():
            folder.rmdir()
            self._sync(folder.parent)

    def _sync(self, folder: Path) -> None:
        with _opened(folder, os.O_RDONLY | os.O_DIRECTORY) as fd:
            os.fsync(fd)


def _inside(folder: Path) -> list[Path]:
    try:
        return list(folder.rglob("*"))
    except RecursionError as exc:
        raise OSError(errno.ELOOP, f"{folder} goes too deep") from exc


def _write(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]

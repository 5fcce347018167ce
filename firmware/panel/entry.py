"""Who may see a page of this machine: whoever can read a file of ours, which has the address to begin at. Each local
user reaches the loopback, and so does each page that a browser of this machine opens."""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from firmware.errors import LockgateError
from hal.ports.random_source import RandomSource

SECRET_BYTES = 32
RUNTIME: Final = "RUNTIME_DIRECTORY"
"""systemd's (systemd.exec(5)): a directory of the service that its group may look into, gone when it stops."""
LEAD_IN = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Lockgate</title><meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0;url={url}"></head><body></body></html>
"""


class EntryError(LockgateError):
    """The file with the start address cannot be written."""

    code = "start-unwritable"


@dataclass(frozen=True, slots=True)
class Entry:
    """`secret` ends the start address, `cookie` is what a browser then shows. Both live as long as the process."""

    name: str
    secret: str = field(repr=False)
    cookie: str = field(repr=False)

    @classmethod
    def made(cls, name: str, random: RandomSource) -> "Entry":
        """A new one for the page of that name."""
        return cls(name, _text(random.token(SECRET_BYTES)), _text(random.token(SECRET_BYTES)))

    @property
    def cookie_name(self) -> str:
        return f"lockgate-{self.name}"

    @property
    def path(self) -> str:
        """Of the start address."""
        return f"/start/{self.secret}"

    @property
    def form_token(self) -> str:
        """What each form of the page brings along, so that no other page can send one."""
        return hmac.new(self.cookie.encode(), b"form", hashlib.sha256).hexdigest()

    def opens(self, secret: str) -> bool:
        """Whether that is the start address's."""
        return _same(secret, self.secret)

    def admits(self, cookie: str | None) -> bool:
        """Whether a browser has been at the start address."""
        return cookie is not None and _same(cookie, self.cookie)

    def is_ours(self, token: object) -> bool:
        """Whether a form is of this page."""
        return isinstance(token, str) and _same(token, self.form_token)

    def write(self, directory: Path, origin: str) -> Path:
        """Leave `NAME-start` there, the address on one line, and `NAME-start.html`, a page that goes there: on a
        browser's command line every user of the machine could read the address. Both have mode 0640. The first one's
        path. Raises `EntryError`."""
        url = origin + self.path
        file, page = self._files(directory)
        try:
            _replace(file, url + "\n")
            _replace(page, LEAD_IN.format(url=url))
        except OSError as exc:
            raise EntryError(f"{file}: {exc.strerror}") from exc
        return file

    def remove(self, directory: Path) -> None:
        """Take both away; what cannot be is good for nothing after this process."""
        with suppress(OSError):
            for file in self._files(directory):
                file.unlink(missing_ok=True)

    def _files(self, directory: Path) -> tuple[Path, Path]:
        return directory / f"{self.name}-start", directory / f"{self.name}-start.html"


def start_directory(data_dir: str, environment: Mapping[str, str] = os.environ) -> Path:
    """Where the start addresses lie: in systemd's runtime directory, else in our own."""
    runtime = environment.get(RUNTIME, "").partition(":")[0]
    return Path(runtime or data_dir)


def _replace(file: Path, content: str) -> None:
    aside = file.with_name(f".new-{file.name}")
    aside.unlink(missing_ok=True)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        os.fchmod(descriptor, 0o640)  # whatever the process's mask says
        opened.write(content)
    aside.rename(file)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())


def _text(token: bytes) -> str:
    return base64.urlsafe_b64encode(token).decode("ascii").rstrip("=")

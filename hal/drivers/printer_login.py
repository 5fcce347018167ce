"""Who we are to a printer that asks: the Authorization field of each request, once it has said how it wants it."""

import os
import stat
import threading
from collections.abc import Callable, Sequence

from hal.drivers.http_digest import (
    DigestChallenge,
    Login,
    basic,
    choose_digest,
    digest,
    parse_challenges,
    parse_next_nonce,
)
from hal.ports.errors import DeviceConfigError

MAX_PASSWORD = 1024
"""Bytes of a password file."""


def read_secret(path: str, device: str, most: int = MAX_PASSWORD) -> bytes:
    """A regular file of ours that nobody else may use. Raises `DeviceConfigError`, which says how to close it."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(fd, "rb") as file:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode) or status.st_uid not in (os.geteuid(), 0):
                raise DeviceConfigError(device, f"{path} is not a file of ours")
            if status.st_mode & 0o077:
                raise DeviceConfigError(device, f"others may use {path}: chmod 600")
            data = file.read(most + 1)
    except OSError as exc:
        raise DeviceConfigError(device, f"{path}: {exc.strerror}") from exc
    if len(data) > most:
        raise DeviceConfigError(device, f"{path} is larger than {most} bytes")
    return data


def read_login(user: str, path: str, device: str) -> Login:
    """A user's password from its file, where a line's end at the end does not count. Raises `DeviceConfigError`."""
    try:
        password = read_secret(path, device).decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as exc:
        raise DeviceConfigError(device, f"{path} is not UTF-8") from exc
    if not password or not password.isprintable():
        raise DeviceConfigError(device, f"{path} is to hold a password, on one line")
    return Login(user, password)


class PrinterLogin:
    """Shared by all connections to one printer, whose threads overlap. `fresh` makes cnonces."""

    def __init__(self, login: Login | None, *, encrypted: bool, fresh: Callable[[], str]) -> None:
        self._login = login
        self._encrypted = encrypted
        self._fresh = fresh
        self._lock = threading.Lock()
        self._digest: DigestChallenge | None = None
        self._basic = False
        self._count = 0
        self._cnonce = ""

    @property
    def known(self) -> bool:
        """Whether there is anything to say."""
        return self._login is not None

    def authorization(self, path: str) -> str | None:
        """The Authorization field of the next POST to `path`; None while nobody has asked for one."""
        with self._lock:
            if self._login is None or not (self._digest or self._basic):
                return None
            if self._digest is None:
                return basic(self._login)
            self._count += 1
            if not (self._cnonce and self._digest.is_session):
                self._cnonce = self._fresh()
            return digest(self._login, self._digest, "POST", path, count=self._count, cnonce=self._cnonce)

    def informed(self, fields: Sequence[str]) -> None:
        """Take in the Authentication-Info fields of an answer: the printer may want another nonce from now on."""
        nonce = parse_next_nonce(fields)
        with self._lock:
            if self._digest is not None and nonce not in ("", self._digest.nonce):
                self._digest, self._count = self._digest.followed(nonce), 0

    def challenged(self, fields: Sequence[str]) -> bool:
        """Take in the WWW-Authenticate fields of a 401; whether there is now another answer to give. Basic is given
        over TLS alone, and not where Digest is offered."""
        challenges = parse_challenges(fields)
        with self._lock:
            if self._login is None:
                return False
            self._digest, self._count, self._cnonce = choose_digest(challenges), 0, ""
            self._basic = self._digest is None and self._encrypted and any(one.scheme == "basic" for one in challenges)
            return self._digest is not None or self._basic

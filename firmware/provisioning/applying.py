"""A site's file applied: once, whole or not at all whenever the power is cut, and then destroyed on the card."""

import errno
import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware.config import ConfigError, load
from firmware.errors import LockgateError
from firmware.provisioning.errors import ProvisioningError
from firmware.provisioning.medium import Medium
from firmware.provisioning.rendered import OWN, PAIRING, SECRETS, STATION, files
from firmware.provisioning.site_file import MOST_BYTES, RequireNamed, SiteFile, parse, require_devices
from firmware.provisioning.taken import taken
from firmware.provisioning.toml_text import merged, written
from hal.ports.errors import DeviceError, StorageError, StorageFullError

CONFIG = "lockgate.toml"
"""The station's configuration: the image's, the site's above it. Made anew at each start."""
HEADER = "# Made by `lockgate provision apply` at each start: what is changed here does not last.\n"
SITE = "site"
"""Leads to the directory of the file that counts."""
_BASE_BYTES = 256 * 1024
_THROUGH = 0o711
"""The station's user goes through, to what it was handed."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class Outcome:
    """`applied`: there was a new file. `destroyed`: the card held one and does not any more. `provisioned`: some file
    was applied, now or before. `left`: keys of it that this version does not take, for another one applied it."""

    applied: bool
    destroyed: bool
    provisioned: bool
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """The file on the card, a directory on the data partition, and the image's own configuration, None for none."""

    card: Path
    data: Path
    base: Path | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """Applies what is on the card. Run it at each start, before the station."""

    places: Places
    require_named: RequireNamed
    medium: Medium = field(default_factory=Medium)

    def run(self) -> Outcome:
        """Raises `ProvisioningError` and `ConfigError`, and then the site's settings are what they were;
        provisioning-exposed where they count and the file could not be destroyed; `StorageError`."""
        self._try(lambda: self.medium.folder(self.places.data, _THROUGH))
        problem: LockgateError | DeviceError | None = None
        applied = destroyed = False
        try:
            applied, destroyed = self._take()
        except (ProvisioningError, ConfigError) as exc:
            problem = exc
        try:
            self._try(self._tidy)
        except StorageError as exc:  # the station owns a folder there, and may have filled it with anything
            problem = problem or exc
        site, left = taken(self._site(), self.require_named)
        self._configure(site)  # a station starts with what it had, whatever the card says
        if problem is not None:
            raise problem
        return Outcome(applied, destroyed, self._current() != "", left)

    def _take(self) -> tuple[bool, bool]:
        """Whether there was a new file, and whether one was destroyed."""
        raw = self._card()
        if raw is None:
            return False, False
        applied = not self._is_remnant(raw) and self._apply(raw)
        self._destroy()
        return applied, True

    def _card(self) -> bytes | None:
        try:
            return self.medium.read(self.places.card, MOST_BYTES + 1)
        except OSError as exc:
            raise ProvisioningError(f"the site's file cannot be read: {exc.strerror or exc}") from exc

    def _is_remnant(self, raw: bytes) -> bool:
        """Whether the power was cut while it was overwritten: no TOML has a zero byte, and what it said counts."""
        return b"\0" in raw and self._current() != ""

    def _apply(self, raw: bytes) -> bool:
        name = f"{SITE}-{hashlib.sha256(raw).hexdigest()[:16]}"
        if name == self._current():
            return False
        site = parse(raw)
        require_devices(site, self.require_named)
        self._configure(tomllib.loads(self._files(site)[STATION]), only_look=True)
        self._try(lambda: self._stage(self.places.data / name, site))
        self._try(lambda: self.medium.point(self.places.data / SITE, name))
        return True

    def _files(self, site: SiteFile) -> dict[str, str]:
        return files(site, str(self.places.data / SITE))

    def _stage(self, folder: Path, site: SiteFile) -> None:
        """All of it, beside what counts."""
        self.medium.clear(folder)  # of an attempt that was cut
        self.medium.folder(folder, _THROUGH)
        for name, text in self._files(site).items():
            path, is_open = folder / name, name.startswith(f"{OWN}/")
            self.medium.folder(path.parent, _THROUGH if is_open else 0o700)
            self.medium.create(path, text.encode(), 0o644 if is_open and name not in SECRETS else 0o600)
        for path in (folder / PAIRING, (folder / PAIRING).parent, *(folder / name for name in SECRETS)):
            if path.exists():
                self.medium.hand_over(path)

    def _destroy(self) -> None:
        try:
            self.medium.blank(self.places.card)
            self.medium.unlink(self.places.card)
        except OSError as exc:
            words = f"{self.places.card} was applied, and cannot be destroyed: {exc.strerror or exc}"
            raise ProvisioningError(words, code="provisioning-exposed") from exc

    def _tidy(self) -> None:
        """What no longer counts, or never came to count."""
        current = self._current()
        for folder in self.places.data.glob(f"{SITE}-*"):
            if folder.name != current:
                self.medium.clear(folder)

    def _current(self) -> str:
        try:
            return (self.places.data / SITE).readlink().name
        except FileNotFoundError:
            return ""
        except OSError as exc:
            raise StorageError("data", f"{self.places.data / SITE} is not ours: {exc.strerror}") from exc

    def _site(self) -> Mapping[str, object]:
        return _tables(self.medium, self.places.data / SITE / STATION) if self._current() else {}

    def _configure(self, site: Mapping[str, object], *, only_look: bool = False) -> None:
        """Write the station's configuration unless it says this already. It is put to the station's own reader first.
        Raises `ConfigError`, `StorageError`."""
        path, data = self.places.data / CONFIG, self.places.data
        own = {"station": {"data_dir": f"{data}/station"}, "identity": {"keys": f"file:{data}/keys"}}
        base = _tables(self.medium, self.places.base) if self.places.base else {}
        text = (HEADER + written(merged(merged(own, base), site))).encode()
        if not only_look and (self._kept() == text or (not site and self._is_by_hand())):
            return
        aside = data / f".{CONFIG}.new"
        self._try(lambda: self.medium.create(aside, text, 0o644))
        try:
            load(aside, {})
        except ConfigError as exc:
            self._try(lambda: self.medium.unlink(aside))
            told = exc.detail.replace(f"{aside}: ", "")
            raise ConfigError(f"the image's and the site's settings together: {told}", code=exc.code) from exc
        self._try(lambda: self.medium.unlink(aside) if only_look else self.medium.rename(aside, path))

    def _kept(self) -> bytes | None:
        try:
            return self.medium.read(self.places.data / CONFIG, _BASE_BYTES)
        except OSError as exc:
            raise StorageError("data", f"{self.places.data / CONFIG}: {exc.strerror or exc}") from exc

    def _is_by_hand(self) -> bool:
        """Whether somebody has written the configuration themselves: it stays, unless a site's file counts."""
        kept = self._kept()
        return kept is not None and not kept.startswith(HEADER.encode())

    def _try(self, change: Callable[[], None]) -> None:
        try:
            change()
        except OSError as exc:
            kind = StorageFullError if exc.errno in _FULL else StorageError
            raise kind("data", f"the site's settings were not written: {exc.strerror or exc}") from exc


def _tables(medium: Medium, path: Path) -> dict[str, Any]:
    """A configuration's tables. Raises `ConfigError`."""
    try:
        raw = medium.read(path, _BASE_BYTES)
        return {} if raw is None else tomllib.loads(raw.decode())
    except OSError as exc:
        raise ConfigError(f"{path}: {exc.strerror or exc}") from exc
    except (ValueError, RecursionError) as exc:
        raise ConfigError(f"{path}: not TOML: {exc}") from exc

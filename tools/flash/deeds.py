"""What each command does, from its words to its result."""

import argparse
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from firmware.provisioning.site_file import SiteFile, over
from tools.flash import card, macos, manifest, os_list, site_files, source
from tools.flash.disks import Disk, chosen, require_writable
from tools.flash.errors import FlashError
from tools.flash.linux import Machine
from tools.flash.partitions import SECTOR, site_partition
from tools.flash.talk import Talk
from tools.flash.target import Target, opened_disk, opened_file, present
from tools.flash.writing import write
from tools.submit.progress import size

HERE = frozenset({"localhost", "127.0.0.1", "::1"})
"""A mesh that was tried on one machine calls itself so, and is served to others with `--public-url`."""


def machine_disks() -> tuple[Disk, ...]:
    """The disks of the machine that this runs on. Raises `FlashError`."""
    return macos.disks() if sys.platform == "darwin" else Machine().disks()


@dataclass(slots=True)
class Desk:
    """One command. `touched` names the disk while it is neither what it was nor what it is to be."""

    options: argparse.Namespace
    talk: Talk
    touched: str = ""

    def run(self) -> None:
        """Raises `FlashError`, `ProvisioningError`."""
        deeds = {
            "list": self._list,
            "write": self._write,
            "provision": self._provision,
            "check": self._check,
            "verify": self._verify,
            "sign": self._sign,
            "os-list": self._os_list,
        }
        deeds[self.options.command]()

    def _list(self) -> None:
        disks = machine_disks()
        offered = [disk for disk in disks if disk.is_offered]
        shown = [disk for disk in disks if disk.size] if self.options.all else offered
        lines = [_line(disk) for disk in shown] or ["no card and no stick is plugged in"]
        self.talk.result("\n".join(lines), {"disks": [disk.document() | _refusal(disk) for disk in shown]})

    def _check(self) -> None:
        site, _ = self._settings(self.options.files)
        name = site.mesh.name if site.mesh else ""
        self.talk.result(f"fine: station {name or 'without a name'}", {"station": name, "hostname": site.hostname})

    def _settings(self, paths: list[Path]) -> tuple[SiteFile, bytes]:
        """As `site_files.joined`; says what is allowed and hardly meant."""
        site, content = site_files.joined(paths)
        if site.mesh and urlsplit(site.mesh.url).hostname in HERE:
            self.talk.say(f"mesh.url is {site.mesh.url}: the station will look for its mesh in itself")
        for key in over(site, datetime.now(UTC)):
            self.talk.say(f"{key}: a certificate there is valid no more")
        return site, content

    def _verify(self) -> None:
        image = self._checked()
        values = {"image": image.path.name, "version": image.version, "bytes": image.listed.image_size}
        self.talk.result(f"{image.path.name} is Lockgate {image.version}, as it was signed", values)

    def _checked(self) -> source.Image:
        options = self.options
        key = manifest.public_key(options.key)
        found = source.read_manifest(options.manifest or options.image.with_name(source.MANIFEST), key)
        self.talk.say(f"signed with the key {manifest.key_name(key)[:16]}…")
        return source.checked(options.image, found, self.talk.bar("checking"))

    def _write(self) -> None:
        options = self.options
        content = self._settings(options.provision)[1] if options.provision else b""
        image = self._checked()
        with self._opened(image.listed.image_size, f"Lockgate {image.version}") as (target, disk):
            self.touched = target.path

            def settle(start: bytes) -> None:
                if content:
                    card.put(_buffered(target, disk), site_partition(start), content)

            write(image, target, self.talk.bar, settle)
            self.touched = ""
        values = {"target": target.path, "version": image.version, "bytes": image.listed.image_size}
        words = f"{target.path} holds Lockgate {image.version}, read back"
        words += (
            " and with the site's settings"
            if content
            else "; without settings it looks in its network for its mesh (to name one: lockgate-flash provision)"
        )
        self.talk.result(words, {**values, "verified": True, "provisioned": bool(content)})

    def _provision(self) -> None:
        _, content = self._settings(self.options.provision)
        with self._present() as (path, buffered):
            partition = site_partition(_read_start(path))
            try:
                card.put(buffered, partition, content)
            except KeyboardInterrupt:
                told = f"interrupted: nobody knows whether {path} has the site's settings"
                raise FlashError(told, code="provisioning-interrupted") from None
        self.talk.result(f"{path} has the site's settings", {"target": path, "provisioned": True})

    @contextmanager
    def _present(self) -> "Iterator[tuple[str, str]]":
        """A card or a file that stays what it is, but for the site's file: by which to read it, and to have it changed
        by a program."""
        if self.options.file:
            path: Path = self.options.file
            there = present(path)
            if there and not stat.S_ISREG(there.st_mode):  # a disk has rules of its own
                raise FlashError(f"{path} is no file: name a disk with --disk", code="disk-unknown")
            yield str(path), str(path)
            return
        disk = self._disk(0)
        self._require_yes(disk, f"The settings on {disk.name} are replaced.")
        now = _still(disk, 0)
        with opened_disk(now.path, now.size, zeroes=now.zeroes):
            yield now.path, now.buffered

    @contextmanager
    def _opened(self, least: int, what: str) -> "Iterator[tuple[Target, Disk | None]]":
        if self.options.file:
            self._require_file()
            with opened_file(self.options.file, least) as target:
                yield target, None
            return
        disk = self._disk(least)
        self._require_yes(disk, f"Everything on it is destroyed, and {what} written: {_line(disk)}")
        now = _still(disk, least)
        with opened_disk(now.path, now.size, zeroes=now.zeroes) as target:
            yield target, now

    def _require_file(self) -> None:
        path: Path = self.options.file
        there = present(path)
        if there and os.path.samestat(there, self.options.image.stat()):
            raise FlashError(f"{path} is the image itself", code="disk-is-image")
        if there and there.st_size and not self.options.yes:
            answer = self.talk.ask(f"{path} is there and would be overwritten. Type yes to go on:")
            if answer != "yes":
                raise FlashError(f"{path} was left as it is", code="flash-declined")

    def _disk(self, least: int) -> Disk:
        disks, name = machine_disks(), self.options.disk
        if not name:
            offered = [disk for disk in disks if disk.is_offered]
            if not offered:
                raise FlashError("no card and no stick is plugged in", code="disk-unknown")
            for disk in offered:
                self.talk.say(_line(disk))
            name = self.talk.ask("Which one? Type its name:")
        found = chosen(disks, os.path.realpath(name) if "/" in name and sys.platform != "darwin" else name)
        require_writable(found, least)
        return found

    def _require_yes(self, disk: Disk, warning: str) -> None:
        if self.options.yes and self.options.disk:
            return
        if self.talk.ask(f"{warning}\nType {disk.name} to go on:") != disk.name:
            raise FlashError(f"{disk.name} was left as it is", code="flash-declined")

    def _sign(self) -> None:
        options = self.options
        key = manifest.private_key(options.key)
        images = tuple(source.measured(path) for path in options.images)
        raw = manifest.written(manifest.Manifest(options.release, options.date, images))
        manifest.parse(raw)
        try:
            options.out.write_bytes(raw)
            options.out.with_name(options.out.name + ".sig").write_bytes(key.sign(raw))
        except OSError as exc:
            raise FlashError(f"{exc.filename or options.out}: {exc.strerror}", code="release-unwritten") from exc
        name = manifest.key_name(key.public_key())
        self.talk.result(
            f"{options.out} lists {len(images)}, signed with {name}", {"manifest": str(options.out), "key": name}
        )

    def _os_list(self) -> None:
        options = self.options
        path = options.manifest or Path(source.MANIFEST)
        found = source.read_manifest(path, manifest.public_key(options.key))
        document = os_list.document(found, os_list.Place(options.base, options.icon, options.website or ""))
        self.talk.document(document)


def _still(disk: Disk, least: int) -> Disk:
    """The disk of that name, as it is by now. Raises `FlashError`."""
    now = chosen(machine_disks(), disk.name)
    require_writable(now, least)
    if now.mark != disk.mark or now.size != disk.size:
        raise FlashError(f"{disk.name} is another disk than a moment ago", code="disk-changed")
    return now


def _buffered(target: Target, disk: Disk | None) -> str:
    return disk.buffered if disk else target.path


def _read_start(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(SECTOR)
    except OSError as exc:
        code = "disk-denied" if isinstance(exc, PermissionError) else "disk-unknown"
        raise FlashError(f"{path}: {exc.strerror}", code=code) from exc


def _line(disk: Disk) -> str:
    reason = _refusal(disk).get("refused", "")
    mounted = f"  {reason}" if reason else ""
    return f"{disk.name:<10} {size(disk.size):>8}  {disk.bus:<4} {disk.model}{mounted}".rstrip()


def _refusal(disk: Disk) -> dict[str, str]:
    try:
        require_writable(disk)
    except FlashError as exc:
        return {"refused": exc.code}
    return {}

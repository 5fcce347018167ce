"""The installer over RAUC's own command, which asks RAUC's service; restarts are systemd's.

The command instead of D-Bus: it is there wherever RAUC is, its words are the documented ones, and no library is needed.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path

from hal.drivers.context import DriverContext
from hal.drivers.rauc_words import LAST_ERROR, failure, parse_manifest, parse_percent, parse_slots
from hal.drivers.uri import parse
from hal.ports.errors import DeviceConfigError
from hal.ports.installer import BundleEnds, InstallerError, Manifest, Slots

ANSWER_SECONDS = 60.0
SILENCE_SECONDS = 600.0
"""Of an installation, between two lines: an image of hundreds of megabytes is one step."""
MOST_BYTES = 64 * 1024
_TRIAL = "--reboot-argument=0 tryboot"
"""For the firmware: the other slot, this once (Raspberry Pi documentation, `tryboot`)."""


class RaucInstaller:
    """`options` stand before each word of RAUC's: where the configuration is, if not in its usual place. `wish` is the
    file that asks somebody else for a restart, `wish`-trial the one for a trial; without it systemd is asked here."""

    def __init__(
        self, rauc: str = "rauc", systemctl: str = "systemctl", options: Sequence[str] = (), wish: Path | None = None
    ) -> None:
        self._rauc, self._systemctl, self._options = rauc, systemctl, tuple(options)
        self._wish = wish

    async def slots(self) -> Slots:
        """`rauc status`"""
        try:
            return parse_slots(await self._asked("status", "--output-format=json"))
        except InstallerError as exc:  # no bundle is in question here, whatever the words sound like
            raise InstallerError("installer-failed", exc.detail) from exc

    async def inspect(self, ends: BundleEnds) -> Manifest:
        """`rauc info` of a file that has a hole where the payload is: the manifest stands within the signature."""
        with tempfile.NamedTemporaryFile(prefix="lockgate-", suffix=".raucb") as file:
            file.truncate(ends.size)
            file.write(ends.head)
            file.seek(ends.size - len(ends.tail))
            file.write(ends.tail)
            file.flush()
            try:
                return parse_manifest(await self._asked("info", "--output-format=json", file.name))
            except InstallerError as exc:
                if exc.code == "install-failed":
                    raise InstallerError("bundle-refused", exc.detail) from exc
                raise

    async def install(self, url: str) -> AsyncGenerator[int, None]:
        """`rauc install`"""
        process = await self._begun(self._rauc, *self._options, "install", url)
        last, done = "", 0
        try:
            async with aclosing(_lines(process)) as lines:
                async for line in lines:
                    if line.startswith(LAST_ERROR):
                        last = line.removeprefix(LAST_ERROR)
                    elif (percent := parse_percent(line)) is not None and percent > done:
                        done = percent
                        yield done
            if await process.wait():
                raise failure(last or "rauc install did not end well")
        finally:
            await _ended(process)

    async def mark(self, *, good: bool) -> None:
        """`rauc status mark-good`, `mark-bad`"""
        await self._asked("status", "mark-good" if good else "mark-bad", "booted")

    async def restart(self, *, trial: bool) -> None:
        """`systemctl reboot`, or the wish for it; for a trial the other slot is armed first, should a start have come
        between."""
        if trial:
            await self._asked("status", "mark-active", "other")
        if self._wish is not None:
            _touch(self._wish.with_name(f"{self._wish.name}-trial") if trial else self._wish)
            return
        process = await self._begun(self._systemctl, "--no-ask-password", "reboot", *([_TRIAL] if trial else []))
        await self._said(process)

    async def _asked(self, *words: str) -> bytes:
        return await self._said(await self._begun(self._rauc, *self._options, *words))

    async def _begun(self, *words: str) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT if "install" in words else asyncio.subprocess.PIPE,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
            )
        except OSError as exc:
            raise InstallerError("installer-failed", f"{words[0]}: {exc.strerror}") from exc

    async def _said(self, process: asyncio.subprocess.Process) -> bytes:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                out, words = await process.communicate()
        except TimeoutError as exc:
            raise InstallerError("installer-failed", "no answer") from exc
        finally:
            await _ended(process)
        if process.returncode:
            said = words.decode("utf-8", "replace").strip().splitlines()
            raise failure(said[-1] if said else f"ended with {process.returncode}")
        return out[:MOST_BYTES]


async def _lines(process: asyncio.subprocess.Process) -> AsyncGenerator[str, None]:
    """Raises `InstallerError` installer-failed after a long silence."""
    assert process.stdout is not None  # noqa: S101 (it was asked for)
    while True:
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                line = await process.stdout.readline()
        except (TimeoutError, ValueError) as exc:  # ValueError: a line without an end
            raise InstallerError("installer-failed", "rauc stands still") from exc
        if not line:
            return
        yield line.decode("utf-8", "replace").rstrip("\n")


def _touch(wish: Path) -> None:
    """An empty file in memory: no reason for a thread. Raises `InstallerError` installer-failed."""
    try:
        wish.touch(mode=0o600)
    except OSError as exc:
        raise InstallerError("installer-failed", f"no restart can be asked for: {exc.strerror}") from exc


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


def open(uri: str, context: DriverContext) -> RaucInstaller:  # noqa: ARG001 (every driver's factory has this shape)
    """`rauc:`, or `rauc:/etc/rauc/system.conf`; `restart=/run/lockgate/restart` names the file that asks for a restart
    where the station may not start the board again itself. Raises `DeviceConfigError`."""
    device = parse(uri, ("restart",))
    if device.path and not Path(device.path).is_absolute():
        raise DeviceConfigError("rauc", "the path of RAUC's configuration is absolute")
    wish = device.options.get("restart")
    if wish is not None and not (Path(wish).is_absolute() and Path(wish).name):
        raise DeviceConfigError("rauc", "the path of the file that asks for a restart is absolute")
    options = ("--conf", device.path) if device.path else ()
    return RaucInstaller(options=options, wish=Path(wish) if wish else None)

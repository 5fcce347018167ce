"""`lockgate update`: how an update stands, and what the station that runs is asked to do about it."""

import argparse
import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firmware.auditing import MakeCommand
from firmware.config import Config
from firmware.errors import LockgateError

if TYPE_CHECKING:
    from hal.ports.installer import Installer

OpenInstaller = Callable[[Config], "Installer | None"]
"""Raises `DeviceConfigError`."""
EXIT_FOUND = 1
WORDS = {
    "none": "no update is under way",
    "installing": "version {target} is being installed",
    "ready": "version {target} is installed, and tried as soon as nobody is disturbed",
    "trying": "version {target} is being tried",
    "back": "version {target} was not healthy ({code}): going back",
    "ended": "version {target} stays",
}
FAILED = "version {target} was not taken: {code}"


class WishError(LockgateError):
    """The station could not be asked: it has no installer, or the medium refused the file."""

    code = "update-not-asked"


@dataclass(frozen=True, slots=True)
class UpdateStatus:
    """`version` runs; `slot` and `primary` are empty where the installer does not answer, `installer` says why. The
    rest as in `firmware.updates.states.Record`."""

    version: str
    slot: str
    primary: str
    installer: str
    phase: str
    target: str
    code: str
    offered: str

    def json(self) -> str:
        """One JSON object."""
        return json.dumps(asdict(self))

    def lines(self) -> str:
        """For a person."""
        words = FAILED if self.phase == "ended" and self.code else WORDS[self.phase]
        slot = f"slot {self.slot}" if self.slot else f"no slots: {self.installer}"
        trial = ", a try" if self.slot != self.primary else ""
        offered = [f"the mesh offers version {self.offered}"] if self.offered else []
        told = words.format(target=self.target, code=self.code)
        return "\n".join((f"version {self.version}, {slot}{trial}", told, *offered))


def add_update(commands: Any, make: MakeCommand, open_installer: OpenInstaller) -> None:
    """The command's arguments."""

    def act(config: Config, options: argparse.Namespace) -> int:
        if options.verb == "status":
            found = update_status(config, open_installer(config))
            _print(found.json() if options.json else found.lines())
            return EXIT_FOUND if found.code else 0
        wish(config, options.verb)
        words = (
            f"asked ({options.verb}): a station that runs takes it up within half a minute; lockgate update tells more"
        )
        _print(json.dumps({"asked": options.verb}) if options.json else words)
        return 0

    command = make(commands, "update", act, "say how updates stand; have the mesh asked now; have one installed now")
    command.add_argument(
        "verb",
        nargs="?",
        choices=("status", "check", "install"),
        default="status",
        help="check: ask the mesh now; install: whatever the hour, as soon as nobody is disturbed (default: status)",
    )
    command.add_argument("--json", action="store_true", help="one JSON object on stdout")


def update_status(config: Config, installer: "Installer | None") -> UpdateStatus:
    """Read beside a station that runs. Raises `UpdateError`, `StorageError`."""
    from firmware.recording import VERSION  # noqa: PLC0415 - `--help` and a wrong file must answer at once
    from firmware.status import Looking  # noqa: PLC0415 - as above
    from firmware.updates.parts import running_version  # noqa: PLC0415 - as above
    from firmware.updates.record import kept_record  # noqa: PLC0415 - as above
    from hal.ports.installer import InstallerError  # noqa: PLC0415 - as above

    record, slot, primary, why = kept_record(Looking(Path(config.data_dir))), "", "", ""
    try:
        if installer is None:
            why = "updates.installer is not set"
        else:
            slots = asyncio.run(installer.slots())
            slot, primary = slots.booted, slots.primary
    except InstallerError as exc:
        why = f"{exc.code}: {exc.detail}"
    version = running_version(VERSION).text
    return UpdateStatus(version, slot, primary, why, record.phase.value, record.target, record.code, record.offered)


def wish(config: Config, verb: str) -> None:
    """Leave word for the station that runs, whole or not at all. Raises `WishError`."""
    from firmware.updates.record import WISH  # noqa: PLC0415 - as above

    if not config.installer:
        raise WishError("updates.installer is not set: this box takes no update from its mesh")
    path = Path(config.data_dir) / WISH
    aside = path.with_name(f".{WISH}.{os.getpid()}")
    try:
        owner = path.parent.stat()
        aside.unlink(missing_ok=True)
        # The folder is the station's: where root asks, no link that lies there may lead anywhere.
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(verb.encode())
            if os.geteuid() == 0:
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)  # the station removes it
        aside.replace(path)
    except OSError as exc:
        raise WishError(f"{path}: {exc.strerror}") from exc


def _print(words: str) -> None:
    print(words, flush=True)  # noqa: T201 - the answer asked for

"""A hall with one box in emulation whose versions change: a person with a badge, and the card's many starts."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from firmware.updates.machine import MOST_INSTALLATIONS
from firmware.updates.states import Version
from tools.edgemesh.site import read_site
from tools.edgemesh.updates.bundles import FileBundles, bundle_directory
from tools.edgemesh.updates.rollout import Bundle
from tools.image.bundle import COMPATIBLE, development_signer
from tools.image.errors import ImageError
from tools.image.firmware_twin import FirmwareTwin
from tools.image.hall import NAME, Hall, hall
from tools.image.life import Life, quiet
from tools.image.rig import JOINED, LONGEST, PRINTED
from tools.image.visit import READER, Person, tap
from tools.image.workplace import Workplace

BADGE = "7301948265"
KEYS = "cd /var/lib/lockgate && find keys -type f | sort | xargs sha256sum"
TAPPED = r"(?:badge accepted|badge unreadable|refused badge)"
MOST_TAPS = 5
"""A machine that does something else besides may type a badge too slowly."""
FAILED = r"\]: update: "
"""What the station says of each step that failed."""
SECONDS = r"^\[ *(\d+\.\d+)\] lockgate\[\d+\]: .*"


@dataclass(slots=True)
class House:
    """Everything of it; `keys` are the hashes of the box's own keys, as they were when it joined."""

    hall: Hall
    ada: Person
    life: Life
    keys: str = ""
    printed: int = 0

    def join(self) -> None:
        """The first start, until the box is a station of the mesh. Raises `ImageError`."""
        self.life.start()
        self.life.machine.wait(JOINED, LONGEST)
        self.life.awake()
        self.keys = self.life.ask(KEYS)
        if not re.match(r"[0-9a-f]{64}  keys", self.keys):
            raise ImageError(f"the box has no keys that could be compared: {self.keys[:200]}")

    def hold(self) -> Path:
        """A document that nobody else has, held at the mesh. Raises `ImageError`."""
        return self.hall.sent(self.ada, f"document{self.printed}")

    def release(self, document: Path) -> bool:
        """The badge is typed; whether the document came out as it was held, and the box is the one that it was.
        Raises `ImageError`."""
        machine = self.life.machine
        before = len(re.findall(PRINTED, machine.serial))
        for _ in range(MOST_TAPS):
            taps = len(re.findall(TAPPED, machine.serial))
            tap(machine, self.ada.badge)
            machine.wait(rf"(?s)(?:.*?{TAPPED}){{{taps + 1}}}", LONGEST)
            if re.findall(TAPPED, machine.serial)[-1] == "badge accepted":
                break
        machine.wait(rf"(?s)(?:.*?{PRINTED}){{{before + 1}}}", LONGEST)
        self.printed += 1
        return self.hall.printed()[-1:] == [document.read_bytes()] and self.life.ask(KEYS) == self.keys

    def offer(self, bundle: Path, version: str) -> None:
        """As an administrator does. Raises `ImageError`."""
        keyring = development_signer(self.life.twin.place).authority
        here = ["--dir", str(self.hall.site.mesh)]
        self.hall.site.edgemesh("update", "add", str(bundle), "--keyring", str(keyring), *here)
        self._stage(version)

    def offer_as(self, bundle: Path, version: str) -> None:
        """As a mesh does that was lied to, or lies: nobody looks at the signature there. Raises `ImageError`."""
        kept = FileBundles(bundle_directory(read_site(self.hall.site.mesh)))
        kept.add(bundle, Bundle("", Version(version), COMPATIBLE, 1))
        self._stage(version)

    def _stage(self, version: str) -> None:
        self.hall.site.edgemesh("update", "stage", version, "--station", NAME, "--most-failures", "1000")

    def withdraw(self, version: str) -> None:
        """Raises `ImageError`."""
        self.hall.site.edgemesh("update", "halt", version)

    def install(self) -> None:
        """Whatever the hour: a person at the box asks. Raises `ImageError`."""
        said = self.life.lockgate("update", "install")
        if "asked" not in said:
            raise ImageError(f"lockgate update install: {said}")

    def refusal(self, version: str) -> str:
        """The code with which the offered version is not taken; it is asked for again where that may mend it. Raises
        `ImageError`."""
        machine = self.life.machine
        for times in range(1, MOST_INSTALLATIONS + 1):
            failed = len(re.findall(FAILED, machine.serial))
            self.install()
            machine.wait(rf"(?s)(?:.*{FAILED}){{{failed + 1}}}|version {re.escape(version)} is not taken", LONGEST)
            if found := re.search(rf"version {re.escape(version)} is not taken: ([a-z-]+)", machine.serial):
                self.life.tell(f"{machine.seconds():6.1f} s  version {version} is not taken: {found[1]} ({times})")
                return found[1]
        raise ImageError(f"version {version} is neither taken nor refused:\n{machine.tail()}")

    def told(self, words: str) -> float:
        """Until the station says so, in this start; the seconds since the start. Raises `ImageError`."""
        return float(self.life.machine.wait(SECONDS + words, LONGEST)[1])

    def installed(self, version: str) -> float:
        """Until the other slot is whole, asked for again where a step failed and another time may mend it; how many
        seconds that took. Raises `ImageError`."""
        begun = self.told(rf"version {re.escape(version)} is being installed")
        for failures in range(MOST_INSTALLATIONS):
            if self.life.machine.until(partial(self._has_ended, version, failures), f"version {version}", LONGEST):
                return self.told(rf"version {re.escape(version)} is installed") - begun
            self.install()
        raise ImageError(f"version {version} is not installed:\n{self.life.machine.tail()}")

    def _has_ended(self, version: str, failures: int) -> bool | None:
        """Whether it is installed; None where that is still tried, after so many failures in this start."""
        serial = self.life.machine.serial
        if f"version {version} is installed" in serial:
            return True
        return False if len(re.findall(FAILED, serial)) > failures else None


@contextmanager
def house(place: Workplace, folder: Path, tell: Callable[[str], None] = quiet) -> Iterator[House]:
    """A new one, with nothing started. Raises `ImageError`."""
    with hall(place, folder) as there:
        ada = there.person("ada", BADGE)
        card = there.card(folder.name, (READER,)).file
        try:
            with Life(FirmwareTwin(place, card), folder.name, tell) as life:
                yield House(there, ada, life)
        finally:
            card.unlink()

"""A card through many starts of its board: what the kernel said last decides which slot the firmware takes next."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

from tools.image import inside
from tools.image.errors import ImageError
from tools.image.firmware_twin import FirmwareTwin, wants_try
from tools.image.machine import Board, Machine
from tools.image.rig import AWAKE, LONGEST, PATIENT, READY
from tools.image.visit import KEYBOARD

SLOT = r"initramfs: slot ([AB]), root /dev/\w+"


def quiet(words: str) -> None:
    """Tells nobody."""


@dataclass(slots=True)
class Life:
    """Leaving the context cuts the power. `said` is what came over the serial line in the starts that are over."""

    twin: FirmwareTwin
    name: str = "life"
    tell: Callable[[str], None] = quiet
    said: list[str] = field(default_factory=list)
    _machine: Machine | None = None

    def __enter__(self) -> "Life":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._machine is not None:
            self._machine.end()

    @property
    def machine(self) -> Machine:
        """The one that runs. Raises `ImageError`."""
        if self._machine is None:
            raise ImageError("nothing was started")
        return self._machine

    def start(self, words: str = "") -> Machine:
        """The firmware starts the board, as the last thing said asks for. Raises `ImageError`."""
        tryboot = bool(self.said) and wants_try(self.said[-1])
        place, name = self.twin.place, self.name
        board = Board(devices=(*KEYBOARD, *inside.devices(place, name)))
        twin = FirmwareTwin(place, self.twin.disk, board)
        line = f"{PATIENT} {inside.words()} {words}".strip()
        self.tell(f"the firmware takes slot {twin.chosen(tryboot=tryboot).name}{' for one try' if tryboot else ''}")
        self._machine = twin.boot(name, tryboot=tryboot, words=line)
        return self._machine

    def cut(self) -> None:
        """The power goes."""
        self.machine.end()
        self.said.append(self.machine.serial)

    def ended(self) -> str:
        """Until the board starts again by itself; what it said. Raises `ImageError`."""
        machine = self.machine
        try:
            machine.process.wait(LONGEST)
        except subprocess.TimeoutExpired as exc:
            raise ImageError(f"it does not start again:\n{machine.tail()}") from exc
        self.said.append(machine.serial)
        self.tell(f"{machine.seconds():6.1f} s  it starts again")
        return machine.serial

    def awake(self) -> str:
        """Until somebody may tap; the slot that runs. Raises `ImageError`."""
        machine = self.machine
        machine.wait(READY, LONGEST)
        machine.wait(AWAKE, LONGEST)
        slot = self.slot
        self.tell(f"{machine.seconds():6.1f} s  slot {slot}: the station is ready")
        return slot

    @property
    def slot(self) -> str:
        """That the initramfs took. Raises `ImageError`."""
        return self.machine.wait(SLOT, LONGEST)[1]

    def ask(self, command: str) -> str:
        """What a command of the guest's superuser says. Raises `ImageError`."""
        return inside.ask(self.machine, command, LONGEST)

    def lockgate(self, *words: str) -> str:
        """What the box's own command says to the station's user. Raises `ImageError`."""
        return self.ask(f"setpriv --reuid lockgate --regid lockgate --clear-groups lockgate {' '.join(words)}")

"""Whether this box is well: the looks that a new version must pass before it stays."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from firmware.vault import boxes
from firmware.vault.boxes import BoxError, PartKind
from firmware.vault.parts import PART_BYTES
from hal.ports.clock import Clock
from hal.ports.errors import DeviceError
from hal.ports.printer import Printer

PATIENCE_SECONDS = 300.0
"""For readers, printer and mesh to be there after a start."""
EVERY_SECONDS = 5.0
MESH, READER, PRINTER, SELF_TEST = "mesh-unreachable", "reader-lost", "printer-unreachable", "self-test-failed"
_TEST = "self-test"
SILENT = frozenset({PRINTER, "device-lost", "device-busy"})
"""Of a printer that says nothing at all; whatever else is wrong with it, it answers."""


@dataclass(frozen=True, slots=True)
class Health:
    """`looks` by the fault that each finds, each true where all is well."""

    looks: Mapping[str, Callable[[], Awaitable[bool]]]
    clock: Clock

    async def faults(self) -> tuple[str, ...]:
        """What is not well at this moment."""
        return tuple([fault for fault, look in self.looks.items() if not await look()])

    async def lasting(self, known: tuple[str, ...] = ()) -> tuple[str, ...]:
        """What is not well, and was not `known` before, after all patience."""
        until = self.clock.monotonic() + PATIENCE_SECONDS
        while True:
            found = tuple(fault for fault in await self.faults() if fault not in known)
            if not found or self.clock.monotonic() >= until:
                return found
            await self.clock.sleep(EVERY_SECONDS)


def answers(printer: Printer) -> Callable[[], Awaitable[bool]]:
    """Whether a printer says anything."""

    async def look() -> bool:
        try:
            await printer.status()
        except DeviceError as exc:
            return exc.code not in SILENT
        return True

    return look


def decrypts(org_id: str, station_id: str, box_key: bytes) -> Callable[[], Awaitable[bool]]:
    """Whether a part that is sealed to this station's own key, as for a release, comes out again."""

    async def look() -> bool:
        part, info = bytes(range(PART_BYTES)), boxes.release_info(PartKind.JOB, org_id, _TEST, _TEST, station_id)
        try:
            box = boxes.seal(part, boxes.public_box_key(box_key), info)
            return boxes.open_box(box, box_key, info) == part
        except BoxError:
            return False

    return look

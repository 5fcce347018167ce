"""The storage twin: a medium, the page cache before it, and power that may fail between the two."""

import random
from enum import StrEnum

from hal.ports.errors import StorageError, StorageFullError
from hal.ports.storage import NAME


class StorageFault(StrEnum):
    """What can be wrong with a medium until it is set right."""

    FULL = "full"
    IO_ERROR = "io-error"  # a sync fails; the name stays failed until the process starts anew
    TORN = "torn"  # an append stops half way and cannot be taken back; else as IO_ERROR
    READ_ONLY = "read-only"


class PowerCutError(BaseException):
    """The power is gone. No `Exception`: no handler of the firmware runs on a box that is off."""


class SimStorage:
    """`fault` is what is wrong now. `ever_written` is every piece that was ever handed to the medium, for a
    search for what must not be there."""

    def __init__(self, chance: random.Random) -> None:
        self.fault: StorageFault | None = None
        self.ever_written: list[bytes] = []
        self._seed = chance.getrandbits(64)
        self._chances: dict[str, random.Random] = {}
        self._synced: dict[str, bytes] = {}
        self._cached: dict[str, bytes] = {}
        self._failed: set[str] = set()
        self._writes_left: int | None = None
        self._off = False

    def read(self, name: str) -> bytes | None:
        """The content, or None. Raises `StorageError` for a name whose sync failed."""
        self._check(name)
        return self._cached.get(name)

    def replace(self, name: str, data: bytes) -> None:
        """All or nothing, whatever the fault and whenever the power goes."""
        cut = self._begin(name, data)
        if self.fault is StorageFault.IO_ERROR:
            raise StorageError("storage", f"{name}: I/O error")
        if not cut or self._chance(name).random() < 1 / 2:
            self._synced[name] = self._cached[name] = data
        self._end(cut)

    def append(self, name: str, data: bytes) -> None:
        """Synced when it returns; otherwise see `StorageFault`."""
        cut = self._begin(name, data)
        before = self._cached.get(name, b"")
        if self.fault is StorageFault.TORN:
            data = self._part(name, data)
        self._cached[name] = before + data
        if self.fault in (StorageFault.IO_ERROR, StorageFault.TORN):
            self._failed.add(name)
            raise StorageError("storage", f"{name}: I/O error")
        if not cut:
            self._synced[name] = self._cached[name]
        self._end(cut)

    def remove(self, name: str) -> None:
        """All or nothing."""
        cut = self._begin(name, b"")
        if self.fault is StorageFault.IO_ERROR:
            raise StorageError("storage", f"{name}: I/O error")
        if not cut or self._chance(name).random() < 1 / 2:
            self._synced.pop(name, None)
            self._cached.pop(name, None)
        self._end(cut)

    @property
    def untouchable(self) -> bool:
        """Whether there are files that cannot even be read now."""
        return self._off or bool(self._failed)

    def cut_power_in(self, writes: int) -> None:
        """The power goes during the `writes`-th change from now: part of it happens, then `PowerCutError`,
        now and from every call until `crash`."""
        self._writes_left = writes

    def crash(self) -> None:
        """Power was lost and is back: of what was appended and not synced, a random prefix is left. Each file has a
        chance of its own: what becomes of one does not hang on how long another is."""
        for name, seen in list(self._cached.items()):
            synced = self._synced.get(name, b"")
            self._synced[name] = self._cached[name] = synced + self._part(name, seen[len(synced) :])
        self.restart()

    def restart(self) -> None:
        """The process was killed and started; the kernel, and with it the page cache, lived on."""
        self._failed.clear()
        self._writes_left = None
        self._off = False

    def _begin(self, name: str, data: bytes) -> bool:
        """Whether the power goes during this change; raises what keeps it from starting."""
        self._check(name)
        if self.fault is StorageFault.FULL and data:
            raise StorageFullError("storage", name)
        if self.fault is StorageFault.READ_ONLY:
            raise StorageError("storage", f"{name}: read-only")
        self.ever_written.append(data)
        if self._writes_left is not None:
            self._writes_left -= 1
        return self._writes_left == 0

    def _end(self, cut: bool) -> None:
        if cut:
            self._off = True
            raise PowerCutError

    def _check(self, name: str) -> None:
        if self._off:
            raise PowerCutError
        if not NAME.fullmatch(name):
            raise ValueError(f"not a file name of ours: {name!r}")
        if name in self._failed:
            raise StorageError("storage", f"{name}: an earlier sync failed")

    def _part(self, name: str, data: bytes) -> bytes:
        return data[: self._chance(name).randint(0, len(data))]

    def _chance(self, name: str) -> random.Random:
        own = self._chances.get(name)
        if own is None:
            own = self._chances[name] = random.Random(f"{self._seed}/{name}")  # noqa: S311 (a replayable medium)
        return own

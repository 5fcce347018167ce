"""A whole board of twins, and the handles to do things to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from hal.board import Board
from hal.ports.clock import Clock
from hal.ports.printer import Printer
from hal.sim.clock import VirtualClock
from hal.sim.converter import SimConverter
from hal.sim.indicator import SimIndicator
from hal.sim.key_store import SimKeyStore
from hal.sim.random_source import SeededRandom, stream
from hal.sim.reader import SimReader
from hal.sim.storage import SimStorage
from hal.sim.watchdog import SimWatchdog
from hal.sim.workers import InlineWorkers

P = TypeVar("P", bound=Printer)


@dataclass(frozen=True, slots=True)
class SimBoard(Generic[P]):
    """The twins outlive the station: the same box is started, killed and started again with `board()`."""

    printer: P
    readers: tuple[SimReader, ...]
    indicator: SimIndicator
    clock: Clock
    converter: SimConverter
    random: SeededRandom
    keys: SimKeyStore = field(repr=False)
    storage: SimStorage
    watchdog: SimWatchdog
    workers: InlineWorkers

    @property
    def reader(self) -> SimReader:
        """The first reader, for the many stories that have one."""
        return self.readers[0]

    def board(self) -> Board:
        """The ports for one life of the station; for a life after a power cut, call `storage.crash()` before."""
        for reader in self.readers:
            reader.restart()
        self.storage.restart()
        self.watchdog.restart()
        return Board(
            readers=self.readers,
            printer=self.printer,
            converter=self.converter,
            indicator=self.indicator,
            clock=self.clock,
            random=self.random,
            keys=self.keys,
            storage=self.storage,
            watchdog=self.watchdog,
            workers=self.workers,
        )


def sim_board(
    seed: int,
    printer: P,
    *,
    readers: int = 1,
    clock: Clock | None = None,
    secrets: Mapping[str, bytes] | None = None,
) -> SimBoard[P]:
    """Twins whose every choice comes from `seed`. `secrets` are what the key store already holds; a `clock`
    is given where the printer or the mesh shares it."""
    time = clock or VirtualClock()
    return SimBoard(
        printer=printer,
        readers=tuple(SimReader(f"reader-{number}") for number in range(1, readers + 1)),
        indicator=SimIndicator(),
        clock=time,
        converter=SimConverter(),
        random=SeededRandom(seed),
        keys=SimKeyStore(secrets),
        storage=SimStorage(stream(seed, "storage")),
        watchdog=SimWatchdog(time),
        workers=InlineWorkers(),
    )

"""One station to stand before, without hardware: the product on the real mesh, its reader typed, its printer a twin.

Everything but reader and printer is what a box runs: pairing, key store, ledger, record, TLS."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from firmware.config import Config
from firmware.service import serve
from hal.board import Board
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.ports.errors import DeviceConfigError
from hal.ports.indicator import Caption, Indicator, Signal
from hal.ports.printer import Printer
from hal.registry import BoardConfig, open_board
from hal.sim.ipp_printer import ServedPrinter, into_directory
from hal.sim.printer import SimPrinter
from hal.sim.reader import SimReader
from tools.bench.panel import Shown
from tools.bench.typed import Typed, TypedLines

PAGE_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Place:
    """Where the station stands: its name, its mesh, a directory of its own. `printer` is a URI, empty for the twin,
    which lays what it prints into the directory's `tray`; `provision` a file to pair by, without an administrator;
    `panel` where its panel answers, empty for none."""

    name: str
    mesh: str
    data: Path
    printer: str = ""
    provision: str = ""
    panel: str = ""

    def config(self, printer: str) -> Config:
        """As `lockgate.toml` would say it."""
        return Config(
            data_dir=str(self.data / "data"),
            mesh_url=self.mesh,
            ca_file="",
            keys=f"file:{self.data / 'keys'}",
            readers=(),
            printer=printer,
            name=self.name,
            provision=self.provision,
            panel=self.panel,
        )


async def stand(place: Place) -> int:
    """Serve until told to quit. The station's exit code. Raises what keeps a station from serving."""
    place.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if place.printer:
        return await _serve(place.config(place.printer), None)
    tray = place.data / "tray"
    tray.mkdir(exist_ok=True)
    twin = SimPrinter(SystemClock(), SystemRandom(), page_seconds=PAGE_SECONDS, sink=into_directory(tray))
    async with ServedPrinter(twin) as served:
        print(f"the printer is a twin at {served.uri}; its tray is {tray}")
        return await _serve(place.config(served.pinned_uri), twin)


async def _serve(config: Config, twin: SimPrinter | None) -> int:
    shown = Shown()
    board, reader = _board(config, shown)
    task = asyncio.current_task()
    typed = Typed(reader, twin, board.clock, shown, quit_early=task.cancel if task else lambda: None)
    print(typed.help, flush=True)
    lines = TypedLines(typed.obey, typed.quit)
    lines.start()
    try:
        return await serve(board, config, typed.serving, _no_other, panel=typed.panel)
    except asyncio.CancelledError:
        if not typed.has_quit:
            raise
        return 0  # before it served
    finally:
        lines.stop()


def _no_other(uri: str) -> Printer:
    """The printer is always said here, so the mesh's word is never asked."""
    raise DeviceConfigError("printer", uri)


def _board(config: Config, shown: Shown) -> tuple[Board, SimReader]:
    storage = f"file:{config.data_dir}"
    board = open_board(
        BoardConfig((), config.printer, keys=config.keys, storage=storage, indicator=config.indicator, watchdog="none:")
    )
    reader = SimReader(again=0)  # whoever types taps lifts the badge each time
    return replace(board, readers=(reader,), indicator=Screen(board.indicator, shown)), reader


class Screen:
    """An indicator that also says on standard output what a screen would show: the picture's key, and the words."""

    def __init__(self, inner: Indicator, shown: Shown) -> None:
        self._inner = inner
        self._shown = shown

    def show(self, signal: Signal, captions: tuple[Caption, ...] = ()) -> None:
        """Each caption on a line of its own."""
        self._inner.show(signal, captions)
        self._shown.see(captions)
        for caption in captions:
            print(f"[{caption.picture}] {caption.words}", flush=True)

    def acknowledge(self, *, good: bool) -> None:
        """As the indicator does."""
        self._inner.acknowledge(good=good)

    async def aclose(self) -> None:
        """The indicator's own end."""
        await self._inner.aclose()

"""One station to stand before, without hardware: the product on the real mesh, its reader typed, its printer a twin.

Everything but reader and printer is what a box runs: pairing, key store, ledger, record, TLS."""

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from firmware.config import Config
from firmware.core.events import Event, StopAsked
from firmware.service import serve
from hal.board import Board
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.ports.errors import DeviceConfigError
from hal.ports.printer import Printer
from hal.registry import BoardConfig, open_board
from hal.sim import printer_commands
from hal.sim.commands import TapBadge
from hal.sim.ipp_printer import ServedPrinter, into_directory
from hal.sim.printer import SimPrinter
from hal.sim.reader import SimReader
from hal.sim.words import WordsError, parse

PAGE_SECONDS = 0.3
HELP = "type: tap NUMBER, jam, clear jam, paper out, paper in, printer off, printer on, …, quit"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the station stands: its name, its mesh, a directory of its own. `printer` is a URI, empty for the twin,
    which lays what it prints into the directory's `tray`; `provision` a file to pair by, without an administrator."""

    name: str
    mesh: str
    data: Path
    printer: str = ""
    provision: str = ""

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
    board, reader = _board(config)
    print(HELP, flush=True)
    task = asyncio.current_task()
    listener = _Listener(reader, twin, task.cancel if task else lambda: None)
    listener.start()
    try:
        return await serve(board, config, listener.serving, _no_other)
    except asyncio.CancelledError:
        return 0  # quit before it served
    finally:
        listener.stop()


def _no_other(uri: str) -> Printer:
    """The printer is always said here, so the mesh's word is never asked."""
    raise DeviceConfigError("printer", uri)


def _board(config: Config) -> tuple[Board, SimReader]:
    storage = f"file:{config.data_dir}"
    board = open_board(
        BoardConfig((), config.printer, keys=config.keys, storage=storage, indicator=config.indicator, watchdog="none:")
    )
    reader = SimReader()
    return replace(board, readers=(reader,)), reader


class _Listener:
    """Carries out what is typed. Until the station serves, only quitting means something."""

    def __init__(self, reader: SimReader, twin: SimPrinter | None, quit_early: Callable[[], object]) -> None:
        self._reader, self._twin = reader, twin
        self._quit: Callable[[], object] = quit_early
        self._typed = b""

    def start(self) -> None:
        os.set_blocking(sys.stdin.fileno(), False)
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._readable)

    def stop(self) -> None:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        os.set_blocking(sys.stdin.fileno(), True)

    def serving(self, post: Callable[[Event], None]) -> None:
        """An `app.Control`."""
        self._quit = lambda: post(StopAsked())

    def _readable(self) -> None:
        read = os.read(sys.stdin.fileno(), 4096)
        *lines, self._typed = (self._typed + read).split(b"\n")
        for line in lines:
            self._obey(line.decode(errors="replace").strip())
        if not read:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self._quit()

    def _obey(self, words: str) -> None:
        if words in ("quit", "exit", "stop"):
            self._quit()
        elif words in ("help", "?"):
            print(HELP, flush=True)
        elif words:
            self._carry_out(words)

    def _carry_out(self, words: str) -> None:
        try:
            command = parse(words)
        except WordsError as exc:
            print(exc, flush=True)
            return
        if isinstance(command, TapBadge):
            self._reader.tap(command.text)
        elif self._twin is None or not printer_commands.obey(self._twin, command):
            print(HELP, flush=True)

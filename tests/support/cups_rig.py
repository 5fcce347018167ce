"""A private cupsd of the station's in front of a printer: the twin, served on the loopback, or a backend of our own."""

import shutil
from collections.abc import Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hal.drivers import cups_config, cups_printer, cups_room, printer_address
from hal.drivers.context import DriverContext
from hal.drivers.cups_printer import CupsPrinter
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.clock import Clock
from hal.ports.printer import Printer
from hal.sim.ipp_printer import ServedPrinter
from hal.sim.printer import SimPrinter
from hal.sim.random_source import SeededRandom
from tests.support import aio
from tests.support.printer_rigs import Arrived, Scales

RAW = "raw"
PWG = "drv:///cupsfilters.drv/pwgrast.ppd"
SPOOL = 128
SERVER_PATH = "/usr/sbin:/usr/bin"


def available() -> bool:
    """True where cupsd, its filters and the emulated printers' drivers are installed."""
    return bool(shutil.which("cupsd", path=SERVER_PATH)) and Path("/usr/lib/cups/filter/pdftopdf").exists()


def cups_uri(device: str, model: str = RAW, spool: int = SPOOL) -> str:
    return f"cups:?device={quote(device, safe='')}&model={model}&spool={spool}"


def ipp_device(uri: str) -> str:
    """The device URI of a printer on the loopback, without SNMP, for which a backend would wait some seconds."""
    parts = printer_address.parse(uri.replace("ipps:", "ipp:") + "?insecure=yes-not-encrypted")
    return f"ipp://{parts.authority}{parts.path}?snmp=false"


def opened(device: str, model: str = RAW, spool: int = SPOOL) -> CupsPrinter:
    context = DriverContext(SystemClock(), ThreadWorkers(1), SystemRandom())
    return cups_printer.open(cups_uri(device, model, spool), context)


class CupsRig:
    """The driver before a cupsd before the served twin; `printer` is there while `run` runs."""

    printer: Printer

    def __init__(self, model: str = RAW) -> None:
        self.clock: Clock = SystemClock()
        self.model = model
        self.scales = Scales()
        self.twin = SimPrinter(self.clock, SeededRandom(1), page_seconds=0.0, sink=self.scales)
        self.server = ServedPrinter(self.twin, encrypted=False)
        self._names: dict[int, str] = {}

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        aio.run(self._serving(main))

    def arrived(self, job_id: int) -> Arrived:
        """The twin numbers its jobs by itself; the name is the same."""
        name = self._names.get(job_id, "")
        numbers = [one.job_id for one in self.twin.deliveries if one.job_name == name]
        return self.scales.weigh(numbers[-1] if numbers else 0)

    async def _serving(self, main: Coroutine[Any, Any, None]) -> None:
        async with self.server:
            printer = opened(ipp_device(self.server.uri), self.model)
            self._note_names(printer)
            self.printer = printer
            try:
                await main
            finally:
                await printer.aclose()

    def _note_names(self, printer: CupsPrinter) -> None:
        create = printer.create_job

        async def noted(ticket: Any) -> Any:
            made = await create(ticket)
            self._names[made.job_id] = ticket.name
            return made

        printer.create_job = noted  # type: ignore[method-assign]  # looks on


GUTTER = """\
#!/bin/sh
[ $# -gt 0 ] || exit 0
folder=${DEVICE_URI#gutter:}
cat "${6:--}" >"$folder/taken-$1" || exit 1
[ ! -e "$folder/says" ] || cat "$folder/says" >&2
touch "$folder/waits-$1"
while [ -e "$folder/shut" ]; do sleep 0.02; done
exit "$(cat "$folder/code")"
"""
"""A backend that keeps what it is given, says what it is told to, waits while `shut` is there, and ends with `code`."""


class Gutter:
    """A device of our own behind a backend of our own, its folder in memory."""

    def __init__(self, memory: Path, monkeypatch: Any) -> None:
        self.folder = memory / "device"
        self.folder.mkdir(mode=0o777)
        self.folder.chmod(0o777)
        programs = memory / "programs"
        (programs / "backend").mkdir(parents=True)
        for one in cups_room.PROGRAMS.iterdir():
            if not one.name.startswith("backend"):
                (programs / one.name).symlink_to(one)
        backend = programs / "backend" / "gutter"
        backend.write_text(GUTTER)
        backend.chmod(0o755)
        memory.chmod(0o755)
        monkeypatch.setattr(cups_room, "PROGRAMS", programs)
        monkeypatch.setattr(cups_config, "PROGRAMS", programs)
        self.ends_with(0)

    @property
    def device(self) -> str:
        return f"gutter:{self.folder}"

    def filters(self, ours: dict[str, str]) -> None:
        """These in place of the system's of the same names."""
        folder = cups_room.PROGRAMS / "filter"
        real = list(folder.resolve().iterdir())
        folder.unlink()
        folder.mkdir()
        for one in real:
            if one.name not in ours:
                (folder / one.name).symlink_to(one)
        for name, script in ours.items():
            (folder / name).write_text(script)
            (folder / name).chmod(0o755)

    def ends_with(self, code: int) -> None:
        (self.folder / "code").write_text(str(code))

    def says(self, words: str) -> None:
        (self.folder / "says").write_text(words + "\n")

    def shut(self) -> None:
        (self.folder / "shut").touch()

    def let_go(self) -> None:
        (self.folder / "shut").unlink()

    def waits(self, job_id: int) -> bool:
        return (self.folder / f"waits-{job_id}").exists()

    def taken(self, job_id: int) -> bytes:
        path = self.folder / f"taken-{job_id}"
        return path.read_bytes() if path.exists() else b""

    def opened(self, spool: int = SPOOL) -> CupsPrinter:
        return opened_at(self.device, spool)


def opened_at(device: str, spool: int = SPOOL, model: str = RAW) -> CupsPrinter:
    """The driver before a device whose wire is not encrypted."""
    context = DriverContext(SystemClock(), ThreadWorkers(1), SystemRandom())
    return cups_printer.open(f"{cups_uri(device, model, spool)}&insecure=yes-not-encrypted", context)

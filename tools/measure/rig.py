"""A running mesh, station and ippeveprinter, and one release after another measured on them."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.demo.printers import at_once
from tools.demo.processes import Talker, mesh, station, submit
from tools.demo.show import configuration
from tools.edgemesh.bootstrap import MadeMesh, make_mesh
from tools.measure.peers import empty
from tools.peers.ippeveprinter import IppEvePrinter
from tools.peers.spool import SpoolWatch

LIMIT = 600.0
SETTLE = 0.3
"""Seconds between two releases: the printer must be done with the one before."""


@dataclass(frozen=True)
class Release:
    """Milliseconds from the tap to the list, and to the first byte in the printer's spool, and from the mesh's grant to
    that; seconds from the tap until
    the printer had taken the whole document; the event loop's longest stall meanwhile, in milliseconds."""

    list_ms: float
    first_byte_ms: float
    granted_to_first_byte_ms: float
    whole_s: float
    stall_ms: float


@dataclass
class Rig:
    """Everything runs; `release` submits and taps."""

    printer: IppEvePrinter
    made: MadeMesh
    url: str
    talker: Talker

    def release(self, document: Path) -> Release:
        """Submit, tap, and wait until it is printed. Raises `RuntimeError` when it was not."""
        submit(document, self.made.client, self.url, "--user", self.made.user)
        time.sleep(SETTLE)
        watch = SpoolWatch(self.printer.spool)
        before = len(self.talker.said)
        tapped = self.talker.tell(f"tap {self.made.badge}")
        listed = self._line(" listed ")
        granted = self.talker.wait_for(lambda said: "granted" in said, LIMIT)
        taken = self._line(" printing", " held", " unknown")
        first = watch.wait(LIMIT)
        ended = taken if not taken["line"].endswith(" printing") else self._line(" printed", " held", " unknown")
        if first is None or not ended["line"].endswith(" printed"):
            raise RuntimeError(f"the release did not print: {ended['line']}")
        self._line("closed")
        empty(self.printer)
        stalls = [float(said["stall_ms"]) for said in self.talker.said[before:] if "stall_ms" in said]
        return Release(
            list_ms=(listed["at"] - tapped) * 1000,
            first_byte_ms=(first - tapped) * 1000,
            granted_to_first_byte_ms=(first - granted["at"]) * 1000,
            whole_s=taken["at"] - tapped,
            stall_ms=max(stalls, default=0.0),
        )

    def memory(self) -> tuple[float, float]:
        """MiB resident now, and at the most so far."""
        self.talker.tell("memory")
        said = self.talker.wait_for(lambda item: "peak_rss_mib" in item)
        return float(said["rss_mib"]), float(said["peak_rss_mib"])

    def _line(self, *parts: str) -> dict[str, Any]:
        def wanted(said: dict[str, Any]) -> bool:
            return any(part in str(said.get("line", "")) for part in parts)

        return self.talker.wait_for(wanted, LIMIT)


@contextmanager
def rig(directory: Path) -> Iterator[Rig]:
    """A rig with its files below `directory`."""
    with ExitStack() as stack:
        printer = stack.enter_context(IppEvePrinter.start(directory, command=at_once()))
        made = make_mesh(directory / "site", "bench.lockgate")
        url = stack.enter_context(mesh(made.site.directory))
        config = configuration(directory, made, url, printer.pinned_uri)
        yield Rig(printer, made, url, stack.enter_context(station(config)))


def start_to_ready(directory: Path) -> float:
    """Seconds from starting a station's process until it is ready; the mesh need not be there for that."""
    made = make_mesh(directory / "start", "start.lockgate")
    config = configuration(directory / "start", made, "https://localhost:1", "ipps://localhost:1/ipp/print")
    started = time.monotonic()
    with station(config) as running:
        return float(running.said[-1]["at"]) - started

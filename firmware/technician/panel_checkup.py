"""Whether a person can see the panel: where it answers, whether it does, and whether a browser runs before it."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from firmware.config import Config
from firmware.panel.address import Address, AddressError, Wire, parse_panel, parse_technician
from firmware.panel.entry import start_directory
from firmware.technician.told import told
from hal.ports.finding import Finding

KIOSK = frozenset({"cog", "chromium", "chromium-browse", "cage", "weston"})
"""Programs' names in /proc, cut to 15 characters, of which one is there where a kiosk runs."""
SECONDS = 2.0


def panel_findings(config: Config, processes: Path = Path("/proc")) -> Iterator[Finding]:
    """Of the panel and of the technician's page."""
    if not config.panel:
        yield Finding("panel", told("this station has none: lights and sounds alone"), "", serious=False)
    else:
        yield from _page("panel", parse_panel, config.panel, config.data_dir)
        yield _kiosk(processes)
    if config.technician:
        yield from _page("technician", parse_technician, config.technician, config.data_dir)


def _page(name: str, parse: Callable[[str], Address], listen: str, data_dir: str) -> Iterator[Finding]:
    try:
        address = parse(listen)
    except AddressError as exc:
        yield Finding(name, str(exc), told("correct %(key)s", key=f"{name}.listen"))
        return
    if not _answers(address):
        remedy = told(
            "does the station run (systemctl status lockgate)? journalctl -u lockgate | grep %(name)s says why",
            name=name,
        )
        yield Finding(name, told("nobody answers at %(address)s", address=listen), remedy)
        return
    problem = told("answers at %(address)s", address=listen)
    if address.wire is not Wire.TLS:
        start = start_directory(data_dir) / f"{name}-start"
        problem = told(
            "answers at %(address)s; a browser begins at the address in %(file)s", address=listen, file=start
        )
    yield Finding(name, problem, "", serious=False)


def _answers(address: Address) -> bool:
    ip = socket.AF_INET6 if ":" in address.where else socket.AF_INET
    family = socket.AF_UNIX if address.wire is Wire.UNIX else ip
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(SECONDS)
        try:
            probe.connect(address.where if address.wire is Wire.UNIX else (address.where, address.port))
        except OSError:
            return False
    return True


def _kiosk(processes: Path) -> Finding:
    names = {_name(entry) for entry in processes.glob("[0-9]*/comm")}
    if running := sorted(names & KIOSK):
        return Finding("kiosk", told("%(programs)s runs", programs=", ".join(running)), "", serious=False)
    remedy = told("where this box has a screen: systemctl status lockgate-kiosk")
    return Finding("kiosk", told("no kiosk's browser runs here"), remedy, serious=False)


def _name(comm: Path) -> str:
    try:
        return comm.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:  # it has ended meanwhile
        return ""

"""The technician's page of a station on twins, in real time; and a technician before it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp

from firmware import app, rule_store
from firmware.config import Config
from firmware.inside import Inside
from firmware.journal import Journal
from firmware.panel.technician.duty import TechnicianPage
from firmware.reader_health import HealthBook
from firmware.trust.trust import Trust, open_trust
from firmware.vault.identity import Kind
from hal.drivers.system_clock import SystemClock
from hal.ports.badge_reader import BadgeReader, Reading
from hal.sim.board import SimBoard, sim_board
from hal.sim.printer import SimPrinter
from hal.sim.random_source import SeededRandom
from tests.support.panel_site import PATIENCE, Told, until
from tests.support.pki import Pki

HOST = "localhost:8632"


@dataclass
class Inner:
    """Everything behind the page. `journal` remembers, `lines` are what it has written."""

    directory: Path
    pki: Pki
    box: SimBoard[SimPrinter]
    trust: Trust
    page: TechnicianPage
    inside: Inside
    readers: tuple[BadgeReader, ...]
    journal: Journal
    lines: list[str] = field(default_factory=list)
    delivering: bool = False

    @property
    def reader(self) -> BadgeReader:
        return self.readers[0]

    def write(self, line: str) -> None:
        self.lines.append(line)

    async def read(self) -> Reading:
        """What the station gets of the next reading."""
        return await asyncio.wait_for(self.reader.next_reading(), PATIENCE)


class _Lines(list[str]):
    def write(self, line: str) -> None:
        self.append(line)


def inner(directory: Path, listen: str, **configured: object) -> Inner:
    """A station's inside, whose page is not on the air yet."""
    pki, clock = Pki(), SystemClock()
    station = pki.holder(Kind.STATION, "station-1")
    printer = SimPrinter(clock, SeededRandom(1), page_seconds=0.01)
    box = sim_board(1, printer, clock=clock, secrets=station.files())
    config = Config(
        str(directory), "https://127.0.0.1:1", "ca.pem", "sim:", ("sim:",), "sim:", ca_pem=pki.ca.certificate_pem,
        technician=listen,
    )  # fmt: skip
    config = replace(config, **configured)  # type: ignore[arg-type]
    lines = _Lines()
    page = TechnicianPage(clock)
    board = box.board()
    readers = tuple(page.watching(reader) for reader in board.readers)
    trust = open_trust(board, config)
    journal = page.hearing(lines, trust.clock)
    record = app.open_record(board, config, trust, journal.write)
    numbers = rule_store.numbers(config, board.storage, journal.write)
    health = HealthBook(board, trust.clock)
    inside = Inside(board, config, trust, record, health, numbers, lambda: made.delivering, journal.write)
    made = Inner(directory, pki, box, trust, page, inside, readers, journal, lines)
    return made


@dataclass
class Technician:
    """A browser behind `ssh -L 8632:…/technician.sock`."""

    inside: Inner
    socket: str
    cookie: str = ""

    async def begin(self) -> None:
        """At the start address, as it stands in its file."""
        path = (self.inside.directory / "technician-start").read_text(encoding="ascii").strip()
        told = await self.ask("GET", path)
        assert told.status == 200, told.text
        self.cookie = told.headers["Set-Cookie"].partition(";")[0]

    async def ask(self, method: str, path: str, data: object = None, **headers: str) -> Told:
        """One request."""
        said = {"Host": HOST, "Sec-Fetch-Site": "same-origin", "Cookie": self.cookie}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(self.socket), cookie_jar=aiohttp.DummyCookieJar()
            ) as session,
            session.request(
                method,
                f"http://{HOST}{path}",
                data=data,
                headers={name: value for name, value in said.items() if value},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(PATIENCE),
            ) as answer,
        ):
            body = await answer.read()
            return Told(answer.status, dict(answer.headers), body.decode("utf-8", "surrogateescape"))

    async def see(self, path: str) -> str:
        """The page."""
        told = await self.ask("GET", path)
        assert told.status == 200, told.text
        return told.text

    async def press(self, path: str, **fields: str) -> str:
        """Send a form of the page; what the page that follows shows."""
        page = await self.see("/readers")
        token = page.partition('name="token" value="')[2].partition('"')[0]
        told = await self.ask("POST", path, {"token": token, **fields})
        assert told.status == 303, told.text
        return await self.see(told.headers["Location"])


@asynccontextmanager
async def technician(directory: Path, **configured: object) -> AsyncIterator[Technician]:
    """The page on the air, at a Unix socket, with somebody who was at the start address."""
    path = str(directory / "technician.sock")
    made = inner(directory, f"unix:{path}", **configured)
    duty = asyncio.ensure_future(made.page.duty(made.inside))
    try:
        await on_the_air(made)
        somebody = Technician(made, path)
        await somebody.begin()
        yield somebody
    finally:
        duty.cancel()
        await asyncio.gather(duty, return_exceptions=True)


async def on_the_air(made: Inner) -> None:
    """Wait until the journal says so."""
    await until(lambda: any(line.startswith("technician at ") for line in made.lines), "it is on the air")

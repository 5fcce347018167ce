"""The whole world of one station in one process: a real mesh, people, a printer, in virtual time and from one seed."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from firmware.errors import LockgateError
from firmware.mesh.tls import PeerCheck
from hal.ports.errors import DeviceError
from hal.sim.board import SimBoard, sim_board
from hal.sim.clock import VirtualClock
from hal.sim.commands import Command, Computer, Wait
from hal.sim.commands_person import Hand
from hal.sim.printer import SimPrinter
from tools.bench import deeds
from tools.bench.cards import HeldCard, held
from tools.bench.chance import Dice
from tools.bench.client import Client
from tools.bench.in_process import InProcess
from tools.bench.life import Life
from tools.bench.network import Network
from tools.bench.site import CannotDoError, Setting, Site
from tools.bench.trace import Line, Of, Trace, texts
from tools.edgemesh.storage.records import Phase

QUIET = 1.0
"""Seconds without a line in the journal after which a command counts as answered."""
LONGEST = 60.0
"""Seconds after which it does anyway."""


@dataclass(frozen=True, slots=True)
class Happened:
    """What came of one command: every line of the trace, and where things stand afterwards. `sheets` are the sides of
    paper since the world began; the other numbers are jobs, by the mesh's own account."""

    lines: tuple[Line, ...]
    sheets: int
    held: int
    unknown: int
    printed: int

    @property
    def journal(self) -> tuple[str, ...]:
        """What the station told."""
        return texts(self.lines, Of.JOURNAL)

    @property
    def shows(self) -> tuple[str, ...]:
        """Every light that went on."""
        return texts(self.lines, Of.LIGHT)

    @property
    def says(self) -> tuple[str, ...]:
        """What a screen would have said with the lights, the picture's key in front."""
        return texts(self.lines, Of.SCREEN)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the world has to say to whoever drives it."""
        return texts(self.lines, Of.REMARK)


@dataclass(frozen=True, slots=True)
class Tapped:
    """A badge at a plugged reader of a living station; `at` in the clock's monotonic seconds."""

    badge: str = field(repr=False)
    at: float


class World:
    """Build it and use it on one virtual loop (hal/sim/virtual_time.py): `begin`, then `do`, at the end `aclose`."""

    def __init__(self, seed: int = 1, setting: Setting | None = None) -> None:
        self.setting = setting or Setting()
        self.clock = VirtualClock()
        self.computers = {computer: VirtualClock() for computer in Computer}
        """What each computer's own clock says; `clock` is never wrong."""
        self.trace = Trace(self.clock)
        self.site = Site(seed, self.setting, self.computers[Computer.MESH])
        self.client = Client(self.site, self.clock, Dice(seed, "client").token)
        self.network = Network()
        self.printer = SimPrinter(self.clock, Dice(seed, "printer"))
        secrets, own = self.site.station_secrets, self.computers[Computer.STATION]
        self.box: SimBoard[SimPrinter] = sim_board(seed, self.printer, clock=own, secrets=secrets)
        self.lives: list[Life] = []
        self.taps: list[Tapped] = []
        self.held: HeldCard | None = None
        self._chips = Dice(seed, "cards")
        self._sheets_told = 0
        self._phases_told: dict[str, Phase] = {}
        self._plugged = True

    @property
    def life(self) -> Life | None:
        """The station, while it runs."""
        return self.lives[-1] if self.lives and self.lives[-1].alive else None

    async def begin(self) -> Happened:
        """Start mesh and station."""
        self.site.start()

        async def start() -> None:
            self.start_station()

        return await self._watch(start, QUIET)

    async def do(self, command: Command) -> Happened:
        """Carry out a command, and let time pass until the station has had nothing to tell for `QUIET` seconds: what
        takes longer, such as a page to print, goes on with the next command. What cannot be done is remarked."""
        return await self._watch(lambda: deeds.perform(self, command), 0.0 if isinstance(command, Wait) else QUIET)

    async def aclose(self) -> None:
        """End everything. Raises what the station died of, when nobody foresaw that."""
        if self.lives:
            await self.lives[-1].end()
        if self.site.serving:
            await self.site.stop()

    def start_station(self) -> None:
        """A new life on the same box. Raises `CannotDoError`."""
        if self.life is not None:
            raise CannotDoError("the station runs already")
        if self.lives and self.lives[-1].lost_power:
            self.box.storage.crash()
        try:
            self.lives.append(Life(self.box, self._transport, self.site.ca_pem, self.trace, self.setting))
        except (LockgateError, DeviceError) as exc:
            raise CannotDoError(f"the station did not start: {exc.code}") from exc

    def _transport(self, check: PeerCheck) -> InProcess:
        site = self.site

        def judge() -> None:
            check(site.certificate())

        return InProcess(self.network, lambda: site.mesh.api, site.station_identity, judge, self.clock)

    async def kill_station(self, *, power: bool = False) -> None:
        """Kill the process, or cut the power of the box. Raises `CannotDoError`."""
        if self.life is None:
            raise CannotDoError("the station is not running")
        await self.life.end()
        if power:
            self.box.storage.crash()

    def tap(self, badge: str) -> None:
        """Hold a badge to the reader."""
        if self.life is not None and self._plugged:
            self.taps.append(Tapped(badge, self.clock.monotonic()))
        self.box.reader.tap(badge)

    def hold(self, uid: bytes, hand: Hand) -> None:
        """Hold a card that can be spoken to against the reader."""
        if self.life is not None and self._plugged:
            self.taps.append(Tapped(uid.hex(), self.clock.monotonic()))
        self.held = held(uid, hand, self._chips)
        self.box.reader.present(uid, self.held)

    def plug_reader(self, *, plugged: bool) -> None:
        """Put the reader's cable in, or pull it out."""
        self._plugged = plugged
        if plugged:
            self.box.reader.plug()
        else:
            self.box.reader.unplug()

    def job_name(self, job_id: str) -> str:
        """A job in a tester's words: the how manieth at this site, and whose."""
        known = list(self.site.mesh.job_store.all())
        return f"job {known.index(job_id) + 1} ({self.site.owner(job_id)})" if job_id in known else "no job of ours"

    async def _watch(self, deed: Callable[[], Awaitable[None]], quiet: float) -> Happened:
        since = len(self.trace.lines)
        try:
            await deed()
        except CannotDoError as exc:
            self.trace.note(Of.REMARK, str(exc))
        await self._settle(quiet)
        return self._happened(since)

    async def _settle(self, quiet: float) -> None:
        begun = self.clock.monotonic()
        while (now := self.clock.monotonic()) < (
            until := min(max(begun + quiet, self.trace.told_at + QUIET), begun + LONGEST)
        ):
            await self.clock.sleep(until - now)
        for life in self.lives[-1:]:
            life.check()

    def _happened(self, since: int) -> Happened:
        sheets = self._tell_paper()
        phases = self._tell_jobs()
        self.trace.lines[since:] = sorted(self.trace.lines[since:], key=lambda line: line.at)
        lines = tuple(self.trace.lines[since:])
        return Happened(lines, sheets, phases[Phase.HELD], phases[Phase.UNKNOWN], phases[Phase.PRINTED])

    def _tell_paper(self) -> int:
        tray = self.printer.sheets()
        for sheet in tray[self._sheets_told :]:
            ago = timedelta(seconds=self.clock.monotonic() - sheet.at)
            name = self.job_name(self.site.job_of(sheet.job_name.removeprefix("lockgate-")))
            self.trace.note(Of.PAPER, f"page {sheet.page} of {name}", self.clock.now() - ago)
        self._sheets_told = len(tray)
        return len(tray)

    def _tell_jobs(self) -> Counter[Phase]:
        states = self.site.states()
        for job_id, state in states.items():
            if self._phases_told.get(job_id) is not state.phase:
                self._phases_told[job_id] = state.phase
                self.trace.note(Of.MESH, f"{self.job_name(job_id)} {state.phase}", state.changed)
        return Counter(state.phase for state in states.values())

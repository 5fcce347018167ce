"""A relay between card and mesh in virtual time, for tests: both say what they are told to say, and when."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from firmware.core.effects import OpenSession
from firmware.core.events import BadgeRead, Event, SessionOpened, SessionRefused
from firmware.effects import Effects
from firmware.mesh.messages import CardProof, CardQuestion, Session, SitePolicy
from firmware.numbers import Numbers
from firmware.proving import Proving
from firmware.readers import ReaderWatch
from hal.ports.badge_reader import CardLostError
from hal.sim.clock import VirtualClock
from hal.sim.indicator import SimIndicator
from hal.sim.reader import SimReader
from hal.sim.virtual_time import run
from tests.unit.delivery.world import World

UID = bytes.fromhex("04a1b2c3d4e5f6")
PROOF = "p-1"
BEEP_SECONDS = 0.1
CALLS = ("begin", "answer", "verdict", "session")


class Card:
    """Says its answers in turn, `seconds` each, the latest one `at`; then it is gone. Without `iso_dep`, nothing can be
    asked of it."""

    ats = b"\x02\x00"

    def __init__(self, *answers: bytes, seconds: float = 0.02, iso_dep: bool = True) -> None:
        self.iso_dep = iso_dep
        self.asked: list[bytes] = []
        self.at = 0.0
        self._answers, self._seconds = list(answers), seconds

    async def transceive(self, apdu: bytes) -> bytes:
        await asyncio.sleep(self._seconds)
        self.asked.append(apdu)
        if not self._answers:
            raise CardLostError
        self.at = asyncio.get_running_loop().time()
        return self._answers.pop(0)


class Mesh:
    """Asks `questions`, the first of them at the beginning, and says with the last one that it is. `late` is how long
    each call takes, by its name; `faults` what it raises. The last question's answer is for the `verdict`."""

    def __init__(self, *questions: bytes) -> None:
        self.calls: list[str] = []
        self.at: dict[str, float] = {}
        self.late: dict[str, float] = {}
        self.faults: dict[str, Exception] = {}
        self.sessions: list[tuple[str, str, str]] = []
        self.told: list[bytes] = []
        self._questions = list(questions)

    async def _call(self, name: str) -> None:
        await asyncio.sleep(self.late.get(name, 0.01))
        self.calls.append(name)
        self.at[name] = asyncio.get_running_loop().time()
        if name in self.faults:
            raise self.faults[name]

    def _question(self) -> CardQuestion | None:
        return CardQuestion(self._questions[0], len(self._questions) == 1) if self._questions else None

    async def begin_proof(self, uid: bytes, ats: bytes) -> CardProof:
        assert (uid, ats) == (UID, Card.ats)
        await self._call("begin")
        question = self._question()
        assert question is not None
        return CardProof(PROOF, question)

    async def answer_proof(self, name: str, response: bytes) -> CardQuestion | None:
        assert name == PROOF
        self.told.append(response)
        await self._call("answer" if len(self._questions) > 1 else "verdict")
        del self._questions[:1]
        return self._question()

    async def open_session(self, credential: str, pin: str = "", proof: str = "") -> Session:
        self.sessions.append((credential, pin, proof))
        await self._call("session")
        expires = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=10)
        return Session("s-1", "ada", "en", SitePolicy(), expires, "proof" if proof else "uid")


class EndlessMesh(Mesh):
    """Never has enough."""

    async def answer_proof(self, name: str, response: bytes) -> CardQuestion:
        await super().answer_proof(name, response)
        return CardQuestion(b"\x90\x00", last=False)


class AnotherKey(Mesh):
    """Each of its questions would be the last one, if the card said OK."""

    def _question(self) -> CardQuestion | None:
        return CardQuestion(self._questions[0], last=True) if self._questions else None


class Silent(Mesh):
    """Says of no question that it is the last."""

    def _question(self) -> CardQuestion | None:
        return CardQuestion(self._questions[0], last=False) if self._questions else None


class Station:
    """Reader, relay and effects as the composition root ties them; the core is the test: `lets_in` says whether it asks
    the mesh for a session, as it does for whoever taps at an idle station."""

    def __init__(self, mesh: Mesh, *, proves: bool = True, lets_in: bool = True) -> None:
        self.mesh, self.reader, self.events = mesh, SimReader("front"), list[Event]()
        self.beeps: list[tuple[float, bool]] = []
        self.lets_in, self.tasks, clock = lets_in, list[asyncio.Task[None]](), VirtualClock()
        self.reader.acknowledge = self._heard  # type: ignore[method-assign] # the ear of the test
        proving = Proving(mesh, clock, self._start) if proves else None  # type: ignore[arg-type] # it is asked no more
        means = World().start()
        object.__setattr__(means, "mesh", mesh)
        self.effects = Effects(means, SimIndicator(), self.events.append, self._start, proving=proving)
        self.watch = ReaderWatch(self.reader, clock, Numbers().number, self._read, proving)
        self.visits = 0

    def _heard(self, *, good: bool) -> None:
        self.beeps.append((asyncio.get_running_loop().time(), good))

    def _start(self, job: Awaitable[None]) -> asyncio.Task[None]:
        self.tasks.append(asyncio.ensure_future(job))
        return self.tasks[-1]

    def _read(self, event: Event) -> None:
        self.events.append(event)
        if self.lets_in and isinstance(event, BadgeRead):
            self.visits += 1
            self.effects.perform(OpenSession(self.visits, event.credential, reader=event.reader))

    def pin(self, pin: str) -> None:
        self.effects.perform(OpenSession(self.visits, UID.hex(), pin, "front"))

    @property
    def came(self) -> list[str]:
        """What came of the visits: the method of a session, or the code of a refusal."""
        found = [one for one in self.events if isinstance(one, SessionOpened | SessionRefused)]
        return [one.method if isinstance(one, SessionOpened) else one.code for one in found]


def play(station: Station, *script: tuple[float, Callable[[], object]]) -> Station:
    async def story() -> None:
        watch = asyncio.ensure_future(station.watch.run())
        for at, action in script:
            asyncio.get_running_loop().call_at(at, action)
        await asyncio.sleep(120)
        watch.cancel()
        await asyncio.gather(watch, *station.tasks, return_exceptions=True)
        for task in station.tasks:
            task.result()

    run(story())
    return station


def presented(station: Station, card: Card | None) -> Station:
    """A card held up after a second."""
    return play(station, (1, lambda: station.reader.present(UID, card)))


GOOD = (b"\x91\x00", b"\x91\x00", b"\x91\x00")

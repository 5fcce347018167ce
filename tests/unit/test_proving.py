"""The relay between card and mesh in virtual time: when the person hears the beep, and what becomes of the visit."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from firmware.core.effects import OpenSession
from firmware.core.events import BadgeRead, Event, SessionOpened, SessionRefused
from firmware.effects import Effects
from firmware.mesh.messages import CardProof, Session, SitePolicy
from firmware.mesh.port import MeshError, MeshProtocolError, MeshUnreachableError
from firmware.numbers import Numbers
from firmware.proving import FORGOTTEN_SECONDS, MOST_QUESTIONS, UNASKED_SECONDS, Proving
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


class Card:
    """Says its answers in turn, `seconds` each; then it is gone. Without `iso_dep`, nothing can be asked of it."""

    ats = b"\x02\x00"

    def __init__(self, *answers: bytes, seconds: float = 0.02, iso_dep: bool = True) -> None:
        self.iso_dep = iso_dep
        self.asked: list[bytes] = []
        self._answers, self._seconds = list(answers), seconds

    async def transceive(self, apdu: bytes) -> bytes:
        await asyncio.sleep(self._seconds)
        self.asked.append(apdu)
        if not self._answers:
            raise CardLostError
        return self._answers.pop(0)


class Mesh:
    """Asks `questions`, the first of them at the beginning. `late` is how long each call takes, by its name; `faults`
    what it raises."""

    def __init__(self, *questions: bytes) -> None:
        self.calls: list[str] = []
        self.at: dict[str, float] = {}
        self.late: dict[str, float] = {}
        self.faults: dict[str, Exception] = {}
        self.sessions: list[tuple[str, str, str]] = []
        self._questions = list(questions)

    async def _call(self, name: str) -> None:
        await asyncio.sleep(self.late.get(name, 0.01))
        self.calls.append(name)
        self.at[name] = asyncio.get_running_loop().time()
        if name in self.faults:
            raise self.faults[name]

    async def begin_proof(self, uid: bytes, ats: bytes) -> CardProof:
        assert (uid, ats) == (UID, Card.ats)
        await self._call("begin")
        return CardProof(PROOF, self._questions[0])

    async def answer_proof(self, name: str, response: bytes) -> bytes:
        assert (name, response[-2:]) == (PROOF, b"\x91\x00")
        await self._call("answer")
        del self._questions[:1]
        return self._questions[0] if self._questions else b""

    async def open_session(self, credential: str, pin: str = "", proof: str = "") -> Session:
        self.sessions.append((credential, pin, proof))
        await self._call("session")
        expires = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=10)
        return Session("s-1", "ada", "en", SitePolicy(), expires, "proof" if proof else "uid")


class EndlessMesh(Mesh):
    """Never has enough."""

    async def answer_proof(self, name: str, response: bytes) -> bytes:
        await super().answer_proof(name, response)
        return b"\x90\x00"


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
        self.effects = Effects(means, SimIndicator(), self.events.append, self._start, proving)
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


def test_the_beep_comes_after_the_last_answer_and_does_not_wait_for_the_session() -> None:
    mesh, card = Mesh(b"one", b"two", b"three"), Card(*GOOD)
    mesh.late["session"] = 5.0
    station = presented(Station(mesh), card)
    ((at, good),) = station.beeps
    assert good
    assert mesh.at["answer"] <= at < mesh.at["answer"] + BEEP_SECONDS
    assert mesh.at["session"] >= at + 4.9
    assert (card.asked, mesh.sessions) == ([b"one", b"two", b"three"], [(UID.hex(), "", PROOF)])
    assert station.came == ["proof"]


def test_with_a_slow_mesh_the_beep_still_waits_for_its_word() -> None:
    mesh = Mesh(b"one", b"two", b"three")
    mesh.late |= {"begin": 5.0, "answer": 5.0}
    station = presented(Station(mesh), Card(*GOOD))
    ((at, good),) = station.beeps
    assert (good, at >= 21) == (True, True)
    assert at < mesh.at["answer"] + BEEP_SECONDS


@pytest.mark.parametrize("card", [None, Card(iso_dep=False)], ids=["mute", "plain"])
def test_what_cannot_be_asked_is_acknowledged_at_once_whatever_the_network_does(card: Card | None) -> None:
    mesh = Mesh()
    mesh.late["session"] = 5.0
    station = presented(Station(mesh), card)
    ((at, good),) = station.beeps
    assert (good, 1 <= at < 1 + BEEP_SECONDS) == (True, True)
    assert (mesh.sessions, mesh.calls) == ([(UID.hex(), "", "")], ["session"])


def test_a_station_without_proofs_asks_no_card() -> None:
    mesh, card = Mesh(), Card(*GOOD)
    station = presented(Station(mesh, proves=False), card)
    assert (card.asked, station.came, station.beeps) == ([], ["uid"], [(1.0, True)])


def test_a_card_lifted_amid_lets_nobody_in() -> None:
    mesh = Mesh(b"one", b"two", b"three")
    station = presented(Station(mesh), Card(b"\x91\x00"))
    assert (station.came, mesh.sessions) == (["card-gone"], [])
    assert [good for _, good in station.beeps] == [False]


@pytest.mark.parametrize("call", ["begin", "answer"])
@pytest.mark.parametrize(
    "fault",
    [
        MeshError("card-refused", status=403),
        MeshError("locked-out", status=423),
        MeshUnreachableError("no answer"),
        MeshProtocolError("text/html"),
    ],
    ids=lambda fault: fault.code,
)
def test_a_failed_proof_is_not_called_good_and_opens_nothing(call: str, fault: MeshError) -> None:
    mesh = Mesh(b"one")
    mesh.faults[call] = fault
    station = presented(Station(mesh), Card(*GOOD))
    assert (station.came, mesh.sessions) == ([fault.code], [])
    assert [good for _, good in station.beeps] == [False]


@pytest.mark.parametrize("call", ["begin", "answer"])
def test_a_card_without_a_key_at_the_mesh_falls_back_to_its_number(call: str) -> None:
    mesh = Mesh(b"one")
    mesh.faults[call] = MeshError("card-unproven", status=404)
    station = presented(Station(mesh), Card(*GOOD))
    assert (station.came, mesh.sessions) == (["uid"], [(UID.hex(), "", "")])
    ((at, good),) = station.beeps
    assert (good, at < mesh.at[call] + BEEP_SECONDS) == (True, True)


def test_a_pin_goes_with_the_proof_that_there_was() -> None:
    mesh, card = Mesh(b"one"), Card(*GOOD)
    mesh.faults["session"] = MeshError("pin-required", status=401)
    station = Station(mesh)
    play(station, (1, lambda: station.reader.present(UID, card)), (9, lambda: station.pin("4711")))
    assert mesh.sessions == [(UID.hex(), "", PROOF), (UID.hex(), "4711", PROOF)]
    assert (len(card.asked), mesh.calls.count("begin"), len(station.beeps)) == (1, 1, 1)


def test_a_tap_for_which_nobody_is_asked_is_acknowledged_and_forgotten() -> None:
    station = Station(Mesh(b"one"), lets_in=False)
    card = Card(*GOOD)
    late = 2 + UNASKED_SECONDS + FORGOTTEN_SECONDS
    play(
        station,
        (1, lambda: station.reader.present(UID, card)),
        (late, lambda: station.effects.perform(OpenSession(1, UID.hex(), reader="front"))),
    )
    ((at, good),) = station.beeps
    assert (good, at < 1 + BEEP_SECONDS) == (True, True)
    assert (card.asked, station.mesh.sessions) == ([], [(UID.hex(), "", "")])


def test_another_number_or_reader_gets_no_card_to_prove_with() -> None:
    station = Station(Mesh(b"one"), lets_in=False)
    card = Card(*GOOD)
    others = [OpenSession(1, "04ffffff", reader="front"), OpenSession(2, UID.hex(), reader="back")]
    play(
        station,
        (1, lambda: station.reader.present(UID, card)),
        *((1.01, lambda one=one: station.effects.perform(one)) for one in others),
    )
    assert [proof for _, _, proof in station.mesh.sessions] == ["", ""]
    assert card.asked == []


def test_the_next_visit_has_no_part_in_the_proof_before() -> None:
    mesh = Mesh(b"one")
    station = Station(mesh)
    play(
        station,
        (1, lambda: station.reader.present(UID, Card(*GOOD))),
        (9, lambda: station.reader.tap(UID.hex())),
    )
    assert [proof for _, _, proof in mesh.sessions] == [PROOF, ""]


def test_a_mesh_that_asks_for_ever_is_not_answered_for_ever() -> None:
    mesh, card = EndlessMesh(b"one"), Card(*[b"\x91\x00"] * (2 * MOST_QUESTIONS))
    station = presented(Station(mesh), card)
    assert (station.came, len(card.asked)) == (["mesh-protocol"], MOST_QUESTIONS)


def test_nothing_of_a_card_is_printed() -> None:
    told = f"{CardProof('p-secret', UID)!r}"
    assert "secret" not in told
    assert UID.hex() not in told

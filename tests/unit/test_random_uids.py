"""Cards that make their UID up at each tap: refused at the station with the reason, unless they prove themselves."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from firmware.badges.number import BadgeUnreadableError
from firmware.badges.random_uid import CARD, TELEPHONE
from firmware.core.effects import OpenSession
from firmware.core.events import BadgeRead, BadgeUnreadable, Event, SessionOpened, SessionRefused
from firmware.effects import Effects
from firmware.mesh.messages import CardProof, CardQuestion
from firmware.mesh.port import MeshError
from firmware.numbers import Numbers, refuse_random
from firmware.proving import Proving
from firmware.readers import ReaderWatch
from firmware.technician.seen import Eye
from hal.ports.badge_reader import Form, Medium, Tap
from hal.sim.clock import VirtualClock
from hal.sim.indicator import SimIndicator
from hal.sim.reader import SimReader
from tests.support.duties import watched
from tests.unit.delivery.world import World

RANDOM, FIXED = bytes.fromhex("08a1b2c3"), bytes.fromhex("04a1b2c3")
TELEPHONE_ATS, DESFIRE_ATS = bytes.fromhex("0578807002"), bytes.fromhex("067577810280")


class Card:
    """A card that may be asked; it never is here."""

    def __init__(self, ats: bytes = b"", *, iso_dep: bool = True) -> None:
        self.ats, self.iso_dep = ats, iso_dep

    async def transceive(self, apdu: bytes) -> bytes:
        raise AssertionError(apdu)


def tap(medium: Medium, uid: bytes = RANDOM, card: Card | None = None, form: Form = Form.BITS) -> Tap:
    return Tap("front", uid, form, 0 if form is Form.TEXT else len(uid) * 8, medium, card=card)


@pytest.mark.parametrize(
    ("presented", "who"),
    [
        (tap(Medium.ISO14443A, card=Card(TELEPHONE_ATS)), TELEPHONE),
        (tap(Medium.ISO14443A, card=Card(DESFIRE_ATS)), CARD),
        (tap(Medium.ISO14443A), CARD),
        (tap(Medium.UNKNOWN, card=Card(TELEPHONE_ATS)), TELEPHONE),
    ],
)
def test_a_random_uid_is_refused_with_who_it_is(presented: Tap, who: str) -> None:
    with pytest.raises(BadgeUnreadableError) as caught:
        refuse_random(presented)
    assert (caught.value.code, caught.value.detail) == ("badge-random", who)
    assert RANDOM.hex() not in str(caught.value)


@pytest.mark.parametrize(
    "presented",
    [
        tap(Medium.ISO14443A, FIXED),
        tap(Medium.ISO14443A, RANDOM + b"\xd4\xe5\xf6"),
        tap(Medium.LF),
        tap(Medium.UNKNOWN),
        tap(Medium.UNKNOWN, card=Card(iso_dep=False)),
        tap(Medium.UNKNOWN, b"08a1b2c3", form=Form.TEXT),
        tap(Medium.NDEF, b"\x08abc", Card(TELEPHONE_ATS), Form.TEXT),
        tap(Medium.ISO14443A, b"\x08abc", form=Form.TEXT),
        tap(Medium.UNKNOWN, b"\x08abc", Card(TELEPHONE_ATS), Form.TEXT),
    ],
)
def test_other_numbers_are_left_alone(presented: Tap) -> None:
    refuse_random(presented)


def test_at_the_station_it_is_told_before_any_rule_makes_another_number_of_it() -> None:
    reader = SimReader("front")
    numbers = Numbers.configured(["hex2dec"], {})
    told = watched(
        lambda post: ReaderWatch(reader, VirtualClock(), numbers.number, post).run(),
        (1, partial(reader.present, RANDOM, Card(TELEPHONE_ATS))),
        (9, partial(reader.present, FIXED)),
    )
    assert told == [BadgeUnreadable("front", "badge-random"), BadgeRead("front", str(int(FIXED.hex(), 16)))]
    assert reader.said == [False, True]


@pytest.mark.parametrize(("ats", "who"), [(TELEPHONE_ATS, TELEPHONE), (DESFIRE_ATS, CARD)])
def test_a_technician_is_shown_who_it_is_and_no_number(ats: bytes, who: str) -> None:
    seen = Eye(Numbers(), show=False).tap(tap(Medium.ISO14443A, card=Card(ats)), datetime(2026, 1, 5, tzinfo=UTC), 1.0)
    assert (seen.kind, seen.code, seen.detail, seen.number) == ("refused", "badge-random", who, "")
    assert "take another badge" in seen.hint
    assert RANDOM.hex() not in seen.line() + seen.json()


class Mesh:
    """Proves every card at once, or has no key for any."""

    def __init__(self, *, has_key: bool) -> None:
        self.has_key, self.sessions = has_key, list[str]()

    async def begin_proof(self, uid: bytes, ats: bytes) -> CardProof:
        assert (uid, ats) == (RANDOM, DESFIRE_ATS)
        if not self.has_key:
            raise MeshError("card-unproven", status=404)
        return CardProof("p-1", CardQuestion(b"question", last=True))

    async def answer_proof(self, name: str, response: bytes) -> None:
        assert (name, response) == ("p-1", b"\x91\x00")

    async def open_session(self, credential: str, pin: str = "", proof: str = "") -> None:
        self.sessions.append(proof)
        raise MeshError("locked-out", status=423)  # what comes of a session is another test's


class Desfire(Card):
    async def transceive(self, apdu: bytes) -> bytes:
        assert apdu == b"question"
        return b"\x91\x00"


@pytest.mark.parametrize(
    ("has_key", "code", "sessions"), [(True, "locked-out", ["p-1"]), (False, "badge-random", [])], ids=["key", "none"]
)
def test_one_that_may_prove_itself_is_refused_only_if_it_cannot(has_key: bool, code: str, sessions: list[str]) -> None:
    mesh, reader, told = Mesh(has_key=has_key), SimReader("front"), list[Event]()
    tasks: list[asyncio.Task[None]] = []

    def start(job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        tasks.append(asyncio.create_task(job))
        return tasks[-1]

    clock = VirtualClock()
    proving = Proving(mesh, clock, start)  # type: ignore[arg-type] # it is asked no more
    means = World().start()
    object.__setattr__(means, "mesh", mesh)
    effects = Effects(means, SimIndicator(), told.append, start, proving=proving)

    def heard(event: Event) -> None:
        told.append(event)
        if isinstance(event, BadgeRead):
            effects.perform(OpenSession(1, event.credential, reader=event.reader))

    watched(
        lambda _: ReaderWatch(reader, clock, Numbers().number, heard, proving).run(),
        (1, partial(reader.present, RANDOM, Desfire(DESFIRE_ATS))),
    )
    assert [one.code for one in told if isinstance(one, SessionRefused)] == [code]
    assert not [one for one in told if isinstance(one, SessionOpened)]
    assert mesh.sessions == sessions
    assert reader.said == [has_key]

"""The station's side of phones: where the page is, codes in time, and whoever arrives."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from firmware.core.events import PhoneArrived
from firmware.mesh.messages import MeshEvent, MeshEventKind
from firmware.mesh.port import Mesh, MeshError, MeshUnreachableError
from firmware.panel.phone import PhoneCodes, code_url
from firmware.phone_door import PhoneDoor
from firmware.vault.identity import Kind
from firmware.vault.station_code import StationCodeError, parse_code
from firmware.watchers import Heard, watch_mesh
from hal.sim.clock import VirtualClock
from hal.sim.random_source import SeededRandom
from hal.sim.virtual_time import run
from tests.support.pki import NOW, ORG, Pki
from tests.unit.test_watchers import Line

PAGE = "https://print.example"
PKI = Pki()
STATION = PKI.holder(Kind.STATION, "lobby")


class Asked:
    """A mesh that says where the page is: the next of `answers`, the last one on and on."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = deque(answers)
        self.times = 0

    async def phone_page(self) -> str:
        self.times += 1
        answer = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Door:
    """A door at a mesh, and how often the screen was drawn."""

    def __init__(self, *answers: str | Exception, is_trusted: Callable[[], bool] = lambda: True) -> None:
        self.clock, self.mesh, self.drawn = VirtualClock(), Asked(*answers), 0
        self.codes = PhoneCodes(
            ORG, "lobby", sign=STATION.signer.sign, clock=self.clock, random=SeededRandom(1), is_trusted=is_trusted
        )
        mesh: Any = self.mesh
        self.door = PhoneDoor(self.codes, mesh, self._redraw)

    def _redraw(self) -> None:
        self.drawn += 1
        self.codes.url()  # as a screen does


def story(door: Callable[[], Door], tell: Callable[[Door], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        made = door()
        duty = asyncio.create_task(made.door.run())
        try:
            await tell(made)
        finally:
            duty.cancel()
            await asyncio.gather(duty, return_exceptions=True)

    run(main())


def test_the_code_on_the_screen_is_another_each_half_minute() -> None:
    async def tell(made: Door) -> None:
        seen = set()
        for _ in range(4):
            await asyncio.sleep(29)
            seen.add(made.codes.url())
        assert len(seen) == 4
        assert made.drawn >= 4
        assert made.mesh.times == 1
        assert all(url.startswith(f"{PAGE}/p/") for url in seen)

    story(lambda: Door(PAGE), tell)


def test_a_code_that_was_used_is_replaced_at_once() -> None:
    async def tell(made: Door) -> None:
        await asyncio.sleep(1)
        first, drawn = made.codes.url(), made.drawn
        made.door.used()
        await asyncio.sleep(0.01)
        assert made.codes.url() != first
        assert made.drawn == drawn + 1

    story(lambda: Door(PAGE), tell)


def test_the_mesh_is_asked_again_until_it_answers_and_at_each_connection() -> None:
    async def tell(made: Door) -> None:
        await asyncio.sleep(1)
        assert made.codes.url() == ""
        await asyncio.sleep(61)
        assert made.codes.url()
        made.door.reconnected()
        await asyncio.sleep(0.01)
        assert made.codes.page == ""  # the site has none any more
        assert made.codes.url() == ""

    story(lambda: Door(MeshUnreachableError(), PAGE, ""), tell)


def test_an_older_mesh_is_not_asked_on_and_on() -> None:
    async def tell(made: Door) -> None:
        await asyncio.sleep(3600)
        assert (made.mesh.times, made.codes.url()) == (1, "")

    story(lambda: Door(MeshError("route-unknown", status=404)), tell)


def test_no_code_is_made_at_a_time_that_is_not_known() -> None:
    async def tell(made: Door) -> None:
        await asyncio.sleep(1)
        assert made.codes.url() == ""

    story(lambda: Door(PAGE, is_trusted=lambda: False), tell)


def test_a_code_says_whose_it_is_and_nobody_elses_signature_fits() -> None:
    async def main() -> None:
        made = Door(PAGE)
        made.codes.page = PAGE
        text = made.codes.url().removeprefix(code_url(PAGE, ""))
        code, now = parse_code(text), made.clock.now()
        own, other = (PKI.anchor.identify(one.chain, NOW) for one in (STATION, PKI.holder(Kind.STATION, "hall")))
        code.verify(own, ORG, now)
        for station, org in ((other, ORG), (own, "else.example")):
            with pytest.raises(StationCodeError) as refused:
                code.verify(station, org, now)
            assert refused.value.code == "station-code-refused"

    run(main())


def test_whoever_asked_with_their_phone_arrives_and_an_event_without_a_ticket_is_nothing() -> None:
    class Rung(Line):
        def events(self, after: int) -> Any:
            async def told() -> Any:
                yield MeshEvent(after, MeshEventKind.CONNECTED)
                yield MeshEvent(after, MeshEventKind.RELEASE_ASKED)
                yield MeshEvent(after, MeshEventKind.CODE_USED)
                yield MeshEvent(after, MeshEventKind.RELEASE_ASKED, ticket="t")
                await asyncio.Event().wait()

            return told()

    async def main() -> None:
        posted: list[object] = []
        used: list[str] = []
        heard = Heard(posted.append, lambda: None, lambda: None, lambda: used.append("used"))
        mesh: Mesh = Rung.__new__(Rung)
        watch = asyncio.create_task(watch_mesh(mesh, VirtualClock(), SeededRandom(1), heard))
        await asyncio.sleep(1)
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        assert [one for one in posted if isinstance(one, PhoneArrived)] == [PhoneArrived("t")]
        assert used == ["used", "used"]

    run(main())

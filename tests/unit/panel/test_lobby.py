"""What the panel shows while a station joins, comes back late or cannot serve, and how its desk takes over."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from firmware.config import Config, ConfigError
from firmware.core.events import Started
from firmware.core.machine import Core
from firmware.frontage import FAREWELL_SECONDS, FAREWELL_TURNS, farewell, frontage
from firmware.joining import Wanted, come_back, join, settled
from firmware.pairing.renewal import upkeep_of
from firmware.panel.address import AddressError
from firmware.panel.desk import Desk
from firmware.panel.lobby import Lobby
from firmware.panel.refusals import DeskError
from firmware.panel.verbs import LOOKS, VERBS, FormError, obey
from firmware.panel.view import PREFS_SECONDS, Prefs, Screen, View
from hal.ports.buttons import Button
from hal.ports.errors import DeviceConfigError, DeviceError
from hal.sim import virtual_time
from hal.sim.board import SimBoard, sim_board
from hal.sim.buttons import SimButtons
from hal.sim.clock import VirtualClock
from hal.sim.printer import SimPrinter
from hal.sim.random_source import SeededRandom
from hal.sim.voice import SimVoice
from tests.support.pairing_mesh import URL, PairingMesh, problem
from tools.edgemesh.ca import Ca

CONFIG = Config("sim", URL, "", "sim:", ("sim:",), "sim:", name="lobby")
DAY = 24 * 3600.0


class Entrance:
    """A new box, its mesh, and everything that its screen has shown."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.box: SimBoard[SimPrinter] = sim_board(1, SimPrinter(self.clock, SeededRandom(1)), clock=self.clock)
        self.mesh = PairingMesh(Ca.create("org-1", now=self.clock.now()), self.clock)
        self.lobby = Lobby(self.clock)
        self.lines: list[str] = []
        self.seen: list[View] = []
        self.is_watched = False

    def write(self, line: str) -> None:
        self.lines.append(line)

    async def look(self) -> None:
        async for view in self.lobby.views():
            self.seen.append(view)
            if self.is_watched:
                self._type()

    async def join(self) -> None:
        board, wanted = self.box.board(), Wanted.configured(CONFIG)
        await join(board, wanted, self.mesh, self.clock, self.write, slip=False, onlooker=self.lobby)

    def watch(self) -> None:
        """An administrator comes, and types what is on the screen now, or next."""
        self.is_watched = True
        self._type()

    def _type(self) -> None:
        if code := self.lobby.view.pairing_code:
            assert self.mesh.approve(code)

    def play(self, at: float, act: Callable[[], object]) -> None:
        """Until it has joined; `act` happens so many seconds after the beginning."""

        async def story() -> None:
            looking = asyncio.ensure_future(self.look())
            await asyncio.sleep(0)
            asyncio.get_running_loop().call_later(at, act)
            await self.join()
            await self.clock.sleep(1)
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking

        virtual_time.run(story())


def test_the_code_is_shown_as_the_journal_says_it_until_it_is_typed() -> None:
    entrance = Entrance()
    entrance.play(60, entrance.watch)
    screens = [view.screen for view in entrance.seen]
    assert screens == [Screen.STARTING, *[Screen.PAIRING] * (len(screens) - 1)]
    (code,) = {view.pairing_code for view in entrance.seen} - {""}
    assert len([line for line in entrance.lines if code in line]) == 1
    assert not entrance.lobby.view.pairing_code
    assert code not in repr(entrance.seen)


def test_a_code_that_nobody_types_goes_and_the_next_one_comes() -> None:
    entrance = Entrance()
    entrance.play(3600 + 300, entrance.watch)
    codes = [view.pairing_code for view in entrance.seen if view.pairing_code]
    assert len(codes) == len(set(codes)) >= 4
    assert not any(view.said for view in entrance.seen), "it is nobody's fault"


@pytest.mark.parametrize("code", ["enrolment-refused", "too-many-enrolments"])
def test_what_was_refused_is_told_until_the_next_code(code: str) -> None:
    entrance = Entrance()
    entrance.mesh.before = lambda trust, method, path: problem(403, code)

    def relent() -> None:
        entrance.mesh.before = lambda trust, method, path: None
        entrance.watch()

    entrance.play(10, relent)
    told = [view.said.code for view in entrance.seen if view.said]
    assert told == [code]
    assert entrance.lobby.view.said is None


def test_a_mesh_that_is_away_is_told_and_later_found() -> None:
    entrance = Entrance()
    entrance.mesh.away = True

    def up() -> None:
        entrance.mesh.away = False
        entrance.watch()

    entrance.play(1000, up)
    assert {view.said.code for view in entrance.seen if view.said} == {"mesh-unreachable"}


def test_a_late_renewal_that_fails_is_a_station_that_is_not_connected() -> None:
    entrance = Entrance()
    entrance.play(60, entrance.watch)

    async def story() -> None:
        ca_pem = settled(CONFIG, entrance.box.keys).ca_pem
        await entrance.clock.sleep(2 * DAY)
        entrance.mesh.away = True
        asyncio.get_running_loop().call_later(100, lambda: setattr(entrance.mesh, "away", False))
        upkeep = upkeep_of(entrance.box.board(), entrance.mesh, entrance.clock, URL, ca_pem)
        await come_back(upkeep, entrance.write, entrance.lobby)

    virtual_time.run(story(), timeout=10 * DAY)
    late = entrance.lobby.view
    entrance.lobby.starting()
    assert (late.screen, entrance.lobby.view.screen) == (Screen.NOT_CONNECTED, Screen.STARTING)


def test_the_desk_takes_over_what_whoever_looks_goes_on_looking_at() -> None:
    async def story() -> None:
        clock = VirtualClock()
        lobby = Lobby(clock)
        reached: list[object] = [lobby.reached]
        views = lobby.views()
        assert (await anext(views)).screen is Screen.STARTING
        core = Core()
        desk = Desk(core, lambda _event: None, clock, lobby.showcase)
        lobby.open(desk)
        coming = asyncio.ensure_future(anext(views))
        desk.stepped(core.handle(Started()))
        assert (await coming).screen is Screen.READY
        reached.append(lobby.reached)
        lobby.close()
        assert (await anext(views)).screen is Screen.OUT_OF_SERVICE
        assert [*reached, lobby.reached] == [lobby, desk, lobby]

    virtual_time.run(story())


def test_in_the_lobby_only_the_look_can_be_changed_and_that_is_undone() -> None:
    async def story() -> None:
        clock = VirtualClock()
        lobby = Lobby(clock)
        duty = asyncio.ensure_future(lobby.keep_on())
        lobby.code(None)
        obey(lobby, "contrast", {"visit": "0"})
        obey(lobby, "text-size", {"visit": "0"})
        obey(lobby, "language", {"visit": "0", "tag": "de"})
        assert lobby.view.prefs == Prefs(contrast=True, large=True, language="de")
        lobby.failed("mesh-unreachable")
        assert lobby.view.prefs.language == "de", "as long as somebody looks"
        await clock.sleep(PREFS_SECONDS + 1)
        assert lobby.view.prefs == Prefs()
        assert lobby.view.screen is Screen.PAIRING
        duty.cancel()
        with suppress(asyncio.CancelledError):
            await duty

    virtual_time.run(story())


@pytest.mark.parametrize("verb", sorted(set(VERBS) - set(LOOKS)))
def test_all_else_is_for_later(verb: str) -> None:
    lobby = Lobby(VirtualClock())
    with pytest.raises(DeskError) as caught:
        obey(lobby, verb, {"visit": "0"})
    assert caught.value.code == "not-now"


@pytest.mark.parametrize(
    ("verb", "visit", "code"), [("contrast", "3", "visit-over"), ("open-sesame", "0", "verb-unknown")]
)
def test_a_form_that_is_none_of_the_lobby_s_is_refused(verb: str, visit: str, code: str) -> None:
    lobby = Lobby(VirtualClock())
    before = lobby.view
    with pytest.raises((DeskError, FormError)) as caught:
        obey(lobby, verb, {"visit": visit})
    assert caught.value.code == code
    assert lobby.view is before


@pytest.mark.parametrize("failure", [ConfigError("printer.uri is missing"), DeviceConfigError("printer", "bad:")])
def test_what_keeps_a_station_from_serving_is_shown_before_its_process_ends(failure: Exception) -> None:
    entrance = Entrance()

    async def story() -> float:
        began = entrance.clock.monotonic()
        with pytest.raises(type(failure)):
            async with farewell(entrance.lobby, entrance.box.board(), entrance):
                raise failure
        return entrance.clock.monotonic() - began

    assert virtual_time.run(story()) == FAREWELL_TURNS * FAREWELL_SECONDS
    assert entrance.lobby.view.screen is Screen.OUT_OF_SERVICE
    assert [line for line in entrance.lines if str(failure) in line] == entrance.lines != []


def test_a_station_that_ends_in_order_takes_no_farewell() -> None:
    entrance = Entrance()

    async def story() -> float:
        began = entrance.clock.monotonic()
        async with farewell(entrance.lobby, entrance.box.board(), entrance):
            pass
        return entrance.clock.monotonic() - began

    assert virtual_time.run(story()) == 0
    assert entrance.lines == []
    assert entrance.lobby.view.screen is Screen.STARTING


def test_without_a_panel_there_is_no_lobby_and_with_a_wrong_address_no_station() -> None:
    entrance = Entrance()

    async def story(listen: str) -> object:
        async with frontage(
            entrance.box.board(), Config("sim", URL, "", "sim:", (), "sim:", panel=listen), entrance
        ) as it:
            return it

    assert virtual_time.run(story("")) is None
    with pytest.raises(AddressError):
        virtual_time.run(story("tcp:everywhere"))


def test_buttons_and_voice_serve_before_the_station_does_and_when_it_cannot() -> None:
    """A box without a screen is set up by ear: its code is said to whoever presses a button."""
    entrance = Entrance()
    voice, buttons = SimVoice(), SimButtons(entrance.clock)

    async def story() -> None:
        board = replace(entrance.box.board(), buttons=(buttons,), voice=voice)
        with suppress(DeviceConfigError):
            async with frontage(board, CONFIG, entrance) as lobby:
                assert lobby is not None
                wanted = Wanted.configured(CONFIG)
                joining = join(board, wanted, entrance.mesh, entrance.clock, entrance.write, slip=False, onlooker=lobby)
                task = asyncio.ensure_future(joining)
                await entrance.clock.sleep(5)
                assert voice.said[-1].endswith("Press any key to hear the code for the administrator.")
                buttons.press(Button.OK)
                await entrance.clock.sleep(1)
                code = lobby.view.pairing_code
                assert voice.said[-1].split(": ")[1].replace(". ", "").rstrip(".") == code.replace(" ", "")
                assert entrance.mesh.approve(code)
                await task
                raise DeviceConfigError("printer", "no such device")
        assert voice.said[-1] == "Out of service. This station cannot print now."
        with pytest.raises(DeviceError):
            await buttons.next_press()

    virtual_time.run(story())

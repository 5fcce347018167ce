"""A mesh in memory whose site has a page for phones, a station that shows codes, and phones that use it."""

import re
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace
from html import escape

from firmware.panel.phone import PhoneCodes
from firmware.panel.speech import Speeches
from hal.sim.random_source import SeededRandom
from hal.sim.virtual_time import run
from tests.support.mesh_http import Answer, send_json
from tests.support.mesh_people import StationDouble
from tests.support.mesh_site import ORG, MemorySite
from tools.edgemesh.phones import pages
from tools.edgemesh.phones.desk_page import PhoneDesk, Shown, Visit
from tools.edgemesh.settings import PhonePage, Settings

URL = "https://print.example"
PIN = "271828"
PAGE = PhonePage(URL, "127.0.0.1:0", "chain.pem", "key.pem")
_TOKEN = re.compile(r'name="token" value="([0-9a-f]+)"')


def site_for_phones(**settings: object) -> MemorySite:
    """`ada` has no PIN yet."""
    return MemorySite(Settings(phone=PAGE, **settings))  # type: ignore[arg-type]  # names of Settings


class ShowingStation:
    """A station that asked where the page is, shows codes and hears of phones, until `close`."""

    def __init__(self, site: MemorySite, station: StationDouble, seed: int = 3) -> None:
        self.station = station
        sign = station.keys.signer.sign
        self.codes = PhoneCodes(ORG, station.keys.id, sign=sign, clock=site.clock, random=SeededRandom(seed))
        self._bells, self._open = site.mesh.roles.vault.phones.bells, ExitStack()
        self.rung = self._open.enter_context(self._bells.listening(station.keys.id))

    async def ask(self) -> "ShowingStation":
        """Learn where the page is, as at a connection."""
        self.codes.page = str((await self.station.wire.send("GET", "/v1/phone")).expect(200)["url"])
        return self

    def code(self) -> str:
        """What is on the screen, without the page's address."""
        return self.codes.url().removeprefix(f"{URL}/p/")

    def ticket(self) -> str:
        """The newest ticket that was rung; fails without one."""
        found = [one for block in self.rung if (one := re.search(r'"ticket":"([0-9a-f]{32})"', block.decode()))]
        return found[-1][1]

    async def hand_over(self, ticket: str) -> Answer:
        """Open a session with a ticket."""
        answer = await send_json(self.station.wire, "POST", "/v1/sessions", {"handoff": ticket})
        if answer.status == 201:
            self.station.session = str(answer.json["session"])
        return answer

    def close(self) -> None:
        """The station is cut off."""
        self._open.close()


class Phone:
    """A browser: keeps its cookie, sends our forms, says which `languages` its person reads. `change` may spoil each
    visit."""

    def __init__(
        self, site: MemorySite, address: str = "192.0.2.7", languages: str = "", spoken: Speeches | None = None
    ) -> None:
        roles = site.mesh.roles
        self.desk = PhoneDesk(roles.vault.phones, site.clock, roles.audit("vault"), spoken)
        self.languages = languages
        self.cookie, self._token = "", ""
        self.address = address
        self.change: Callable[[Visit], Visit] = lambda visit: visit

    async def open(self, code: str) -> Shown:
        return await self.desk.answer(self._visit("GET", f"/p/{code}"))

    async def post(self, path: str, **form: str) -> Shown:
        sent = {"token": self._token, **form}
        visit = replace(self._visit("POST", path), form=sent, origin=URL, is_own=True)
        shown = await self.desk.answer(self.change(visit))
        if shown.cookie is not None:
            self.cookie = shown.cookie
        if found := _TOKEN.search(shown.body):
            self._token = found[1]
        return shown

    def _visit(self, method: str, path: str) -> Visit:
        return Visit(method, path, cookie=self.cookie, address=self.address, languages=self.languages)

    async def print(self, code: str) -> Shown:
        """Touch the button of a station's page."""
        return await self.post("/print", code=code)

    async def sign_in(self, user: str = "ada", pin: str = PIN, code: str = "") -> Shown:
        return await self.post("/sign-in", user=user, pin=pin, code=code)


async def furnished(**settings: object) -> tuple[MemorySite, ShowingStation, Phone]:
    """A site where `ada` has a PIN, a station that shows codes there, and a phone."""
    site = site_for_phones(**settings)
    await site.mesh.roles.vault.desk.pins.set("ada", PIN)
    return site, await ShowingStation(site, site.station).ask(), Phone(site)


def story(tell: Callable[[MemorySite, ShowingStation, Phone], Awaitable[None]], **settings: object) -> None:
    """Tell it in virtual time, at a site with these settings."""

    async def main() -> None:
        await tell(*await furnished(**settings))

    run(main(), timeout=100 * 86400)


async def signed_in(station: ShowingStation, phone: Phone) -> None:
    """Have `ada` sign in on the phone, and the station let her in."""
    await phone.print(station.code())
    assert (await phone.sign_in()).status == 200
    (await station.hand_over(station.ticket())).expect(201)
    station.codes.used()


def is_refused(shown: Shown, code: str) -> bool:
    """Whether the phone is told what that code means, in English."""
    return escape(pages.said(code)) in shown.body and shown.status >= 400

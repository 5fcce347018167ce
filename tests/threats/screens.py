"""Attacks on the panel: from other pages and users of the same machine, and by one person on the next."""

import asyncio
from dataclasses import replace
from typing import Any

from jinja2 import Environment

from firmware.core.events import JobsChosen
from firmware.panel.basket import Basket
from firmware.panel.connection import Connection, Room
from firmware.panel.refusals import DeskError
from firmware.panel.render import Renderer, _templates
from firmware.panel.verbs import obey
from firmware.panel.view import Prefs
from tests.support.panel_site import Browser, Site, own, until
from tests.support.threat_model import Threat, both, breach, nothing, refuses, without, yes
from tests.support.threat_panel import at_the_panel
from tests.unit.panel.at_the_desk import ADA, BEN, AtTheDesk, job
from tests.unit.panel.looks import LISTED, NOW

EVIL = "evil.example"
TOUCH = {"visit": "0"}
"""A form that anybody may send who stands before the screen: it turns the contrast up."""


async def _tries(browser: Browser, code: str, **headers: str) -> None:
    """Posts a form, and reads what is on the screen."""
    told = await browser.ask("POST", "/do/contrast", TOUCH, **headers)
    breach(told.status < 400, "the form was taken")
    assert told.text == code
    for path in ("/", "/events"):
        told = await browser.ask("GET", path, **headers)
        breach(told.status < 400, "the screen was read")
        assert told.text == code
    assert browser.site.desk.view.prefs == Prefs()


@at_the_panel
async def rebound_name(site: Site) -> None:
    """A page whose name its owner made point to this machine; with the kiosk's cookie, which no browser would show."""
    host = f"{EVIL}:{site.port}"
    headers = {"Host": host, "Origin": f"http://{host}", "Sec_Fetch_Site": "same-origin"}
    await _tries(own(site), "request-foreign", **headers)


@at_the_panel
async def another_page(site: Site) -> None:
    """Any other page in the kiosk's browser, also one of another port here: posts forms, reads, opens a WebSocket."""
    for place, origin in (
        ("cross-site", f"http://{EVIL}"),
        ("same-site", "http://127.0.0.1:1"),
        ("cross-site", "null"),
    ):
        await _tries(own(site), "request-foreign", Origin=origin, Sec_Fetch_Site=place)
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13"}
        told = await own(site).ask("GET", "/", Origin=origin, Sec_Fetch_Site=place, **upgrade)
        breach(told.status < 400, "it was let in")


@at_the_panel
async def another_user(site: Site) -> None:
    """Another user of the machine, who reaches the loopback as everybody does, with cookies of his own making."""
    for cookie in ("", f"{site.entry.cookie_name}=", f"{site.entry.cookie_name}={site.entry.secret}"):
        await _tries(Browser(site, {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}), "start-required")


@at_the_panel
async def start_guessed(site: Site) -> None:
    """The same, in search of the address to begin at."""
    for guess in ("x", "", "%00", site.entry.secret[:-1], site.entry.cookie, site.entry.secret.swapcase()):
        told = await Browser(site).ask("GET", f"/start/{guess}")
        breach("Set-Cookie" in told.headers, "the cookie was given away")
        assert told.status in (403, 404)


@at_the_panel
async def strangers_without_end(site: Site) -> None:
    """The same, with connections that say nothing, until nobody else gets one."""
    silent = []
    for _ in range(60):
        silent.append(await asyncio.open_connection("127.0.0.1", site.port))
    await until(lambda: len(site.room) + sum(map(_is_gone, silent)) >= 60, "each was let in, or let go")
    assert (await own(site).ask("GET", "/")).status == 200
    kept = len(site.room)
    for _, writer in silent:
        writer.close()
    breach(kept > 24, f"{kept} connections are kept")


def _is_gone(connection: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> bool:
    return connection[0].at_eof() or connection[0].exception() is not None


def _room_for_all(self: Room, connection: Connection) -> bool:
    self._open[connection] = None
    return True


@at_the_panel
async def huge_form(site: Site) -> None:
    """A form of a hundred kilobytes, which the station would have to hold."""
    told = await own(site).ask("POST", "/do/contrast", {**TOUCH, "more": "x" * 100_000})
    breach(told.status == 204, "it was taken")
    assert (told.status, told.text) == (413, "form-too-large")


def form_of_before() -> None:
    """A page that ada left open; what it asks for comes when ben stands there."""
    at = AtTheDesk()
    before = at.visit(job("hers", "Hers"), badge=ADA)
    at.visit(job("his", "His"), badge=BEN)
    forms: tuple[tuple[str, dict[str, str]], ...] = (
        ("print", {}), ("delete", {}), ("leave", {}), ("choose", {"job": "his", "wanted": "no"}), ("stay", {}),
    )  # fmt: skip
    for verb, fields in forms:
        with refuses("visit-over"):
            obey(at.desk, verb, {"visit": str(before), **fields})
    at.settle()
    breach(any(isinstance(one, JobsChosen) for one in at.posted), "ben's documents are printed")
    assert at.look().chosen == {"his"}


def _whoever(self: Any, _visit: int, *states: object) -> None:
    if self._core.session not in states:
        raise DeskError(code="not-now")


def list_of_before() -> None:
    """Ben's badge while ada's list is on the screen, and again while it is still being fetched."""
    at = AtTheDesk()
    first = at.visit(job("hers", "Hers"), badge=ADA)
    at.tap(BEN)
    breach("Hers" in repr([one.title for one in at.look().jobs]), "ada's list is still there")
    at.desk.opened(first, (job("hers", "Hers"),))
    at.desk.listed(first, (job("hers", "Hers"),))
    at.admit()
    at.desk.listed(first, (job("hers", "Hers"),))
    at.show([job("his", "His")])
    at.desk.opened(first, (job("his", "Hers"),))
    breach("Hers" in repr([one.title for one in at.look().jobs]), "ada's list came to ben")
    assert [one.title for one in at.look().jobs] == ["His"]


def _all_of_it(self: Basket, _ids: object) -> Basket:
    return self


def title_as_a_page() -> None:
    """A document whose title, or owner, is a script."""
    evil = "<script src=//evil.example></script>"
    view = replace(LISTED, jobs=(job("one", evil), job("two", "x", owner=evil)), chosen=frozenset({"one"}))
    breach(evil in Renderer().page(view, NOW), "the script is in the page")


def _unescaped(spoken: Any) -> Environment:
    made = _templates(spoken)
    made.autoescape = False
    return made


PANEL = "firmware.panel"
GUARD = f"{PANEL}.guard.Guard"
THREATS = (
    Threat("panel-by-another-name", rebound_name, without((f"{GUARD}._is_ours", yes))),
    Threat("panel-by-another-page", another_page, without((f"{GUARD}._check_site", nothing))),
    Threat("panel-by-another-user", another_user, without((f"{PANEL}.entry.Entry.admits", yes))),
    Threat("panel-start-guessed", start_guessed, without((f"{PANEL}.entry.Entry.opens", yes))),
    Threat(
        "panel-strangers-without-end", strangers_without_end, without((f"{PANEL}.connection.Room.enter", _room_for_all))
    ),
    Threat("panel-form-huge", huge_form, without((f"{PANEL}.hosting.MOST_FORM", 2**30))),
    Threat("panel-form-of-before", form_of_before, without((f"{PANEL}.desk.Desk._require", _whoever))),
    Threat(
        "panel-list-of-before",
        list_of_before,
        both(
            without((f"{PANEL}.desk.Desk._forget_who_left", nothing), (f"{PANEL}.desk.Desk._is_here", yes)),
            without((f"{PANEL}.basket.Basket.offered", _all_of_it)),
        ),
    ),
    Threat("panel-title-as-a-page", title_as_a_page, without((f"{PANEL}.render._templates", _unescaped))),
)

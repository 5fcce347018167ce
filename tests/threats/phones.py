"""Attacks on the release from a phone: codes and tickets made up, kept or carried elsewhere; forms of other pages."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import wraps

from firmware.vault.signing import STATION_CODE
from firmware.vault.station_code import parse_code
from tests.support.mesh_site import MemorySite
from tests.support.phone_site import PIN, Phone, ShowingStation, furnished, is_refused, signed_in
from tests.support.threat_model import Attack, Threat, breach, nothing, refused, virtual, without
from tools.edgemesh.phones.desk_page import Shown
from tools.edgemesh.phones.handoffs import Asker, Handoffs

Story = Callable[[MemorySite, ShowingStation, Phone], Awaitable[None]]


def with_phones(story: Story) -> Attack:
    """At a site whose station shows codes, with a phone in somebody's hand."""

    @virtual
    @wraps(story)
    async def attack() -> None:
        await story(*await furnished())

    return attack


def turned_away(shown: Shown, code: str) -> None:
    """The page said no, and why."""
    breach(shown.status < 400, f"answered with {shown.status}")
    assert is_refused(shown, code)


@with_phones
async def code_made_up(_site: MemorySite, station: ShowingStation, phone: Phone) -> None:
    """A code in the name of a station, signed with another key."""
    await signed_in(station, phone)
    genuine = parse_code(station.code())
    forged = replace(genuine, nonce=bytes(8), signature=b"")
    thief = station.station.keys.signer
    text = replace(forged, signature=thief.sign(STATION_CODE, b"another message")).text()
    turned_away(await phone.print(text), "station-code-refused")


@with_phones
async def code_of_before(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
    """A photograph of the screen, used when its taker has gone home: ada's documents would come out behind her back."""
    await signed_in(station, phone)
    photograph = station.code()
    await site.clock.sleep(120)
    turned_away(await phone.print(photograph), "station-code-stale")


@with_phones
async def code_used_twice(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
    """The code that ada has just used, over her shoulder: whoever comes next would be let in beside her."""
    code = station.code()
    await phone.print(code)
    turned_away(await Phone(site, "192.0.2.9").print(code), "station-code-used")


@with_phones
async def ticket_elsewhere(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
    """A hostile station has got hold of the ticket that another was told."""
    there = await ShowingStation(site, site.new_station("station-2")).ask()
    await phone.print(station.code())
    await phone.sign_in()
    refused(await there.hand_over(station.ticket()), "ticket-expired")


def _any_station(self: Handoffs, _station_id: str, ticket: str) -> Asker:
    return self._tickets.pop(ticket).what


@with_phones
async def ticket_twice(_site: MemorySite, station: ShowingStation, phone: Phone) -> None:
    """A station keeps ada's ticket, to let her in again when she has left."""
    await signed_in(station, phone)
    refused(await station.hand_over(station.ticket()), "ticket-expired")


def _for_good(self: Handoffs, _station_id: str, ticket: str) -> Asker:
    return self._tickets[ticket].what


@with_phones
async def form_of_another_page(_site: MemorySite, station: ShowingStation, phone: Phone) -> None:
    """A page on the net has ada's phone, which is signed in, print at the station that the page's maker stands at."""
    await signed_in(station, phone)
    for origin, is_own in (("https://evil.example", False), ("null", False), ("", False)):
        phone.change = lambda visit, o=origin, w=is_own: replace(visit, origin=o, is_own=w)  # type: ignore[misc]
        turned_away(await phone.print(station.code()), "phone-forged")


@with_phones
async def sign_in_of_another_page(_site: MemorySite, station: ShowingStation, phone: Phone) -> None:
    """The same signs ada's phone in as somebody else, so that her next documents would be theirs."""
    await phone.print(station.code())
    phone._token = "0" * 64
    turned_away(await phone.sign_in(), "phone-forged")


@with_phones
async def pin_guessed(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
    """Tries PINs before a station, with as many of its codes as it shows; the twelfth would be right."""
    for attempt in range(12):
        if attempt % 3 == 0:
            station.codes.used()
            phone = Phone(site, f"192.0.2.{attempt}")
            await phone.print(station.code())
        shown = await phone.sign_in(pin=PIN if attempt == 11 else "000000")
    breach(shown.status == 200, "the PIN was found")
    assert shown.status == 401


@with_phones
async def after_the_pin_was_changed(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
    """A phone that a thief is signed in on, once its owner has got herself another PIN."""
    await signed_in(station, phone)
    await site.mesh.roles.vault.desk.pins.set("ada", "161803")
    before = len(station.rung)
    shown = await phone.print(station.code())
    breach(any(b"release-asked" in one for one in list(station.rung)[before:]), "the thief was let in")
    assert "Who are you" in shown.body


PHONES = "tools.edgemesh.phones"
THREATS = (
    Threat("phone-code-made-up", code_made_up, without(("firmware.vault.station_code.verify", nothing))),
    Threat("phone-code-of-before", code_of_before, without(("firmware.vault.station_code.SHOWN_SECONDS", 10**6))),
    Threat("phone-code-used-twice", code_used_twice, without((f"{PHONES}.codes._key", lambda _code: object()))),
    Threat("phone-ticket-elsewhere", ticket_elsewhere, without((f"{PHONES}.handoffs.Handoffs.take", _any_station))),
    Threat("phone-ticket-twice", ticket_twice, without((f"{PHONES}.handoffs.Handoffs.take", _for_good))),
    Threat(
        "phone-form-of-another-page",
        form_of_another_page,
        without((f"{PHONES}.desk_page.PhoneDesk._check_own", nothing)),
    ),
    Threat(
        "phone-sign-in-of-another-page",
        sign_in_of_another_page,
        without((f"{PHONES}.cookies.Cookies.check_token", nothing)),
    ),
    Threat("phone-pin-guessed", pin_guessed, without(("tools.edgemesh.people.lockouts.Lockouts.check", nothing))),
    Threat(
        "phone-after-the-pin-was-changed",
        after_the_pin_was_changed,
        without((f"{PHONES}.phones.Phones._secret", lambda _self, _user: b"")),
    ),
)

"""The page for phones as such: whose forms it takes, how many, and what it writes."""

from dataclasses import replace

import pytest

from firmware.panel.speech import English
from tests.support.mesh_site import MemorySite
from tests.support.phone_site import URL, Phone, ShowingStation, is_refused, signed_in, story
from tools.edgemesh.phones.desk_page import MOST_A_MINUTE, origin_of
from tools.edgemesh.phones.pages import Pages
from tools.edgemesh.tickets import MOST_TICKETS


def test_a_form_of_another_sites_page_is_refused() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        await signed_in(station, phone)
        before = len(station.rung)
        for origin in (
            "https://evil.example",
            "null",
            "http://print.example",
            f"{URL}:8443",
            "https://print.example.evil",
        ):
            phone.change = lambda visit, origin=origin: replace(visit, origin=origin)  # type: ignore[misc]
            assert is_refused(await phone.print(station.code()), "phone-forged")
        phone.change = lambda visit: replace(visit, origin="", is_own=False)
        assert is_refused(await phone.print(station.code()), "phone-forged")
        phone.change = lambda visit: visit
        phone._token = "0" * 64
        assert is_refused(await phone.post("/sign-out"), "phone-forged")
        assert len(station.rung) == before
        assert (await phone.print(station.code())).status == 200

    story(tell)


def test_floods_are_cut_off() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        for _ in range(MOST_A_MINUTE):
            assert (await phone.open("nonsense")).status == 410
        assert (await phone.open(station.code())).status == 429
        assert (await Phone(site, "192.0.2.8").open(station.code())).status == 200
        await site.clock.sleep(61)
        assert (await phone.open(station.code())).status == 200
        handoffs = vars(site.mesh.roles.vault.phones)["_handoffs"]
        asker = None
        for _ in range(MOST_TICKETS + 10):
            handoffs.issue("station-1", asker)
        assert len(vars(handoffs)["_tickets"]) == MOST_TICKETS

    story(tell)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Print.Example", "https://print.example"),
        ("https://print.example:443/p/x", "https://print.example"),
        ("https://print.example:8444", "https://print.example:8444"),
        ("https://[2001:db8::1]:8444", "https://[2001:db8::1]:8444"),
        ("http://print.example", ""),
        ("null", ""),
        ("https://[", ""),
        ("https://print.example:x", ""),
    ],
)
def test_origins_are_compared_as_browsers_write_them(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_a_page_escapes_whatever_it_is_given() -> None:
    evil = '"><script>x</script>'
    made = Pages(English())
    for page in (made.offer(evil, evil), made.sign_in(evil, evil, evil), made.asked(evil, evil)):
        assert "<script>" not in page

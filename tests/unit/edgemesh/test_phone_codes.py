"""Codes of stations before the page for phones: which are taken, when, and how often."""

from datetime import timedelta

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_site import MemorySite
from tests.support.phone_site import URL, Phone, ShowingStation, is_refused, story


def test_a_code_is_shown_for_half_a_minute_and_the_station_is_told_when_it_was_used() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        first = station.code()
        await site.clock.sleep(29)
        assert station.code() == first
        await site.clock.sleep(2)
        second = station.code()
        assert second != first
        await phone.print(second)
        assert b"event: code-used" in station.rung[-1]
        station.codes.used()
        assert station.code() not in (first, second)

    story(tell)


@pytest.mark.parametrize(("seconds", "is_good"), [(0, True), (60, True), (89, True), (90, False), (3600, False)])
def test_a_stale_code_is_refused(seconds: int, is_good: bool) -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        code = station.code()
        await site.clock.sleep(seconds)
        for shown in (await phone.open(code), await phone.print(code)):
            assert is_refused(shown, "station-code-stale") != is_good

    story(tell)


@pytest.mark.parametrize(("ahead", "is_good"), [(29, True), (-29, True), (31, False), (-91, False)])
def test_a_station_whose_clock_is_off_by_less_than_half_a_minute_is_believed(ahead: int, is_good: bool) -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        class Ahead:
            def now(self) -> object:
                return site.clock.now() + timedelta(seconds=ahead)

            def monotonic(self) -> float:
                return site.clock.monotonic()

        vars(station.codes)["_clock"] = Ahead()
        assert ((await phone.open(station.code())).status == 200) == is_good

    story(tell)


def test_a_code_is_used_once() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        code, other = station.code(), Phone(site, "192.0.2.8")
        await phone.print(code)
        assert is_refused(await other.print(code), "station-code-used")
        assert is_refused(await other.open(code), "station-code-used")
        assert is_refused(await phone.print(code), "station-code-used")

    story(tell)


def test_a_code_that_another_station_signed_is_refused() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        there = await ShowingStation(site, site.new_station("station-2"), seed=4).ask()
        vars(there.codes)["_station_id"] = "station-1"
        assert is_refused(await phone.print(there.code()), "station-code-refused")
        unheard = ShowingStation(site, site.new_station("station-3"))
        unheard.codes.page = URL
        assert is_refused(await phone.print(unheard.code()), "station-code-refused")
        for nonsense in ("", "x", "a" * 300, "ä", station.code()[:-4], station.code() + "AAAA"):
            assert (await phone.open(nonsense)).status >= 400

    story(tell)


def test_a_revoked_stations_code_is_refused() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        code = station.code()
        site.mesh.roles.registrar.denybook.deny("station/station-1")
        assert is_refused(await phone.print(code), "identity-revoked")

    story(tell)


def test_without_such_a_page_no_phone_gets_anywhere() -> None:
    async def main() -> None:
        site = MemorySite()
        assert (await site.station.wire.send("GET", "/v1/phone")).expect(200) == {"url": ""}
        station = ShowingStation(site, site.station)
        station.codes.page = URL
        assert is_refused(await Phone(site).open(station.code()), "station-code-refused")

    run(main())

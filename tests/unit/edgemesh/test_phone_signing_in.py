"""Signing in on a phone: by PIN or code, what is locked, what ends it, and whose cookie it is."""

import pytest

from tests.support.mesh_site import BADGE, MemorySite
from tests.support.phone_site import PIN, Phone, ShowingStation, is_refused, signed_in, story
from tools.edgemesh.people.associations import CODE_TRIES
from tools.edgemesh.phones import pages
from tools.edgemesh.phones.cookies import MOST_OF_ONE, MOST_TRIES, SIGNED_IN_SECONDS
from tools.edgemesh.storage.records import User


def test_a_one_time_code_lets_in_once() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        once = await site.mesh.roles.vault.desk.codes.issue("ada")
        await phone.print(station.code())
        assert (await phone.sign_in(pin="", code=once)).status == 200
        (await station.hand_over(station.ticket())).expect(201)
        again = Phone(site, "192.0.2.8")
        station.codes.used()
        await again.print(station.code())
        assert (await again.sign_in(pin="", code=once)).status == 401

    story(tell)


@pytest.mark.parametrize("wrong", [True, False])
def test_without_a_name_a_one_time_code_says_nobody_and_is_not_used_up(wrong: bool) -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        codes, store = site.mesh.roles.vault.desk.codes, site.mesh.desk_store
        once = await codes.issue("ada")
        await phone.print(station.code())
        for _ in range(MOST_TRIES):
            shown = await phone.sign_in("", pin="", code=once[:4] + "00000000" if wrong else once)
            assert (shown.status, pages.WRONG in shown.body) == (401, True)
        kept = store.code("ada")
        assert kept is not None
        assert kept.tries_left == CODE_TRIES
        assert await codes.redeem("", once) == "ada"

    story(tell)


@pytest.mark.parametrize("hostile", ["\xe9", "\udcff", "\x00", ""])
def test_a_cookie_and_a_token_of_any_letters_are_merely_none(hostile: str) -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        await phone.print(station.code())
        phone._token = hostile
        assert is_refused(await phone.sign_in(), "phone-forged")
        phone.cookie = hostile
        assert is_refused(await phone.sign_in(), "phone-forged")
        assert is_refused(await phone.open("x"), "station-code-malformed")

    story(tell)


def test_where_a_pin_is_wanted_a_one_time_code_is_not_enough() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        once = await site.mesh.roles.vault.desk.codes.issue("ada")
        await phone.print(station.code())
        await phone.sign_in(pin="", code=once)
        assert (await station.hand_over(station.ticket())).code == "factor-missing"
        station.codes.used()
        other = Phone(site, "192.0.2.8")
        await other.print(station.code())
        await other.sign_in()
        (await station.hand_over(station.ticket())).expect(201)

    story(tell, factors=("card", "pin"))


def test_every_way_to_be_wrong_looks_the_same() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        answers = []
        for user, pin, code in (("ada", "000000", ""), ("nobody", PIN, ""), ("", PIN, ""), ("ada", "", "00000000")):
            station.codes.used()
            await phone.print(station.code())
            shown = await phone.sign_in(user, pin, code)
            answers.append((shown.status, shown.body.replace(phone._token, "")))
            phone.cookie = ""
        assert len(set(answers)) == 1
        assert answers[0][0] == 401

    story(tell)


def test_wrong_pins_lock_the_phones_of_a_person_and_not_their_badge() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        for attempt in range(6):
            station.codes.used()
            mine = Phone(site, f"192.0.2.{attempt + 10}")
            await mine.print(station.code())
            assert (await mine.sign_in(pin="314159")).status == 401
        station.codes.used()
        await phone.print(station.code())
        assert pages.WRONG in (await phone.sign_in()).body  # the right PIN, while it is locked
        tapped = await site.station.tap(BADGE)
        assert tapped.code == "pin-required"
        await site.clock.sleep(901)
        station.codes.used()
        await phone.print(station.code())
        assert (await phone.sign_in()).status == 200

    story(tell)


def test_one_sighting_of_a_code_is_good_for_a_few_attempts() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        await phone.print(station.code())
        for _ in range(MOST_TRIES):
            assert (await phone.sign_in("nobody")).status == 401
        assert is_refused(await phone.sign_in(), "phone-signed-out")

    story(tell)


def test_who_never_saw_a_code_cannot_try_a_pin() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        assert is_refused(await phone.sign_in(), "phone-forged")  # no token of ours
        phone.cookie = "0" * 64
        phone._token = site.mesh.roles.vault.phones.cookies.token(phone.cookie)
        assert is_refused(await phone.sign_in(), "phone-signed-out")
        await phone.print(station.code())
        await site.clock.sleep(181)
        assert is_refused(await phone.sign_in(), "phone-signed-out")

    story(tell)


def test_signing_in_gives_another_cookie() -> None:
    """One that somebody had put onto the phone before is worth nothing afterwards."""

    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        await phone.print(station.code())
        before = phone.cookie
        await phone.sign_in()
        assert phone.cookie != before
        stale = Phone(site, "192.0.2.8")
        stale.cookie = before
        station.codes.used()
        assert "Who are you" in (await stale.print(station.code())).body

    story(tell)


@pytest.mark.parametrize("end", ["time", "pin", "removed"])
def test_what_ends_being_signed_in(end: str) -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        await signed_in(station, phone)
        desk = site.mesh.roles.vault.desk
        match end:
            case "time":
                await site.clock.sleep(SIGNED_IN_SECONDS + 1)
            case "pin":
                await desk.pins.set("ada", "161803")
            case _:
                site.mesh.desk_store.put_user(User("ada", since=site.clock.now()))  # another person of that name
        await site.mesh.roles.round()
        station.codes.used()
        await station.ask()
        assert "Who are you" in (await phone.print(station.code())).body

    story(tell)


def test_a_person_is_signed_in_on_a_few_phones_at_most() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        phones = [phone, *(Phone(site, f"192.0.2.{number}") for number in range(20, 20 + MOST_OF_ONE))]
        for one in phones:
            await signed_in(station, one)
        told = [(await one.print(station.code())).body for one in phones[:1]]
        assert "Who are you" in told[0]
        station.codes.used()
        assert "lets you in" in (await phones[-1].print(station.code())).body

    story(tell)

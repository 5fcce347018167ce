"""Release from a phone: who comes through, who does not, and what is recorded of it."""

from dataclasses import replace

from firmware.audit.events import AuditEvent
from tests.support.mesh_site import MemorySite
from tests.support.phone_site import PIN, Phone, ShowingStation, is_refused, signed_in, story
from tools.edgemesh.phones import pages
from tools.edgemesh.storage.records import User


def test_a_phone_lets_its_person_in_and_they_print() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        job = await site.client.submit(b"document", title="From afar")
        offered = await phone.open(station.code())
        assert (offered.status, offered.cookie) == (200, None)
        assert "station-1" in offered.body
        assert (await phone.print(station.code())).cookie
        assert (await phone.sign_in()).status == 200
        answer = (await station.hand_over(station.ticket())).expect(201)
        assert (answer["user"], answer["method"]) == ("ada", "phone")
        assert await station.station.titles() == {job: "From afar"}
        assert (await station.station.print(job))[1] == b"document"

    story(tell)


def test_a_phone_that_is_signed_in_needs_no_more_than_the_button() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        await signed_in(station, phone)
        before = station.ticket()
        shown = await phone.print(station.code())
        assert (shown.status, shown.cookie) == (200, None)
        assert station.ticket() != before
        await phone.post("/sign-out")
        station.codes.used()
        assert "Who are you" in (await phone.print(station.code())).body

    story(tell)


def test_a_ticket_is_good_once_at_its_own_station_for_half_a_minute() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        there = await ShowingStation(site, site.new_station("station-2")).ask()
        await signed_in(station, phone)
        assert (await station.hand_over(station.ticket())).code == "ticket-expired"  # used
        await phone.print(station.code())
        assert (await there.hand_over(station.ticket())).code == "ticket-expired"  # another station's
        (await station.hand_over(station.ticket())).expect(201)  # which takes nothing from its own
        station.codes.used()
        await phone.print(station.code())
        await site.clock.sleep(31)
        assert (await station.hand_over(station.ticket())).code == "ticket-expired"
        assert not there.rung

    story(tell)


def test_a_blocked_person_gets_nowhere_with_their_phone() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        await signed_in(station, phone)
        await phone.print(station.code())
        site.mesh.roles.registrar.denybook.deny("user/ada")
        assert (await station.hand_over(station.ticket())).code == "locked-out"
        station.codes.used()
        assert is_refused(await phone.print(station.code()), "locked-out")
        fresh = Phone(site, "192.0.2.9")
        station.codes.used()
        await fresh.print(station.code())
        assert pages.WRONG in (await fresh.sign_in()).body
        denied = await station.station.look("x")
        assert denied.code == "locked-out"  # the session from before is no good either

    story(tell)


def test_a_person_of_other_stations_is_told_so() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        site.mesh.desk_store.put_user(User("ada", stations=("station-77",)))
        await phone.print(station.code())
        assert is_refused(await phone.sign_in(), "not-allowed-here")

    story(tell)


def test_a_station_that_hears_nothing_is_not_promised() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        await phone.print(station.code())
        station.close()
        assert is_refused(await phone.sign_in(), "station-away")

    story(tell)


def test_a_phone_stands_for_a_card_only_where_the_site_has_the_page() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        job = await site.client.submit(b"document")
        await signed_in(station, phone)
        (await station.station.look(job)).expect(200)
        for role in (site.mesh.roles.org, site.mesh.roles.node("node-1")):
            verifier = vars(role)["_verifier"]
            vars(role)["_verifier"] = replace(verifier, phones=False)
        refused = (await station.station.look(job)).expect(200)["refused"]
        assert [one["code"] for one in refused] == ["factor-missing"]
        assert (await station.station.ask(job)).code == "factor-missing"

    story(tell)


def test_who_came_by_phone_is_recorded_and_what_was_typed_is_not() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        await phone.print(station.code())
        await phone.sign_in("424242", "313131")
        await phone.sign_in()
        (await station.hand_over(station.ticket())).expect(201)
        told = {one.event: one.fields for one in site.mesh.audits["vault"].entries}
        assert told[AuditEvent.PHONE_REFUSED] == {"code": "pin-wrong", "method": "phone"}
        assert told[AuditEvent.PHONE_SIGNED_IN]["user"] == "ada"
        assert told[AuditEvent.SESSION_OPENED] == {
            "station": "station-1", "source": "phone", "method": "phone", "user": "ada",
        }  # fmt: skip
        assert not {"424242", "313131", PIN} & set(repr(site.mesh.audits["vault"].entries).split("'"))

    story(tell)


def test_nothing_secret_is_in_what_is_kept() -> None:
    async def tell(site: MemorySite, station: ShowingStation, phone: Phone) -> None:
        await signed_in(station, phone)
        await phone.print(station.code())
        known = f"{vars(site.mesh.roles.vault.phones.cookies)} {vars(site.mesh.roles.vault.phones)['_handoffs']!r}"
        assert phone.cookie not in known
        assert "'ada'" not in known

    story(tell)

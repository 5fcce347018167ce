"""Badges and sessions at the desk."""

from dataclasses import replace

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_http import send_json
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.people.badges import Badges, DeskKeys
from tools.edgemesh.people.desk import SESSION_TTL
from tools.edgemesh.storage.records import User


def test_a_tap_opens_a_session_with_the_person_s_policy() -> None:
    async def story() -> None:
        site = MemorySite()
        site.mesh.add_user(User("bob", "de", False, 90), "77")
        opened = (await site.station.tap("77")).expect(201)
        assert (opened["user"], opened["language"]) == ("bob", "de")
        assert opened["policy"] == {"auto_release": False, "idle_seconds": 90, "titles": True}

    run(story())


def test_case_and_spaces_of_a_number_do_not_count() -> None:
    async def story() -> None:
        site = MemorySite()
        for number in (BADGE, BADGE.lower(), f" {BADGE} "):
            (await site.station.tap(number)).expect(201)

    run(story())


def test_who_is_refused_a_session() -> None:
    async def story() -> None:
        site = MemorySite()
        site.mesh.add_user(User("eve"), "1", "3")
        site.mesh.add_user(User("kim"), "4")
        site.mesh.add_user(User("dan", stations=("station-9",)), "2")
        assert (await site.station.tap("0")).refusal == (404, "badge-unknown", "")
        site.mesh.roles.registrar.denybook.deny("user/eve")
        assert (await site.station.tap("1")).refusal == (423, "locked-out", "")
        badge = site.mesh.roles.vault.desk.badges.find("4")
        assert badge is not None
        site.mesh.roles.registrar.denybook.deny(f"badge/{badge.badge_id}")
        assert (await site.station.tap("4")).refusal == (423, "badge-blocked", "")
        assert (await site.station.tap("2")).refusal == (403, "not-allowed-here", "")
        assert (await site.client.wire.send("POST", "/v1/sessions", b"{}")).refusal == (403, "not-allowed", "")

    run(story())


@pytest.mark.parametrize(
    "credential",
    [None, "04", {}, {"kind": "card"}, {"kind": "pin", "value": "1"}, {"kind": "card", "value": "1" * 129}],
)
def test_malformed_credentials(credential: object) -> None:
    async def story() -> None:
        site = MemorySite()
        answer = await send_json(site.station.wire, "POST", "/v1/sessions", {"credential": credential})
        assert answer.refusal == (400, "json-malformed", "")

    run(story())


def test_a_session_ends_by_time_by_word_and_with_the_person_s_rights() -> None:
    async def story() -> None:
        site = MemorySite()
        (await site.station.tap(BADGE)).expect(201)
        path = f"/v1/sessions/{site.station.session}"
        other = site.new_station("station-2")
        assert (await other.wire.send("GET", f"{path}/jobs")).refusal == (410, "session-expired", "")
        (await other.wire.send("DELETE", path)).expect(204)  # not its own: nothing happens, nothing is told
        assert await site.station.jobs() == []
        site.mesh.roles.registrar.denybook.deny("user/ada")
        assert (await site.station.wire.send("GET", f"{path}/jobs")).code == "locked-out"
        site.mesh.roles.registrar.denybook.lift("user/ada")
        (await site.station.wire.send("DELETE", path)).expect(204)
        (await site.station.wire.send("DELETE", path)).expect(204)
        assert (await site.station.wire.send("GET", f"{path}/jobs")).code == "session-expired"

    run(story())


def test_a_session_ends_after_ten_minutes_and_is_forgotten() -> None:
    async def story() -> None:
        site = MemorySite()
        (await site.station.tap(BADGE)).expect(201)
        await site.clock.sleep(SESSION_TTL.total_seconds())
        gone = await site.station.wire.send("GET", f"/v1/sessions/{site.station.session}/jobs")
        assert gone.refusal == (410, "session-expired", "")
        await site.clock.sleep(1)
        await site.mesh.roles.round()
        assert site.mesh.desk_store.session(site.station.session) is None

    run(story())


def test_a_session_s_rights_are_one_person_s() -> None:
    async def story() -> None:
        site = MemorySite()
        site.mesh.add_user(User("bob"), "77")
        job = await site.client.submit(b"ada's")
        (await site.station.tap("77")).expect(201)
        assert await site.station.jobs() == []
        assert (await site.station.ask(job)).refusal == (403, "not-owner", "")
        target = f"/v1/jobs/{job}?session={site.station.session}"
        assert (await site.station.wire.send("DELETE", target)).refusal == (403, "not-owner", "")

    run(story())


def test_a_badge_needs_a_person() -> None:
    async def story() -> None:
        site = MemorySite()
        with pytest.raises(Problem, match="person-unknown"):
            site.mesh.roles.vault.desk.give_badge("9", "nobody")

    run(story())


def test_the_desk_keeps_no_number() -> None:
    async def story() -> None:
        site = MemorySite()
        desk = site.mesh.roles.vault.desk
        assert len(desk.badges.hash(BADGE)) == 32
        assert BADGE not in repr(vars(site.mesh.desk_store))
        other = Badges(site.mesh.desk_store, DeskKeys(bytes(32), bytes(32)))
        assert desk.badges.hash(BADGE) != other.hash(BADGE)
        assert "ada" not in repr(replace(User("ada"), language="en"))

    run(story())

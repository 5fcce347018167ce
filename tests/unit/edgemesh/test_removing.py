"""Removing a person: nothing of theirs is left for the next of that name; and what the blocked may not do any more."""

from dataclasses import replace
from typing import Any

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_admin import AdminDouble
from tests.support.mesh_http import send_json
from tests.support.mesh_site import BADGE, MemorySite
from tests.unit.edgemesh.test_delegations import BEN, delegation, hand_in, listed, with_ben
from tools.edgemesh.interface import station_routes
from tools.edgemesh.storage.records import JobState, Phase, User
from tools.edgemesh.storage.stores import StoreError


async def furnished() -> tuple[MemorySite, AdminDouble, str]:
    """ada has a job and delegations both ways."""
    site = with_ben()
    job = await site.client.submit(b"ada's")
    (await hand_in(site.client, delegation(site, 1))).expect(201)
    bens = site.new_client("client-2", "ben")
    (await hand_in(bens, delegation(site, 2, owner="ben", delegate="ada"))).expect(201)
    return site, AdminDouble.of(site), job


def test_jobs_delegations_badges_and_sessions_go_with_the_person() -> None:
    async def story() -> None:
        site, admin, job = await furnished()
        (await site.station.tap(BADGE)).expect(201)
        assert (await admin.delete("/v1/admin/users?user=ada")).status == 204
        roles, store = site.mesh.roles, site.mesh.desk_store
        assert roles.vault.keys.book.state(job).phase is Phase.SHREDDED
        assert all(one.ended for one in store.delegations())
        denied = roles.verifier.denials.current()
        assert all(denied.since(f"delegation/d-{number:032x}") for number in (1, 2))
        target = f"/v1/sessions/{site.station.session}/jobs"
        assert (await site.station.wire.send("GET", target)).refusal == (410, "session-expired", "")
        await site.clock.sleep(60)
        (await admin.post("/v1/admin/users", {"user": "ada"})).expect(201)
        added = store.user("ada")
        assert added is not None
        assert added.since == site.clock.now().replace(microsecond=0)
        roles.vault.desk.give_badge(BADGE, "ada")
        (await site.station.tap(BADGE)).expect(201)
        assert await site.station.jobs() == []
        (await admin.post("/v1/admin/users", {"user": "ada", "language": "de"})).expect(200)
        assert store.user("ada") == replace(added, language="de")

    run(story())


def test_a_removal_that_was_cut_off_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        site, admin, _ = await furnished()

        def fail(*_arguments: object) -> None:
            raise StoreError("full")

        with monkeypatch.context() as patch:
            patch.setattr(site.mesh.desk_store, "put_delegation", fail)
            assert (await admin.delete("/v1/admin/users?user=ada")).status >= 500
        assert site.mesh.desk_store.user("ada") is not None
        assert (await admin.delete("/v1/admin/users?user=ada")).status == 204
        assert site.mesh.desk_store.user("ada") is None
        assert all(one.ended for one in site.mesh.desk_store.delegations())

    run(story())


@pytest.mark.parametrize("anew", ["ada", "ben"])
def test_what_is_from_before_a_person_counts_for_nobody(anew: str) -> None:
    async def story() -> None:
        site, _, job = await furnished()
        (entry,) = await listed(site)
        await site.clock.sleep(60)
        site.mesh.add_user(User(anew, since=site.clock.now()), BADGE if anew == "ada" else BEN)
        assert await listed(site) == []
        shown = {name: entry[name] for name in entry if name.startswith("delegation")}
        body: dict[str, Any] = site.station.signed_request(job) | shown
        answer = await send_json(site.station.wire, "POST", f"/v1/jobs/{job}/releases", body)
        assert answer.code == "delegation-revoked"

    run(story())


def test_a_job_or_delegation_from_before_is_not_taken_in_either() -> None:
    async def story() -> None:
        site = with_ben()
        upload, given = await site.client.seal(b"x"), delegation(site)
        await site.clock.sleep(60)
        site.mesh.add_user(User("ada", since=site.clock.now()))
        assert (await site.client.announce(upload)).refusal == (422, "manifest-stale", "")
        assert (await hand_in(site.client, given)).refusal == (403, "delegation-refused", "")
        await site.client.submit(b"now")
        (await hand_in(site.client, delegation(site))).expect(201)

    run(story())


def test_nothing_is_delegated_by_or_to_the_blocked() -> None:
    async def story() -> None:
        for blocked in ("ada", "ben"):
            site = with_ben()
            site.mesh.roles.registrar.denybook.deny(f"user/{blocked}")
            assert (await hand_in(site.client, delegation(site))).refusal == (423, "locked-out", "")

    run(story())


def test_a_long_list_is_not_looked_at_behind_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        site = with_ben()
        for _ in range(3):
            await site.client.submit(b"x")
        (await hand_in(site.client, delegation(site))).expect(201)
        monkeypatch.setattr(station_routes, "MAX_LISTED", 2)
        book, looked = site.mesh.roles.vault.keys.book, list[str]()
        state = book.state

        def counted(job: str) -> JobState:
            looked.append(job)
            return state(job)

        monkeypatch.setattr(book, "state", counted)
        assert len(await listed(site)) == 2
        assert len(looked) == 2

    run(story())

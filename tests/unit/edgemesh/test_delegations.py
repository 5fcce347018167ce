"""Delegations: given, used, ended, and every way in which one does not count."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from firmware.vault import signing
from firmware.vault.delegation import Delegation, encode
from firmware.vault.fields import encode_octets
from hal.sim.virtual_time import run
from tests.support.mesh_http import Answer, Json, send_json
from tests.support.mesh_people import ClientDouble
from tests.support.mesh_site import ORG, MemorySite
from tools.edgemesh.interface.shapes import octets_texts
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.people.delegations import MOST_OF_OWNER
from tools.edgemesh.storage.records import User

BEN, HOUR = "0455667788", timedelta(hours=1)


def with_ben() -> MemorySite:
    site = MemorySite()
    site.mesh.add_user(User("ben"), BEN)
    return site


def delegation(site: MemorySite, number: int = 1, **changes: Any) -> Delegation:
    now = site.clock.now().replace(microsecond=0)
    return replace(Delegation(ORG, f"d-{number:032x}", "ada", "ben", now, now + 24 * HOUR), **changes)


def signed(given: Delegation, keys: RoleKeys) -> Json:
    raw = encode(given)
    signature = keys.signer.sign(signing.DELEGATION, raw)
    return {
        "delegation": encode_octets(raw),
        "delegation_signature": encode_octets(signature),
        "delegation_chain": octets_texts(keys.chain),
    }


async def hand_in(client: ClientDouble, given: Delegation, keys: RoleKeys | None = None) -> Answer:
    return await send_json(client.wire, "POST", "/v1/delegations", signed(given, keys or client.keys))


async def listed(site: MemorySite) -> list[Json]:
    (await site.station.tap(BEN)).expect(201)
    return await site.station.jobs()


async def ask(site: MemorySite, job: str, entry: Json) -> Answer:
    shown = {name: entry[name] for name in entry if name.startswith("delegation")}
    return await send_json(
        site.station.wire, "POST", f"/v1/jobs/{job}/releases", site.station.signed_request(job) | shown
    )


def test_a_delegate_sees_and_prints_the_owner_s_jobs_until_the_end() -> None:
    async def story() -> None:
        site = with_ben()
        site.client.lifetime = timedelta(days=3)
        job, later = await site.client.submit(b"ada's"), await site.client.submit(b"ada's second")
        assert await listed(site) == []
        (await hand_in(site.client, delegation(site))).expect(201)
        entries = {entry["job"]: entry for entry in await listed(site)}
        assert set(entries) == {job, later}
        assert (await site.station.ask(job)).refusal == (403, "not-owner", "")  # the delegation was not shown
        grant = (await ask(site, job, entries[job])).expect(201)
        (await site.station.report(grant, 1, "started")).expect(200)
        (await site.station.report(grant, 2, "printed")).expect(200)
        target = f"/v1/jobs/{later}?session={site.station.session}"
        assert (await site.station.wire.send("DELETE", target)).refusal == (403, "not-owner", "")
        await site.clock.sleep(24 * 3600)
        await site.mesh.roles.round()
        assert await listed(site) == []
        assert (await ask(site, later, entries[later])).code in ("delegation-ended", "delegation-revoked")

    run(story())


def test_one_that_was_ended_is_gone_at_once_and_is_on_the_deny_list() -> None:
    async def story() -> None:
        site = with_ben()
        job, given = await site.client.submit(b"ada's"), delegation(site)
        (await hand_in(site.client, given)).expect(201)
        (entry,) = await listed(site)
        path = f"/v1/delegations/{given.delegation_id}"
        stranger = site.new_client("client-2", "ben")
        assert (await stranger.wire.send("DELETE", path)).refusal == (404, "delegation-unknown", "")
        (await site.client.wire.send("DELETE", path)).expect(204)
        (await site.client.wire.send("DELETE", path)).expect(204)
        assert await site.station.jobs() == []
        assert (await ask(site, job, entry)).refusal == (403, "delegation-revoked", "")
        assert site.mesh.roles.verifier.denials.current().since(f"delegation/{given.delegation_id}")
        assert (await hand_in(site.client, given)).code in ("delegation-exists", "delegation-revoked")
        assert (await site.client.wire.send("GET", "/v1/delegations")).expect(200)["delegations"] == []
        await site.clock.sleep(24 * 3600 + 1)
        await site.mesh.roles.round()  # once its time is over, nothing needs to be remembered of it
        assert not site.mesh.roles.registrar.denybook.store.denials()
        assert not site.mesh.desk_store.delegations()

    run(story())


def test_an_owner_sees_their_own_and_nobody_else_any() -> None:
    async def story() -> None:
        site = with_ben()
        site.mesh.add_user(User("eve"))
        (await hand_in(site.client, delegation(site, 1))).expect(201)
        (await hand_in(site.client, delegation(site, 2, delegate="eve"))).expect(201)
        mine = (await site.client.wire.send("GET", "/v1/delegations")).expect(200)["delegations"]
        assert [one["delegate"] for one in mine] == ["ben", "eve"]
        theirs = site.new_client("client-2", "ben", "eve")
        assert (await theirs.wire.send("GET", "/v1/delegations")).expect(200)["delegations"] == []
        assert await listed(site) == []  # nothing is held: ben does not learn that ada delegated

    run(story())


def test_what_is_not_taken() -> None:
    async def story() -> None:
        site = with_ben()
        mallory = site.new_client("client-2", "ben")
        ancient = site.clock.now().replace(microsecond=0) - 2 * HOUR
        cases = [
            (mallory, delegation(site), mallory.keys, "delegation-refused"),  # not certified for the owner
            (mallory, delegation(site), site.client.keys, "delegation-refused"),  # replayed from elsewhere
            (site.client, delegation(site), mallory.keys, "delegation-refused"),
            (site.client, delegation(site, org_id="other.example"), None, "delegation-refused"),
            (site.client, delegation(site, delegate="nobody"), None, "person-unknown"),
            (site.client, delegation(site, delegate="ada"), None, "delegation-malformed"),
            (site.client, delegation(site, delegation_id="mine"), None, "delegation-malformed"),
            (site.client, delegation(site, ends=site.clock.now() + 9999 * HOUR), None, "delegation-malformed"),
            (site.client, delegation(site, begins=site.clock.now() + HOUR), None, "delegation-ended"),
            (site.client, delegation(site, begins=ancient), None, "delegation-refused"),
        ]
        for client, given, keys, code in cases:
            answer = await hand_in(client, given, keys)
            assert answer.code == code, given
        malformed = await send_json(site.client.wire, "POST", "/v1/delegations", {})
        assert malformed.refusal == (400, "json-malformed", "")
        assert not site.mesh.desk_store.delegations()

    run(story())


def test_the_same_twice_is_one_and_another_under_its_id_is_refused() -> None:
    async def story() -> None:
        site = with_ben()
        given = delegation(site)
        first, again = [(await hand_in(site.client, given)).expect(201) for _ in range(2)]
        assert first == again
        other = replace(given, ends=given.ends + HOUR)
        assert (await hand_in(site.client, other)).refusal == (409, "delegation-exists", "")

    run(story())


def test_an_owner_has_bounded_room() -> None:
    async def story() -> None:
        site = with_ben()
        for number in range(MOST_OF_OWNER):
            (await hand_in(site.client, delegation(site, number))).expect(201)
            (await site.client.wire.send("DELETE", f"/v1/delegations/d-{number:032x}")).expect(204)
        assert (await hand_in(site.client, delegation(site, 99))).refusal == (409, "too-many-delegations", "")

    run(story())


def test_a_blocked_owner_s_jobs_are_no_delegate_s_either() -> None:
    async def story() -> None:
        site = with_ben()
        job = await site.client.submit(b"ada's")
        (await hand_in(site.client, delegation(site))).expect(201)
        (entry,) = await listed(site)
        site.mesh.roles.registrar.denybook.deny("user/ada")
        assert await site.station.jobs() == []
        assert (await ask(site, job, entry)).refusal == (423, "locked-out", "")

    run(story())


def test_a_delegation_of_one_serves_no_job_of_another() -> None:
    async def story() -> None:
        site = with_ben()
        site.mesh.add_user(User("eve"))
        hers = site.new_client("client-2", "eve", seed=2)
        job = await hers.submit(b"eve's", owner="eve")
        await site.client.submit(b"ada's")
        (await hand_in(site.client, delegation(site))).expect(201)
        (entry,) = await listed(site)
        assert (await ask(site, job, entry)).refusal == (403, "not-owner", "")

    run(story())

"""A look at titles that is refused: by the vault for the whole of it, and by each holder for itself."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from firmware.vault.fields import encode_octets
from hal.sim.virtual_time import run
from tests.support.access_world import OTHER_BADGE, World, delegate
from tests.support.mesh_http import Answer, Json, send_json
from tests.support.mesh_people import StationDouble
from tests.support.mesh_site import BADGE, MemorySite
from tests.unit.edgemesh.test_withdrawn import Eavesdropper, destroy, drop, held, shred, suspend
from tools.edgemesh.interface.shapes import octets_texts
from tools.edgemesh.people.desk import Credential
from tools.edgemesh.storage.records import User


@pytest.mark.parametrize(
    ("withdraw", "code", "part"),
    [
        (shred, "shredded", "job"),
        (drop, "part-withdrawn", "node"),
        (suspend, "part-withdrawn", "org"),
        (destroy, "part-withdrawn", "org"),
    ],
)
def test_a_withdrawn_part_shows_no_title(withdraw: Callable[[MemorySite, str], None], code: str, part: str) -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        withdraw(site, job)
        assert (await site.station.look(job)).expect(200) == {
            "previews": [],
            "refused": [{"job": job, "code": code, "part": part}],
        }

    run(story())


def test_another_persons_job_is_not_shown_unless_they_delegated_it() -> None:
    async def story() -> None:
        world = await World.open()
        station = world.site.station
        (await station.tap(OTHER_BADGE)).expect(201)
        assert (await station.look(world.job)).refused == {world.job: "not-owner"}
        await delegate(world)
        assert world.job in await station.titles()
        world.site.mesh.roles.vault.desk.delegations.end(f"d-{'1' * 32}")
        assert (await station.look(world.job)).refused == {world.job: "not-owner"}

    run(story())


async def refused(station: StationDouble, job: str, **changes: object) -> str:
    return (await station.look(job, **changes)).code


def test_what_refuses_the_whole_request() -> None:
    async def story() -> None:
        site = MemorySite()
        job, station = await held(site), site.station
        late = (site.clock.now() - timedelta(minutes=6)).strftime("%Y-%m-%dT%H:%M:%SZ")
        there = site.new_station("station-2")
        (await there.tap(BADGE)).expect(201)
        assert await refused(station, job, asked_at=late) == "request-stale"
        assert await refused(station, job, session=there.session) == "session-expired"
        assert await refused(station, job, station_id="station-2") == "request-malformed"
        assert await refused(station, job, org_id="else.example") == "request-malformed"
        assert await refused(station, job, job_ids=[]) == "request-malformed"
        assert await refused(station, job, job_ids=[job] * 51) == "request-malformed"
        session, there.session = there.session, station.session
        assert await refused(there, job) == "session-expired"  # another station's
        there.session = session
        path = f"/v1/sessions/{station.session}/previews"
        of_another = there.signed_look(job, session=station.session)
        assert (await send_json(station.wire, "POST", path, of_another)).code == "session-expired"
        as_release = station.signed_request(job)
        assert (await send_json(station.wire, "POST", path, as_release)).code == "signature-refused"
        await site.clock.sleep(601)
        assert await refused(station, job) == "session-expired"

    run(story())


def test_a_revoked_station_and_a_blocked_person_see_nothing() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        denybook = site.mesh.roles.registrar.denybook
        denybook.deny("user/ada")
        assert await refused(site.station, job) == "locked-out"
        denybook.lift("user/ada")
        denybook.deny("station/station-1")
        assert await refused(site.station, job) == "identity-revoked"

    run(story())


def test_a_job_of_a_client_that_was_revoked_before_shows_no_title() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        site.mesh.roles.registrar.denybook.deny("client/client-1")
        assert (await site.station.look(job)).refused == {job: "client-revoked"}

    run(story())


async def looking(site: MemorySite, role: str) -> tuple[Json, str]:
    """What the vault shows a holder for one list, and the job."""
    job = await held(site)
    vault = site.mesh.roles.vault
    ear = Eavesdropper(vault.nodes.all()[0] if role == "node" else vars(vault.previews)["_org"])
    (await site.station.look(job)).expect(200)
    return ear.bodies[-1], job


@pytest.mark.parametrize("role", ["node", "org"])
def test_each_holder_refuses_what_it_cannot_verify_itself(role: str) -> None:
    async def story() -> None:
        site = MemorySite()
        good, job = await looking(site, role)
        vault = site.wire(site.mesh._vault)

        async def asked(changes: Json) -> Answer:
            return await send_json(vault, "POST", f"/v1/previews/{role}", good | changes)

        assert [one["job"] for one in (await asked({})).expect(200)["boxes"]] == [job]
        elsewhere = site.station.signed_look(job, org_id="else.example")
        for changes, code in (
            ({"request_signature": good["session_signature"]}, "signature-refused"),
            ({"chain": octets_texts(site.client.keys.chain)}, "not-allowed"),
            ({"session_signature": good["request_signature"]}, "signature-refused"),
            ({"session_chain": octets_texts(site.station.keys.chain)}, "not-allowed"),
            (elsewhere, "request-malformed"),
        ):
            assert (await asked(changes)).code == code, changes
        unasked = site.station.signed_look("01900000-0000-7000-8000-000000000000")
        assert (await asked(unasked)).refused == {job: "request-malformed"}
        site.mesh.add_user(User("bob"), "77")
        desk = site.mesh.roles.vault.desk
        bob, _ = await desk.open_session(site.mesh.identity(site.station.keys), Credential("77"))
        signed = desk.signed(bob)
        of_bob = {"session_statement": encode_octets(signed.raw), "session_signature": encode_octets(signed.signature)}
        assert (await asked(of_bob)).code == "session-expired"  # ada asked, bob's statement is shown
        request = site.station.signed_look(job, session=bob.session_id)
        assert (await asked(of_bob | request)).refused == {job: "not-owner"}
        site.mesh.roles.registrar.denybook.deny("station/station-1")
        assert (await asked({})).code == "identity-revoked"

    run(story())

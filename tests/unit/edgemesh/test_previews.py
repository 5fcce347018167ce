"""What jobs are called: shown to their person at this station for this visit, each holder judging for itself."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.audit.events import AuditEvent
from firmware.vault import boxes
from firmware.vault.attributes import AttributesError
from firmware.vault.boxes import PartKind
from firmware.vault.manifest import parse
from firmware.vault.release import PartError
from hal.sim.virtual_time import run
from tests.support.access_world import OTHER_BADGE, World, delegate
from tests.support.mesh_http import Answer, Json, send_json
from tests.support.mesh_openapi import check_answer, check_request
from tests.support.mesh_people import StationDouble, unbase64
from tests.support.mesh_site import BADGE, ORG, MemorySite
from tests.unit.edgemesh.test_withdrawn import Eavesdropper, destroy, drop, held, shred, suspend
from tools.edgemesh.interface.shapes import octets_texts
from tools.edgemesh.people.desk import Credential
from tools.edgemesh.storage.records import Held, User


def refusals(answer: Answer) -> dict[str, str]:
    return {one["job"]: one["code"] for one in answer.expect(200)["refused"]}


def manifest_of(site: MemorySite, job: str) -> Any:
    kept = site.mesh.job_store.job(job)
    assert kept is not None
    return parse(kept.manifest)


def test_the_titles_of_a_list_are_shown_and_no_lease_is_taken() -> None:
    async def story() -> None:
        site = MemorySite(nodes=("node-1", "node-2"))
        names = {await site.client.submit(b"x", title=title): title for title in ("Accounts", "Menu", "Will")}
        (await site.station.tap(BADGE)).expect(201)
        assert await site.station.titles() == names
        assert await site.station.titles() == names  # looking uses nothing up
        for job, title in names.items():
            assert (await site.station.print(job))[2] == title

    run(story())


def test_a_job_of_which_nobody_knows_the_end_is_listed_apart_with_what_was_signed_and_its_title_is_shown() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await site.client.submit(b"x", title="Accounts")
        (await site.station.tap(BADGE)).expect(201)
        grant = (await site.station.ask(job)).expect(201)
        await site.station.report(grant, 1, "started")
        assert refusals(await site.station.look(job)) == {job: "outcome-unknown"}  # it still prints
        await site.station.report(grant, 2, "unknown", pages=2)
        path = f"/v1/sessions/{site.station.session}/jobs"
        answer = await site.station.wire.send("GET", path)
        check_answer("GET", path, 200, "application/json", json.dumps(answer.json).encode())
        kept = site.mesh.job_store.job(job)
        assert kept is not None
        [unsettled] = answer.json["unsettled"]
        assert unsettled == {
            "job": job,
            "state": "unknown",
            "station": "station-1",
            "manifest": encode(kept.manifest),
            "signature": encode(kept.signature),
            "chain": octets_texts(kept.chain),
            "pages_out": 2,
        }
        assert refusals(await site.station.look(job)) == {}
        assert (await site.station.ask(job)).refusal == (409, "outcome-unknown", "")

    run(story())


def test_the_answer_is_what_the_interface_says() -> None:
    async def story() -> None:
        site = MemorySite()
        job, path = await held(site), f"/v1/sessions/{site.station.session}/previews"
        asked = site.station.signed_look(job, "nothing")
        check_request("POST", path, asked)
        answer = await send_json(site.station.wire, "POST", path, asked)
        check_answer("POST", path, 200, "application/json", json.dumps(answer.json).encode())
        assert refusals(answer) == {"nothing": "job-unknown"}

    run(story())


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


def test_another_holder_is_asked_where_one_gives_nothing() -> None:
    async def story() -> None:
        site = MemorySite(nodes=("node-1", "node-2"))
        job = await held(site)
        site.mesh.holding_stores["node-1"].remove(job)
        assert list(await site.station.titles()) == [job]

    run(story())


def test_an_epoch_that_was_sealed_anew_shows_its_titles() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        site.mesh.roles.org.rotate(Held.REBOX)
        await site.mesh.roles.round()
        assert list(await site.station.titles()) == [job]

    run(story())


def test_another_persons_job_is_not_shown_unless_they_delegated_it() -> None:
    async def story() -> None:
        world = await World.open()
        station = world.site.station
        (await station.tap(OTHER_BADGE)).expect(201)
        assert refusals(await station.look(world.job)) == {world.job: "not-owner"}
        await delegate(world)
        assert world.job in await station.titles()
        world.site.mesh.roles.vault.desk.delegations.end(f"d-{'1' * 32}")
        assert refusals(await station.look(world.job)) == {world.job: "not-owner"}

    run(story())


def test_a_box_opens_at_its_own_station_for_its_own_session_only() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        preview = (await site.station.look(job)).expect(200)["previews"][0]
        manifest, first = manifest_of(site, job), site.station.session
        there = site.new_station("station-2")
        (await there.tap(BADGE)).expect(201)
        for station, session in ((there, first), (there, there.session), (site.station, there.session)):
            with pytest.raises(PartError):
                station.opened(preview, manifest, session)
        for moved in ({"node_box": preview["org_box"]}, {"org_box": preview["node_box"]}):
            with pytest.raises(PartError):
                site.station.opened(preview | moved, manifest)
        other = await site.client.submit(b"another")
        with pytest.raises(PartError):
            site.station.opened(preview, manifest_of(site, other))
        assert site.station.opened(preview, manifest).title

    run(story())


def test_a_preview_is_no_release_and_a_release_no_preview() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        preview, grant = (
            (await site.station.look(job)).expect(200)["previews"][0],
            (await site.station.ask(job)).expect(201),
        )
        as_preview = {"node_box": grant["node_box"]["box"], "org_box": grant["org_box"]["box"]}
        with pytest.raises(PartError):
            site.station.opened(as_preview, manifest_of(site, job))
        info = boxes.release_info(PartKind.NODE, ORG, job, grant["release"], "station-1")
        with pytest.raises(boxes.BoxError):
            boxes.open_box(unbase64(preview["node_box"]), site.station.keys.box_key, info)

    run(story())


def test_wrong_parts_in_right_boxes_open_nothing() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        preview, manifest = (await site.station.look(job)).expect(200)["previews"][0], manifest_of(site, job)
        info = boxes.preview_info(PartKind.NODE, ORG, job, site.station.session, "station-1")
        public = boxes.public_box_key(site.station.keys.box_key)
        lie = {"node_box": encode(boxes.seal(bytes(32), public, info))}
        with pytest.raises(AttributesError):
            site.station.opened(preview | lie, manifest)

    run(story())


def encode(octets: bytes) -> str:
    return octets_texts((octets,))[0]


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
        assert refusals(await site.station.look(job)) == {job: "client-revoked"}

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
        assert refusals(await asked(unasked)) == {job: "request-malformed"}
        site.mesh.add_user(User("bob"), "77")
        desk = site.mesh.roles.vault.desk
        bob, _ = await desk.open_session(site.mesh.identity(site.station.keys), Credential("77"))
        signed = desk.signed(bob)
        of_bob = {"session_statement": encode(signed.raw), "session_signature": encode(signed.signature)}
        assert (await asked(of_bob)).code == "session-expired"  # ada asked, bob's statement is shown
        request = site.station.signed_look(job, session=bob.session_id)
        assert refusals(await asked(of_bob | request)) == {job: "not-owner"}
        site.mesh.roles.registrar.denybook.deny("station/station-1")
        assert (await asked({})).code == "identity-revoked"

    run(story())


def test_who_looked_is_recorded_and_no_title() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await site.client.submit(b"x", title="A very secret title")
        (await site.station.tap(BADGE)).expect(201)
        (await site.station.look(job)).expect(200)
        for role in ("vault", "node-1", "org"):
            told = [one for one in site.mesh.audits[role].entries if one.event is AuditEvent.PREVIEWS_GIVEN]
            assert [one.fields["count"] for one in told] == [1]
            assert "secret" not in repr(site.mesh.audits[role].entries)

    run(story())


@given(st.binary(max_size=200))
def test_no_box_made_of_anything_opens(box: bytes) -> None:
    with pytest.raises(boxes.BoxError):
        boxes.open_box(box, bytes([7] * 32), boxes.preview_info(PartKind.NODE, ORG, "j", "s", "t"))


TEXT = st.text(max_size=8)


@given(st.tuples(TEXT, TEXT, TEXT, TEXT), st.tuples(TEXT, TEXT, TEXT, TEXT))
def test_no_two_places_of_a_box_look_alike(one: tuple[str, str, str, str], other: tuple[str, str, str, str]) -> None:
    assert (boxes.preview_info(PartKind.NODE, *one) == boxes.preview_info(PartKind.NODE, *other)) == (one == other)
    assert boxes.preview_info(PartKind.NODE, *one) != boxes.preview_info(PartKind.ORG, *one)
    assert boxes.preview_info(PartKind.NODE, *one) != boxes.release_info(PartKind.NODE, *one)

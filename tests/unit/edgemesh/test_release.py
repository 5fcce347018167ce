"""One job from hand-in to paper, and every way in which a release is refused."""

import asyncio

import pytest

from firmware.audit.events import AuditEvent
from hal.sim.virtual_time import run
from tests.support.mesh_http import Json, send_json
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh.storage.records import Phase

DOCUMENT = b"%PDF-1.7 for your eyes only\n" * 4000


async def held(site: MemorySite) -> str:
    """A job of ada's, and ada's session at the station."""
    job = await site.client.submit(DOCUMENT, title="Payroll")
    (await site.station.tap(BADGE)).expect(201)
    return job


def test_a_job_is_handed_in_listed_released_fetched_and_gone_after_printing() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        grant, document, title = await site.station.print(job)
        assert (document, title) == (DOCUMENT, "Payroll")
        assert (await site.station.report(grant, 1, "started")).expect(200)["state"] == "released"
        assert (await site.station.report(grant, 2, "printed", impressions=3)).expect(200)["state"] == "printed"
        await site.mesh.roles.round()
        assert not site.mesh.bodies["node-1"].bodies
        assert await site.station.jobs() == []
        assert (await site.station.ask(job)).refusal == (410, "shredded", "job")
        assert (await site.station.fetch(grant)).refusal == (404, "release-unknown", "")

    run(story())


def test_jobs_are_listed_newest_first_and_only_where_they_can_be_released() -> None:
    async def story() -> None:
        site = MemorySite()
        first, second = await held(site), await site.client.submit(b"second")
        other = site.new_station("station-2")
        await other.tap(BADGE)
        assert [job["job"] for job in await site.station.jobs()] == [second, first]
        grant = (await site.station.ask(first)).expect(201)
        assert [job["job"] for job in await site.station.jobs()] == [second, first]
        assert [job["job"] for job in await other.jobs()] == [second]
        await site.station.report(grant, 1, "started")
        listed = await other.wire.send("GET", f"/v1/sessions/{other.session}/jobs")
        assert listed.json["unsettled"] == [{"job": first, "state": "released", "station": "station-1"}]

    run(story())


def test_a_job_that_stopped_is_held_again_and_can_be_released_anywhere() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        grant = (await site.station.ask(job)).expect(201)
        await site.station.report(grant, 1, "started")
        stopped = await site.station.report(grant, 2, "stopped", reason="media-jam", impressions=1)
        assert stopped.expect(200)["state"] == "held"
        other = site.new_station("station-2")
        await other.tap(BADGE)
        _, document, _ = await other.print(job)
        assert document == DOCUMENT
        assert (await site.station.report(grant, 3, "printed")).refusal == (409, "fence-stale", "")

    run(story())


def test_how_far_it_got_is_told_to_every_station_after_a_restart() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        assert "pages_out" not in (await site.station.jobs())[0]
        grant = (await site.station.ask(job)).expect(201)
        await site.station.report(grant, 1, "started")
        (await site.station.report(grant, 2, "stopped", reason="media-jam", pages=2)).expect(200)
        site.mesh.restart()
        other = site.new_station("station-2")
        await other.tap(BADGE)
        for station in (site.station, other):
            assert [(one["job"], one["pages_out"]) for one in await station.jobs()] == [(job, 2)]
        grant = (await other.ask(job)).expect(201)
        await asyncio.sleep(61)
        assert (await site.station.jobs())[0]["pages_out"] == 2
        for pages in (-1, 1.5, "2", True):
            assert (await other.report(grant, 1, "stopped", pages=pages)).status == 400

    run(story())


@pytest.mark.parametrize(("word", "known"), [({}, None), ({"pages": 3}, 3)])
def test_an_administrator_says_how_far_it_got(word: Json, known: int | None) -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        admin = site.wire(site.mesh.add_admin("admin-1"))
        path = f"/v1/admin/jobs/{job}/settlement"
        grant = (await site.station.ask(job)).expect(201)
        await site.station.report(grant, 1, "unknown")
        refused = await send_json(admin, "POST", path, {"printed": True, "pages": 3})
        assert refused.refusal == (400, "json-malformed", "")
        assert (await send_json(admin, "POST", path, {"printed": False, **word})).expect(200)["state"] == "held"
        (line,) = (await admin.send("GET", "/v1/admin/jobs")).expect(200)["jobs"]
        assert line.get("pages_out") == known
        assert (await site.station.jobs())[0].get("pages_out") == known
        settled = [one for one in site.mesh.audits["vault"].entries if one.event is AuditEvent.SETTLED]
        assert [dict(one.fields).get("pages") for one in settled] == [known]

    run(story())


def test_the_same_station_supersedes_its_own_unstarted_lease() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        first, second = (await site.station.ask(job)).expect(201), (await site.station.ask(job)).expect(201)
        assert (first["fence"], second["fence"]) == (1, 2)
        assert first["release"] != second["release"]
        assert (await site.station.report(first, 1, "started")).refusal == (409, "fence-stale", "")
        assert (await site.station.fetch(first)).refusal == (409, "fence-stale", "")
        assert (await site.station.fetch(second)).status == 200

    run(story())


def test_another_station_is_told_who_has_the_job_while_the_lease_lives() -> None:
    async def story() -> None:
        site = MemorySite()
        job, other = await held(site), site.new_station("station-2")
        await other.tap(BADGE)
        grant = (await site.station.ask(job)).expect(201)
        for _ in range(3):  # each report renews
            await site.clock.sleep(59)
            await site.station.report(grant, _ + 1, "progress")
            refused = await other.ask(job)
            assert (refused.refusal, refused.json["station"]) == ((409, "released-elsewhere", ""), "station-1")
            await other.tap(BADGE)

    run(story())


def test_an_unstarted_lease_ends_after_a_minute() -> None:
    async def story() -> None:
        site = MemorySite()
        job, other = await held(site), site.new_station("station-2")
        await other.tap(BADGE)
        grant = (await site.station.ask(job)).expect(201)
        await site.clock.sleep(60)
        assert (await site.station.fetch(grant)).refusal == (409, "fence-stale", "")
        (await other.ask(job)).expect(201)

    run(story())


def test_a_started_release_that_fell_silent_is_unknown_and_never_silently_printed_again() -> None:
    async def story() -> None:
        site = MemorySite()
        job, other = await held(site), site.new_station("station-2")
        grant = (await site.station.ask(job)).expect(201)
        await site.station.report(grant, 1, "started")
        await site.clock.sleep(61)
        await site.mesh.roles.round()
        state = site.mesh.job_store.state(job)
        assert state is not None
        assert state.phase is Phase.UNKNOWN
        await other.tap(BADGE)
        await site.station.tap(BADGE)
        for station in (site.station, other):
            refused = await station.ask(job)
            assert (refused.refusal, refused.json["station"]) == ((409, "outcome-unknown", ""), "station-1")
            assert await station.jobs() == []
        assert (await site.station.report(grant, 2, "stopped")).expect(200)["state"] == "held"
        (await other.ask(job)).expect(201)

    run(story())


def test_two_stations_racing_get_one_lease() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        stations = [site.station, *(site.new_station(f"racer-{number}") for number in range(8))]
        for station in stations:
            await station.tap(BADGE)
        answers = await asyncio.gather(*(station.ask(job) for station in stations))
        assert sorted(answer.status for answer in answers) == [201] + [409] * 8
        assert {answer.code for answer in answers if answer.status == 409} == {"released-elsewhere"}

    run(story())


def test_jobs_and_releases_that_do_not_exist() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        nobody = job[:-4] + "ffff"
        assert (await site.station.ask(nobody)).refusal == (404, "job-unknown", "")
        grant = (await site.station.ask(job)).expect(201)
        missing = grant | {"release": "r-" + "0" * 32}
        assert (await site.station.report(missing, 1, "started")).refusal == (404, "release-unknown", "")
        url = grant["body"]["urls"][0].replace(grant["release"], missing["release"])
        assert (await site.station.wire.send("GET", url)).refusal == (404, "release-unknown", "")
        assert (await site.station.wire.send("GET", f"/v1/jobs/{job}/body")).code == "release-unknown"

    run(story())


def test_a_release_belongs_to_its_station() -> None:
    async def story() -> None:
        site = MemorySite()
        job, thief = await held(site), site.new_station("station-2")
        grant = (await site.station.ask(job)).expect(201)
        assert (await thief.fetch(grant)).refusal == (403, "not-allowed", "")
        assert (await thief.report(grant, 1, "printed")).refusal == (409, "fence-stale", "")

    run(story())


@pytest.mark.parametrize(
    "changes",
    [{"kind": "finished"}, {"sequence": -1}, {"sequence": "1"}, {"fence": None}, {"reason": 7}, {"impressions": 1.5}],
)
def test_malformed_reports(changes: Json) -> None:
    async def story() -> None:
        site = MemorySite()
        grant = (await site.station.ask(await held(site))).expect(201)
        told = {"fence": 1, "sequence": 1, "kind": "started"} | changes
        answer = await send_json(site.station.wire, "POST", f"/v1/releases/{grant['release']}/events", told)
        assert answer.refusal == (400, "json-malformed", "")

    run(story())


def test_an_owner_shreds_their_job_even_while_it_prints() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        grant = (await site.station.ask(job)).expect(201)
        await site.station.report(grant, 1, "started")
        target = f"/v1/jobs/{job}?session={site.station.session}"
        (await site.station.wire.send("DELETE", target)).expect(204)
        (await site.station.wire.send("DELETE", target)).expect(204)
        assert (await site.station.report(grant, 2, "printed")).expect(200)["state"] == "shredded"
        assert (await site.station.ask(job)).refusal == (410, "shredded", "job")
        unknown = f"/v1/jobs/{job[:-4]}ffff?session={site.station.session}"
        assert (await site.station.wire.send("DELETE", unknown)).refusal == (404, "job-unknown", "")
        assert (await site.station.wire.send("DELETE", f"/v1/jobs/{job}")).code == "session-expired"

    run(story())


def test_a_job_past_its_end_is_gone() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        await site.clock.sleep(site.client.lifetime.total_seconds())
        await site.station.tap(BADGE)
        assert (await site.station.ask(job)).refusal == (410, "shredded", "job")
        await site.mesh.roles.round()
        assert not site.mesh.bodies["node-1"].bodies

    run(story())


def test_a_person_who_is_locked_out_in_the_middle_gets_nothing_more() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        site.mesh.roles.registrar.denybook.deny("user/ada")
        assert (await site.station.ask(job)).refusal == (423, "locked-out", "")

    run(story())

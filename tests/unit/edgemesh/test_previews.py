"""What jobs are called: shown to their person at this station for this visit, each holder judging for itself."""

import json

from firmware.audit.events import AuditEvent
from firmware.vault.fields import encode_octets
from hal.sim.virtual_time import run
from tests.support.mesh_http import send_json
from tests.support.mesh_openapi import check_answer, check_request
from tests.support.mesh_site import BADGE, MemorySite
from tests.unit.edgemesh.test_withdrawn import held
from tools.edgemesh.interface.shapes import octets_texts
from tools.edgemesh.storage.records import Held


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
        assert (await site.station.look(job)).refused == {job: "outcome-unknown"}  # it still prints
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
            "manifest": encode_octets(kept.manifest),
            "signature": encode_octets(kept.signature),
            "chain": octets_texts(kept.chain),
            "pages_out": 2,
        }
        assert (await site.station.look(job)).refused == {}
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
        assert answer.refused == {"nothing": "job-unknown"}

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

"""What the mesh's roles put on record of each visit, and what they never do."""

from firmware.audit.events import AuditEvent
from hal.sim.virtual_time import run
from tests.support.mesh_http import send_json
from tests.support.mesh_site import BADGE, MemorySite
from tests.unit.edgemesh.test_withdrawn import held
from tools.edgemesh.interface.recorded import tell_refused
from tools.edgemesh.interface.refusals import REFUSALS


def test_a_visit_is_on_record_at_each_role() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        lease = (await site.station.ask(job)).expect(201)
        told = {"fence": lease["fence"], "sequence": 0, "kind": "printed", "impressions": 3}
        path = f"/v1/releases/{lease['release']}/events"
        for _ in range(2):  # an answer was lost
            (await send_json(site.station.wire, "POST", path, told)).expect(200)
        vault, release = site.mesh.audits["vault"], {"release": lease["release"], "station": "station-1"}
        assert vault.of(AuditEvent.SUBMITTED) == [{"client": "client-1", "job": job, "user": "ada"}]
        (opened,) = vault.of(AuditEvent.SESSION_OPENED)
        assert (opened["user"], opened["station"]) == ("ada", "station-1")
        assert vault.of(AuditEvent.RELEASE_GRANTED) == [{**release, "job": job, "user": "ada", "fence": 1}]
        assert vault.of(AuditEvent.PRINTED) == [{**release, "fence": 1, "impressions": 3}] * 2
        for role in ("node-1", "org"):
            assert site.mesh.audits[role].of(AuditEvent.PART_GIVEN) == [{**release, "job": job, "by": "vault/vault-1"}]
        everything = repr([vars(audit) for audit in site.mesh.audits.values()])
        assert BADGE.lower() not in everything.lower()

    run(story())


def test_refusals_are_on_record_with_code_and_part() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        (await site.station.tap("0000")).expect(404)
        site.mesh.roles.org.suspend(1, suspended=True)
        (await site.station.ask(job)).expect(403)
        vault = site.mesh.audits["vault"]
        named = {"station": "station-1", "method": "uid"}
        assert vault.of(AuditEvent.SESSION_REFUSED) == [named | {"code": "badge-unknown"}]
        (refused,) = vault.of(AuditEvent.RELEASE_REFUSED)
        assert (refused["job"], refused["part"], refused["code"]) == (job, "org", "part-withdrawn")
        (at_org,) = site.mesh.audits["org"].of(AuditEvent.PART_REFUSED)
        assert (at_org["part"], at_org["by"]) == ("org", "vault/vault-1")

    run(story())


def test_a_flood_of_refusals_does_not_push_out_the_record() -> None:
    async def story() -> None:
        site = MemorySite()
        for _ in range(3 * REFUSALS):
            await site.station.tap("0000")
        refused = site.mesh.audits["vault"].of(AuditEvent.SESSION_REFUSED)
        assert len(refused) == REFUSALS
        await site.clock.sleep(61)
        await site.station.tap("0000")
        assert len(site.mesh.audits["vault"].of(AuditEvent.SESSION_REFUSED)) == REFUSALS + 1

    run(story())


def test_what_cannot_be_recorded_is_not_released() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        site.mesh.audits["vault"].failing = True
        assert (await site.station.ask(job)).refusal == (503, "audit-failed", "")
        site.mesh.audits["vault"].failing = False
        (await site.station.ask(job)).expect(201)
        site.mesh.audits["org"].failing = True
        assert (await site.station.ask(job)).code == "audit-failed"

    run(story())


def test_a_revoked_holder_who_still_tries_is_on_record_and_a_stranger_is_not() -> None:
    async def story() -> None:
        site, other = MemorySite(), MemorySite()
        site.mesh.roles.registrar.denybook.deny("station/station-1")
        for chain in (site.station.keys.chain, other.station.keys.chain):
            await tell_refused(site.mesh.roles, chain[0], "identity-revoked")
        await tell_refused(site.mesh.roles, None, "identity-missing")
        recorded = [entry for audit in site.mesh.audits.values() for entry in audit.of(AuditEvent.CALLER_REFUSED)]
        assert recorded == [{"holder": "station/station-1", "code": "identity-revoked"}]

    run(story())

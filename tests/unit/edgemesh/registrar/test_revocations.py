"""Withdrawing: who is denied is refused at the next request, and the registry and the stations know."""

import asyncio

import pytest

from firmware.audit.events import AuditEvent
from firmware.vault.identity import Kind
from hal.sim.virtual_time import run
from tests.support.mesh_http import send_json
from tests.support.mesh_site import BADGE, MemorySite
from tests.support.registrar_rig import Registry, renewal
from tools.edgemesh.denials import MAX_AGE


def test_a_revoked_station_is_refused_at_once_and_its_own_name_comes_back_only_newer() -> None:
    async def story() -> None:
        registry = Registry()
        keys = await registry.pair(registry.device())
        assert registry.identity(keys).name == "station/lobby"
        (await registry.deny("station/lobby")).expect(201)
        assert (await registry.member("station/lobby"))["state"] == "revoked"
        with pytest.raises(Exception, match="identity-revoked"):
            registry.identity(keys)
        listed = (await registry.admin.send("GET", "/v1/admin/denials")).expect(200)
        assert [one["holder"] for one in listed["denials"]] == ["station/lobby"]
        assert listed["number"] == registry.site.mesh.roles.verifier.denials.number
        lift = await send_json(registry.admin, "POST", "/v1/admin/denials/lift", {"holder": "station/lobby"})
        assert lift.refusal == (403, "not-allowed", "")

    run(story())


def test_a_station_that_leaves_is_revoked_by_its_own_word_and_nobody_else_is() -> None:
    async def story() -> None:
        registry = Registry()
        keys = await registry.pair(registry.device())
        leaving = registry.site.wire(keys)
        (await leaving.send("DELETE", "/.well-known/est/membership")).expect(204)
        assert (await registry.member("station/lobby"))["state"] == "revoked"
        listed = (await registry.admin.send("GET", "/v1/admin/denials")).expect(200)
        assert [(one["holder"], one["reason"]) for one in listed["denials"]] == [("station/lobby", "left by itself")]
        told = registry.site.mesh.audits["registrar"].of(AuditEvent.REVOKED)
        assert [(one["by"], one["holder"]) for one in told] == [("station/lobby", "station/lobby")]

    run(story())


def test_a_person_and_a_badge_are_denied_and_let_in_again() -> None:
    async def story() -> None:
        registry = Registry()
        for holder in ("user/ada", "badge/b-1"):
            (await registry.deny(holder)).expect(201)
            assert registry.site.mesh.roles.verifier.denials.current().since(holder)
            lifted = await send_json(registry.admin, "POST", "/v1/admin/denials/lift", {"holder": holder})
            lifted.expect(204)
            assert registry.site.mesh.roles.verifier.denials.current().since(holder) is None

    run(story())


def issued(registry: Registry) -> list[tuple[int | str, int | str]]:
    """Number and count of each issue on the registrar's record."""
    record = registry.site.mesh.audits["registrar"]
    return [(one["number"], one["count"]) for one in record.of(AuditEvent.DENY_LIST_ISSUED)]


def test_an_issue_that_a_change_made_is_on_record_and_no_hourly_one() -> None:
    async def story() -> None:
        registry = Registry()
        mesh = registry.site.mesh
        denials = mesh.roles.verifier.denials
        before = denials.number
        assert not issued(registry)
        for holder in ("user/ada", "badge/b-1"):
            (await registry.deny(holder)).expect(201)
        told = [(before + 1, 1), (before + 2, 2)]
        assert issued(registry) == told
        for _ in range(2):  # the second time, nobody is let in who was not
            await send_json(registry.admin, "POST", "/v1/admin/denials/lift", {"holder": "user/ada"})
        told.append((before + 3, 1))
        assert issued(registry) == told
        before = denials.number
        await registry.site.clock.sleep(3 * 3600)
        await mesh.roles.round()
        assert denials.number > before
        assert issued(registry) == told

    run(story(), timeout=86400)


def test_an_issue_is_on_record_when_the_record_takes_it_again() -> None:
    async def story() -> None:
        registry = Registry()
        mesh = registry.site.mesh
        (await registry.deny("user/bob")).expect(201)
        (told,) = issued(registry)
        record = mesh.audits["registrar"]
        record.failing = True
        mesh.roles.registrar.denybook.deny("user/ada")
        await mesh.roles.round()
        assert issued(registry) == [told]
        record.failing = False
        for _ in range(2):
            await mesh.roles.round()
        assert issued(registry) == [told, (int(told[0]) + 1, 2)]

    run(story())


@pytest.mark.parametrize(
    ("holder", "refusal"),
    [
        ("station/nobody", (404, "member-unknown")),
        ("registrar/registrar-1", (403, "not-allowed")),
        ("vault/vault-1", (403, "not-allowed")),
        ("org/org-1", (403, "not-allowed")),
        ("admin/admin-1", (409, "last-admin")),
        ("badge/12345", (400, "json-malformed")),
        ("printer/x", (400, "json-malformed")),
        ("station", (404, "member-unknown")),
    ],
)
def test_what_cannot_be_denied(holder: str, refusal: tuple[int, str]) -> None:
    async def story() -> None:
        registry = Registry()
        number = registry.site.mesh.roles.verifier.denials.number
        assert (await registry.deny(holder)).refusal == (*refusal, "")
        assert registry.site.mesh.roles.verifier.denials.number == number

    run(story())


def test_one_of_two_administrators_can_go_and_not_both() -> None:
    async def story() -> None:
        registry = Registry()
        await registry.pair(registry.device(Kind.ADMIN, "admin-2"))
        answers = await asyncio.gather(registry.deny("admin/admin-2"), registry.deny("admin/admin-1"))
        assert [answer.code for answer in answers] == ["", "last-admin"]

    run(story())


def test_a_denial_holds_even_where_it_cannot_be_recorded() -> None:
    async def story() -> None:
        registry = Registry()
        await registry.pair(registry.device())
        registry.site.mesh.audits["registrar"].failing = True
        assert (await registry.deny("station/lobby")).code == "audit-failed"
        assert registry.site.mesh.roles.verifier.denials.current().since("station/lobby")

    run(story())


def test_a_revoked_node_is_asked_for_nothing_and_the_release_names_its_part() -> None:
    async def story() -> None:
        site = MemorySite(nodes=("node-1", "node-2"))
        registry = Registry(site)
        job = await site.client.submit(b"document")
        await site.mesh.roles.round()
        (await site.station.tap(BADGE)).expect(201)
        (await registry.deny("node/node-1")).expect(201)
        assert [node.node_id for node in site.mesh.roles.vault.nodes.all()] == ["node-2"]
        described = (await site.client.wire.send("GET", "/v1/mesh")).expect(200)
        assert [node["id"] for node in described["nodes"]] == ["node-2"]
        holders = site.mesh.job_store.state(job)
        assert holders is not None
        grant = await site.station.ask(job)
        if set(holders.holders) == {"node-1"}:
            assert grant.refusal == (403, "part-withdrawn", "node")
        else:
            assert grant.expect(201)["node_box"]["node_id"] == "node-2"
        (await registry.deny("node/node-2")).expect(201)
        assert (await site.station.ask(job)).refusal == (403, "part-withdrawn", "node")

    run(story())


def test_stations_are_told_that_there_is_another_list() -> None:
    async def story() -> None:
        registry = Registry()
        mesh = registry.site.mesh
        await mesh.roles.round()
        before = mesh.job_store.last_announcement()
        (await registry.deny("user/ada")).expect(201)
        await mesh.roles.round()
        await mesh.roles.round()
        (entry,) = mesh.job_store.announcements(before, 10)
        assert (entry.kind, entry.job_id) == ("deny-list-changed", str(mesh.roles.verifier.denials.number))
        stream = mesh.roles.vault.announcer.stream(before)
        await anext(stream)
        block = (await anext(stream)).decode()
        assert f'data: {{"number":{entry.job_id}}}' in block
        await stream.aclose()  # type: ignore[attr-defined]

    run(story())


def test_a_mesh_that_was_switched_off_for_two_months_starts_again() -> None:
    async def story() -> None:
        registry = Registry()
        mesh = registry.site.mesh
        await registry.site.clock.sleep(60 * 86400)
        mesh.restart()
        assert registry.identity(mesh._vault).name == "vault/vault-1"
        job = await registry.site.client.submit(b"document")
        (await registry.site.station.tap(BADGE)).expect(201)
        (await registry.site.station.ask(job)).expect(201)

    run(story(), timeout=70 * 86400)


def test_the_roles_certificates_are_renewed_while_the_mesh_runs() -> None:
    async def story() -> None:
        registry = Registry()
        mesh, clock = registry.site.mesh, registry.site.clock
        tending = asyncio.create_task(mesh.roles.tend())
        try:
            for _ in range(5):
                await clock.sleep(86400)
                identity = registry.identity(mesh._vault)
                assert identity.not_after > clock.now()
                assert clock.now() - mesh.roles.verifier.denials.current().issued_at < MAX_AGE / 20
            job = await registry.site.client.submit(b"document")
            (await registry.site.station.tap(BADGE)).expect(201)
            (await registry.site.station.ask(job)).expect(201)
        finally:
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)
        await registry.site.clock.sleep(1)
        mesh.roles.registrar.denybook.deny("vault/vault-1")
        document = renewal(registry.site, Kind.VAULT, mesh._vault)
        refused = await send_json(registry.unpaired(), "POST", "/.well-known/est/simplereenroll", document)
        assert refused.refusal == (403, "identity-revoked", "")

    run(story(), timeout=70 * 86400)

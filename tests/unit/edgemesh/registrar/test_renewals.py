"""Renewal: the registry decides, with a certificate or late without one."""

import base64

import pytest

from firmware.audit.events import AuditEvent
from firmware.vault.fields import encode_octets
from firmware.vault.identity import Kind
from hal.sim.virtual_time import run
from tests.support.mesh_http import Answer, Json, send_json
from tests.support.octets import unbase64
from tests.support.registrar_rig import EST, Registry, renewal
from tools.edgemesh.keys import RoleKeys
from tools.edgemesh.registrar.renewals import GRACE, MAX_AN_HOUR

DAY = 86400


async def sent(registry: Registry, document: Json, caller: RoleKeys | None = None) -> Answer:
    wire = registry.site.wire(caller) if caller else registry.unpaired()
    return await send_json(wire, "POST", f"{EST}/simplereenroll", document)


def renewed(keys: RoleKeys, answer: Json) -> RoleKeys:
    return RoleKeys(keys.id, keys.identity_key, keys.box_key, tuple(unbase64(der) for der in answer["chain"]))


@pytest.mark.parametrize("kind", [Kind.STATION, Kind.CLIENT, Kind.ADMIN])
def test_a_member_renews_over_mutual_tls_and_keeps_its_name_keys_and_people(kind: Kind) -> None:
    async def story() -> None:
        registry = Registry()
        users = ("ada",) if kind is Kind.CLIENT else ()
        keys = await registry.pair(registry.device(kind, users=users))
        await registry.site.clock.sleep(16 * 3600)
        answer = (await sent(registry, renewal(registry.site, kind, keys), keys)).expect(200)
        assert unbase64(answer["ca"]) == registry.site.mesh.ca.der
        before, after = registry.identity(keys), registry.identity(renewed(keys, answer))
        assert (after.name, after.box_key, after.users) == (before.name, before.box_key, before.users)
        assert after.not_after > before.not_after
        ends = after.not_after.strftime("%Y-%m-%dT%H:%M:%SZ")
        assert (await registry.member(before.name))["not_after"] == ends

    run(story())


def test_one_who_was_away_renews_late_within_the_grace_and_not_after() -> None:
    async def story() -> None:
        registry = Registry()
        keys, clock = await registry.pair(registry.device()), registry.site.clock
        await clock.sleep(DAY + GRACE.total_seconds() - 60)
        answer = (await sent(registry, renewal(registry.site, Kind.STATION, keys))).expect(200)
        keys = renewed(keys, answer)
        assert registry.identity(keys).name == "station/lobby"
        await clock.sleep(DAY + GRACE.total_seconds() + 60)
        late = await sent(registry, renewal(registry.site, Kind.STATION, keys))
        assert late.refusal == (403, "identity-lapsed", "")

    run(story(), timeout=70 * DAY)


def test_who_was_revoked_or_replaced_does_not_renew() -> None:
    async def story() -> None:
        registry = Registry()
        keys = await registry.pair(registry.device())
        second = await registry.pair(registry.device(name="hall"))
        (await registry.deny("station/lobby")).expect(201)
        document = renewal(registry.site, Kind.STATION, keys)
        assert (await sent(registry, document)).refusal == (403, "identity-revoked", "")
        await registry.pair(registry.device(name="hall"), replace=True)
        document = renewal(registry.site, Kind.STATION, second)
        assert (await sent(registry, document)).refusal == (403, "identity-revoked", "")

    run(story())


def test_denied_by_a_crash_between_denial_and_registry_one_does_not_renew() -> None:
    async def story() -> None:
        registry = Registry()
        keys = await registry.pair(registry.device())
        registry.site.mesh.roles.registrar.denybook.deny("station/lobby")
        document = renewal(registry.site, Kind.STATION, keys)
        assert (await sent(registry, document)).refusal == (403, "identity-revoked", "")
        registry.site.mesh.restart()
        assert (await registry.member("station/lobby"))["state"] == "revoked"

    run(story())


SPOILT = [
    ({"holder": "station/hall"}, "not-allowed"),
    ({"org_id": "other.example"}, "not-allowed"),
    ({"asked_at": "2020-01-01T00:00:00Z"}, "request-stale"),
    ({"v": 2}, "json-malformed"),
    ({"csr": "AAAA"}, "csr-malformed"),
    ({"extra": 1}, "json-malformed"),
]


@pytest.mark.parametrize(("changes", "code"), SPOILT)
def test_a_request_that_is_not_right(changes: Json, code: str) -> None:
    async def story() -> None:
        registry = Registry()
        keys = await registry.pair(registry.device())
        assert (await sent(registry, renewal(registry.site, Kind.STATION, keys, **changes))).code == code
        await registry.site.clock.sleep(16 * 3600)
        (await sent(registry, renewal(registry.site, Kind.STATION, keys))).expect(200)

    run(story())


def test_only_for_the_same_keys_by_the_same_holder() -> None:
    async def story() -> None:
        registry = Registry()
        keys, other = await registry.pair(registry.device()), await registry.pair(registry.device(name="hall"))
        document = renewal(registry.site, Kind.STATION, keys)
        assert (await sent(registry, document, other)).refusal == (403, "not-allowed", "")
        assert (await sent(registry, document | {"signature": "AAAA"})).code == "signature-refused"
        without_box = renewal(registry.site, Kind.STATION, keys, box=False)
        assert (await sent(registry, without_box)).code == "csr-malformed"
        inner = unbase64(renewal(registry.site, Kind.STATION, other)["request"])
        swapped = document | {"request": encode_octets(inner)}
        assert (await sent(registry, swapped)).code == "signature-refused"
        foreign = base64.b64encode(registry.site.mesh.ca.der).decode()
        assert (await sent(registry, document | {"chain": [foreign]})).status == 403

    run(story())


def test_a_request_has_one_answer_and_a_lost_one_is_given_again() -> None:
    async def story() -> None:
        registry = Registry()
        keys, clock = await registry.pair(registry.device()), registry.site.clock
        await clock.sleep(16 * 3600)
        document = renewal(registry.site, Kind.STATION, keys)
        first = (await sent(registry, document, keys)).expect(200)
        known = registry.site.mesh.member_store.member("station/lobby")
        await clock.sleep(1)
        for again in (document, renewal(registry.site, Kind.STATION, keys)):
            assert (await sent(registry, again, keys)).expect(200) == first
        assert registry.site.mesh.member_store.member("station/lobby") == known

    run(story())


def test_six_new_certificates_an_hour_at_most_and_as_many_refusals_on_record() -> None:
    """Also where the registrar forgot, in a restart, what it had answered."""

    async def story() -> None:
        registry = Registry()
        keys, renewals = await registry.pair(registry.device()), registry.site.mesh.roles.registrar.renewals
        await registry.site.clock.sleep(16 * 3600)
        for _ in range(MAX_AN_HOUR):
            renewals._answers.clear()
            (await sent(registry, renewal(registry.site, Kind.STATION, keys), keys)).expect(200)
        renewals._answers.clear()
        for _ in range(2 * MAX_AN_HOUR):
            refused = await sent(registry, renewal(registry.site, Kind.STATION, keys), keys)
            assert refused.refusal == (429, "too-many-renewals", "")
        recorded = [entry.event for entry in registry.site.mesh.audits["registrar"].entries]
        assert recorded.count(AuditEvent.RENEWAL_REFUSED) == MAX_AN_HOUR
        await registry.site.clock.sleep(3600)
        (await sent(registry, renewal(registry.site, Kind.STATION, keys), keys)).expect(200)

    run(story())

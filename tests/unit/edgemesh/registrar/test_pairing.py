"""Pairing as the registrar sees it: what lets a device in, and what does not."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from firmware.audit.events import AuditEvent
from firmware.vault.identity import Kind
from hal.sim.virtual_time import run
from tests.support.mesh_http import send_json
from tests.support.octets import unbase64
from tests.support.registrar_rig import EST, Registry
from tools.edgemesh.ca import CERTIFICATE_LIFETIME
from tools.edgemesh.csr import key_print
from tools.edgemesh.registrar.waiting import LIFETIME, MAX_WAITING, PER_ADDRESS, PER_NAME
from tools.edgemesh.storage.records import User

KINDS = [
    (Kind.STATION, {}),
    (Kind.CLIENT, {"users": ("ada", "émile")}),
    (Kind.NODE, {"url": "https://cellar.example:8443", "hosts": ("cellar.example", "192.0.2.7")}),
    (Kind.ADMIN, {}),
]


@pytest.mark.parametrize(("kind", "what"), KINDS)
def test_a_device_is_let_in_by_its_code(kind: Kind, what: dict[str, Any]) -> None:
    async def story() -> None:
        registry = Registry()
        registry.site.mesh.add_user(User("émile"), "04E1E2E3")
        device = registry.device(kind, "lobby", **what)
        (await device.enrol()).expect(202)
        assert (await device.reveal()).expect(202) == {"state": "pending"}
        waiting = (await registry.admin.send("GET", "/v1/admin/enrolments")).expect(200)["enrolments"]
        assert [(one["name"], one["stage"], one["address"]) for one in waiting] == [("lobby", "revealed", "192.0.2.1")]
        member = (await registry.approve(device)).expect(200)
        admitted = (await device.reveal()).expect(200)
        identity = registry.identity(device.keys(admitted))
        assert (identity.name, identity.box_key, identity.users) == (
            f"{kind}/lobby",
            device.box_key,
            frozenset(device.users),
        )
        assert identity.not_after - registry.site.clock.now() <= CERTIFICATE_LIFETIME
        assert (member["key"], member["hosts"], member["url"]) == (
            key_print(identity.public_key),
            list(device.hosts),
            device.url,
        )
        assert (await device.reveal()).expect(200) == admitted  # an answer may be lost
        assert (await registry.admin.send("GET", "/v1/admin/enrolments")).expect(200) == {"enrolments": []}
        audit = registry.site.mesh.audits["registrar"]
        (entry,) = audit.of(AuditEvent.ENROLLED)
        assert (entry["holder"], entry["by"], entry["source"]) == (f"{kind}/lobby", "admin/admin-1", "code")

    run(story())


def test_the_same_request_gets_the_same_answer_and_another_key_must_wait() -> None:
    async def story() -> None:
        registry = Registry()
        device, other = registry.device(), registry.device(nonce=b"o" * 32)
        offer = (await device.enrol()).expect(202)
        assert (await device.enrol()).expect(202) == offer
        assert (await other.enrol()).refusal == (409, "enrolment-pending", "")
        assert (await device.reveal(b"x" * 32)).refusal == (403, "commitment-mismatch", "")
        assert (await device.reveal()).refusal == (403, "commitment-mismatch", "")  # it is over
        (await other.enrol()).expect(202)

    run(story())


def test_a_wrong_code_ends_the_attempt_on_both_sides() -> None:
    async def story() -> None:
        registry = Registry()
        device = registry.device()
        (await device.enrol()).expect(202)
        assert (await registry.approve(device, "123456 123456")).refusal == (409, "enrolment-unready", "")
        (await device.reveal()).expect(202)
        assert (await registry.approve(device, "12345 12345 1 ")).refusal == (400, "json-malformed", "")
        (await device.reveal()).expect(202)
        wrong = f"{(int(device.code.replace(' ', '')) + 1) % 10**12:012}"
        assert (await registry.approve(device, wrong)).refusal == (403, "code-mismatch", "")
        assert (await registry.approve(device)).refusal == (403, "enrolment-refused", "")
        assert (await device.reveal()).refusal == (403, "enrolment-refused", "")
        assert registry.site.mesh.member_store.member("station/lobby") is None
        (entry,) = registry.site.mesh.audits["registrar"].of(AuditEvent.ENROLMENT_REFUSED)
        assert entry["code"] == "code-mismatch"

    run(story())


def test_people_are_the_administrators_to_choose() -> None:
    async def story() -> None:
        registry = Registry()
        device = registry.device(Kind.CLIENT, "laptop", users=("ada", "grace"))
        keys = await registry.pair(device, users=["ada"])
        assert registry.identity(keys).users == {"ada"}
        station = registry.device(Kind.STATION, "hall")
        (await station.enrol()).expect(202)
        (await station.reveal()).expect(202)
        assert (await registry.approve(station, users=["ada"])).refusal == (400, "json-malformed", "")

    run(story())


def test_ten_minutes_and_no_more() -> None:
    async def story() -> None:
        registry = Registry()
        device, clock = registry.device(), registry.site.clock
        (await device.enrol()).expect(202)
        (await device.reveal()).expect(202)
        await clock.sleep(LIFETIME.total_seconds())
        assert (await device.reveal()).refusal == (410, "enrolment-expired", "")
        assert (await registry.approve(device)).refusal == (410, "enrolment-expired", "")
        await clock.sleep(LIFETIME.total_seconds())
        await registry.site.mesh.roles.round()
        assert (await device.reveal()).refusal == (404, "enrolment-unknown", "")

    run(story())


def test_a_restart_forgets_who_waits_and_not_who_was_let_in() -> None:
    async def story() -> None:
        registry = Registry()
        waiting, admitted = registry.device(name="hall"), registry.device()
        (await waiting.enrol()).expect(202)
        await registry.pair(admitted)
        registry.site.mesh.restart()
        assert (await waiting.reveal()).refusal == (404, "enrolment-unknown", "")
        assert (await admitted.reveal()).refusal == (404, "enrolment-unknown", "")
        keys = await registry.pair(admitted)  # the same key: no name is taken from anybody
        assert registry.identity(keys).name == "station/lobby"
        await registry.pair(waiting)

    run(story())


def test_attempts_are_counted_by_name_and_by_address() -> None:
    async def story() -> None:
        registry = Registry()
        for number in range(PER_NAME):
            device = registry.device(nonce=bytes([number]) * 32, address=f"192.0.2.{number}")
            (await device.enrol()).expect(202)
            (await device.give_up()).expect(204)
        device = registry.device(address="192.0.2.99")
        assert (await device.enrol()).refusal == (429, "too-many-enrolments", "")
        await registry.site.clock.sleep(3600)
        (await device.enrol()).expect(202)
        for number in range(PER_ADDRESS):
            (await registry.device(name=f"s-{number}", address=f"2001:db8::{number + 1:x}").enrol()).expect(202)
        late = registry.device(name="late", address="2001:db8::ffff")
        assert (await late.enrol()).code == "too-many-enrolments"
        (await registry.device(name="late", address="2001:db8:1::1").enrol()).expect(202)

    run(story())


def test_only_so_many_wait_at_once() -> None:
    async def story() -> None:
        registry = Registry()
        for number in range(MAX_WAITING):
            (await registry.device(name=f"s-{number}", address=f"192.0.2.{number}").enrol()).expect(202)
        device = registry.device(address="198.51.100.1")
        assert (await device.enrol()).code == "too-many-enrolments"
        await registry.site.clock.sleep(LIFETIME.total_seconds())
        (await device.enrol()).expect(202)

    run(story())


def test_a_device_gives_up_and_only_the_device() -> None:
    async def story() -> None:
        registry = Registry()
        device = registry.device()
        (await device.enrol()).expect(202)
        assert (await device.give_up(b"x" * 32)).refusal == (403, "commitment-mismatch", "")
        (await device.reveal()).expect(202)
        (await device.give_up()).expect(204)
        assert (await device.reveal()).refusal == (403, "enrolment-refused", "")
        path = f"{EST}/simpleenroll/{device.enrolment}?nonce=%C3%A9"
        assert (await device.wire.send("DELETE", path)).code == "request-malformed"

    run(story())


def test_an_administrator_refuses() -> None:
    async def story() -> None:
        registry = Registry()
        device, admitted = registry.device(), registry.device(name="hall")
        (await device.enrol()).expect(202)
        await registry.pair(admitted)
        (await registry.admin.send("DELETE", f"/v1/admin/enrolments/{device.enrolment}")).expect(204)
        assert (await device.reveal()).refusal == (403, "enrolment-refused", "")
        done = await registry.admin.send("DELETE", f"/v1/admin/enrolments/{admitted.enrolment}")
        assert done.refusal == (409, "enrolment-admitted", "")

    run(story())


def test_a_name_that_is_taken_is_given_only_with_replace_and_the_old_key_is_out() -> None:
    async def story() -> None:
        registry = Registry()
        old = await registry.pair(registry.device())
        await registry.site.clock.sleep(600)
        device = registry.device()
        (await device.enrol()).expect(202)
        (await device.reveal()).expect(202)
        assert (await registry.approve(device)).refusal == (409, "name-taken", "")
        (await registry.approve(device, replace=True)).expect(200)
        new = device.keys((await device.reveal()).expect(200))
        await registry.site.clock.sleep(1)
        assert registry.identity(new).name == "station/lobby"
        with pytest.raises(Exception, match="identity-revoked"):
            registry.identity(old)

    run(story())


def test_set_up_routes_do_not_exist_for_whoever_is_paired() -> None:
    async def story() -> None:
        registry = Registry()
        device = registry.device()
        station = registry.site.station.wire
        answer = await send_json(station, "POST", f"{EST}/simpleenroll", device.asked)
        assert answer.refusal == (404, "route-unknown", "")
        ca = (await device.wire.send("GET", f"{EST}/cacerts")).expect(200)["ca"]
        assert [unbase64(der) for der in ca] == [registry.site.mesh.ca.der]
        assert (await device.wire.send("GET", "/v1/mesh")).refusal == (401, "identity-missing", "")

    run(story())


@pytest.mark.parametrize("order", [1, -1])
def test_two_decisions_at_once_are_one_decision(order: int) -> None:
    async def story() -> None:
        registry = Registry()
        device = registry.device()
        (await device.enrol()).expect(202)
        (await device.reveal()).expect(202)
        refusing = registry.admin.send("DELETE", f"/v1/admin/enrolments/{device.enrolment}")
        answers = await asyncio.gather(*[registry.approve(device), refusing, registry.approve(device)][::order])
        first, second, third = answers[::order]
        member = registry.site.mesh.member_store.member("station/lobby")
        admitted = (await device.reveal()).status == 200
        assert admitted == (member is not None) == (first.status == 200)
        assert (second.status == 204) == (not admitted)
        assert len(registry.site.mesh.audits["registrar"].of(AuditEvent.ENROLLED)) == int(admitted)
        assert third.status == (200 if admitted else 403)

    run(story())


def test_what_cannot_be_recorded_does_not_happen() -> None:
    async def story() -> None:
        registry = Registry()
        device = registry.device()
        (await device.enrol()).expect(202)
        (await device.reveal()).expect(202)
        registry.site.mesh.audits["registrar"].failing = True
        assert (await registry.approve(device)).refusal == (503, "audit-failed", "")
        assert registry.site.mesh.member_store.member("station/lobby") is None
        registry.site.mesh.audits["registrar"].failing = False
        (await registry.approve(device)).expect(200)

    run(story())


def test_the_stranger_between_changes_the_code() -> None:
    async def story() -> None:
        registry = Registry()
        device = registry.device(Kind.NODE, "cellar", url="https://cellar.example", hosts=("cellar.example",))
        (await device.enrol(hosts=["cellar.example", "vault.example"])).expect(202)
        (await device.reveal()).expect(202)
        assert (await registry.approve(device)).refusal == (403, "code-mismatch", "")

    run(story())


def test_a_certificate_never_begins_before_a_denial_of_its_name() -> None:
    async def story() -> None:
        registry = Registry()
        await registry.pair(registry.device())
        (await registry.deny("station/lobby")).expect(201)
        new = await registry.pair(registry.device(), replace=True)
        await registry.site.clock.sleep(1)
        identity = registry.identity(new)
        denial = registry.site.mesh.roles.registrar.denybook.denial("station/lobby")
        assert denial is not None
        assert denial.since < identity.not_before <= denial.since + timedelta(seconds=1)
        assert (await registry.member("station/lobby"))["state"] == "active"

    run(story())

"""One-time tokens: for one name and one key, once, for some hours, and nowhere to be read."""

import asyncio

import pytest

from firmware.vault.identity import Kind
from hal.sim.virtual_time import run
from tests.support.mesh_http import Answer, send_json
from tests.support.registrar_rig import Device, Registry


async def made(registry: Registry, **what: object) -> Answer:
    asked = {"kind": "station", "name": "lobby", **what}
    return await send_json(registry.admin, "POST", "/v1/admin/tokens", asked)


async def tried(device: Device) -> Answer:
    (await device.enrol()).expect(202)
    return await device.reveal()


def test_a_token_lets_one_key_in_and_no_other() -> None:
    async def story() -> None:
        registry = Registry()
        token = (await made(registry)).expect(201)
        device = registry.device(token=str(token["token"]))
        keys = device.keys((await tried(device)).expect(200))
        assert registry.identity(keys).name == "station/lobby"
        assert (await registry.member("station/lobby"))["state"] == "active"
        other = registry.device(token=device.token)
        assert (await tried(other)).refusal == (403, "token-refused", "")

    run(story())


def test_a_lost_answer_or_a_restart_does_not_use_it_up_for_its_own_key() -> None:
    async def story() -> None:
        registry = Registry()
        device = registry.device(token=str((await made(registry)).expect(201)["token"]))
        (await tried(device)).expect(200)
        registry.site.mesh.restart()
        (await tried(device)).expect(200)
        (await registry.deny("station/lobby")).expect(201)
        registry.site.mesh.restart()
        assert (await tried(device)).refusal == (403, "token-refused", "")

    run(story())


def test_two_at_once_are_not_both_let_in() -> None:
    async def story() -> None:
        registry = Registry()
        token = str((await made(registry, replace=True)).expect(201)["token"])
        first, second = (registry.device(token=token, nonce=bytes([number]) * 32) for number in (1, 2))
        (await first.enrol()).expect(202)
        store = registry.site.mesh.roles.registrar.admissions.room
        known = store.get(first.enrolment)
        store.refuse(known.id, "enrolment-refused")  # so that a second may wait beside it
        (await second.enrol()).expect(202)
        store._keep(known)
        answers = await asyncio.gather(first.reveal(), second.reveal())
        assert sorted(answer.status for answer in answers) == [200, 403]

    run(story())


@pytest.mark.parametrize(
    ("kind", "what"), [(Kind.STATION, {"name": "hall"}), (Kind.CLIENT, {}), (Kind.CLIENT, {"users": ("ada",)})]
)
def test_it_is_for_one_kind_and_name(kind: Kind, what: dict[str, object]) -> None:
    async def story() -> None:
        registry = Registry()
        token = str((await made(registry)).expect(201)["token"])
        device = registry.device(kind, **{"name": "lobby", **what}, token=token)  # type: ignore[arg-type]
        assert (await tried(device)).refusal == (403, "token-refused", "")
        (await registry.approve(device)).expect(200)  # it waits still, for a person

    run(story())


def test_a_clients_people_are_those_of_the_token() -> None:
    async def story() -> None:
        registry = Registry()
        token = str((await made(registry, kind="client", name="laptop", users=["ada"])).expect(201)["token"])
        greedy = registry.device(Kind.CLIENT, "laptop", users=("ada", "grace"), token=token)
        assert (await tried(greedy)).code == "token-refused"
        (await greedy.give_up()).expect(204)
        modest = registry.device(Kind.CLIENT, "laptop", users=("ada",), token=token)
        assert registry.identity(modest.keys((await tried(modest)).expect(200))).users == {"ada"}

    run(story())


def test_it_ends_and_can_be_withdrawn_and_is_nowhere_in_the_clear() -> None:
    async def story() -> None:
        registry = Registry()
        short = (await made(registry, hours=1)).expect(201)
        long = (await made(registry, hours=24)).expect(201)
        listed = (await registry.admin.send("GET", "/v1/admin/tokens")).expect(200)["tokens"]
        assert [one["id"] for one in listed] == [short["id"], long["id"]]
        assert not [one for one in listed if "token" in one]
        kept = registry.site.mesh.member_store.tokens()
        assert short["token"] not in repr([(token, token.digest) for token in kept])
        await registry.site.clock.sleep(3600)
        device = registry.device(token=str(short["token"]))
        assert (await tried(device)).code == "token-refused"
        (await registry.admin.send("DELETE", f"/v1/admin/tokens/{long['id']}")).expect(204)
        again = await registry.admin.send("DELETE", f"/v1/admin/tokens/{long['id']}")
        assert again.refusal == (404, "token-unknown", "")
        device.token = str(long["token"])
        assert (await device.reveal()).code == "token-refused"
        await registry.site.mesh.roles.round()
        assert registry.site.mesh.member_store.tokens() == []

    run(story())


def test_guesses_are_counted() -> None:
    async def story() -> None:
        registry = Registry()
        device = registry.device(token="guess")
        assert (await tried(device)).code == "token-refused"
        codes = [(await device.reveal()).code for _ in range(5)]
        assert codes == ["token-refused"] * 3 + ["too-many-enrolments"] * 2

    run(story())


def test_a_name_that_is_taken_needs_a_token_that_says_so() -> None:
    async def story() -> None:
        registry = Registry()
        await registry.pair(registry.device())
        assert (await made(registry)).refusal == (409, "name-taken", "")
        await registry.site.clock.sleep(600)
        token = (await made(registry, replace=True)).expect(201)
        device = registry.device(token=str(token["token"]))
        (await tried(device)).expect(200)

    run(story())

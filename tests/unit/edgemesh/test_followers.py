"""What keeps a process in step with a registrar that is elsewhere, and does not answer."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_http import send_json
from tests.support.mesh_site import BADGE, MemorySite
from tests.unit.edgemesh.test_delegations import delegation, hand_in, with_ben
from tools.edgemesh.followers import DelegationFollower
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.interface.shapes import Fields
from tools.edgemesh.peers import Caller, RegistrarPeer
from tools.edgemesh.roles import CATCH_UP_SECONDS


class BlackHole:
    """A follower whose registrar swallows every packet."""

    def __init__(self) -> None:
        self.rounds = 0

    async def round(self) -> None:
        self.rounds += 1
        await asyncio.Event().wait()


def test_a_registrar_that_swallows_everything_delays_neither_chores_nor_taps() -> None:
    async def story() -> None:
        site, hole = MemorySite(), BlackHole()
        site.mesh.api.roles = roles = replace(site.mesh.roles, followers=(hole, *site.mesh.roles.followers))
        began = site.clock.monotonic()
        await roles.catch_up()
        assert site.clock.monotonic() - began == pytest.approx(CATCH_UP_SECONDS)
        job = await site.client.submit(b"document")
        tending = asyncio.create_task(roles.tend())
        await site.clock.sleep(0.1)
        assert hole.rounds == 2, "it is being asked"
        began = site.clock.monotonic()
        (await site.station.tap(BADGE)).expect(201)
        grant = (await site.station.ask(job)).expect(201)
        (await site.station.report(grant, 1, "printed")).expect(200)
        assert site.clock.monotonic() == began
        await site.clock.sleep(0.1)
        assert site.mesh.bodies["node-1"].bodies == {}
        tending.cancel()

    run(story())


class Registrar:
    """Notes what it is asked; does not answer while it is `away`."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.away = True

    async def call(self, method: str, path: str, _body: object = None) -> Fields:
        self.asked.append((method, path))
        if self.away:
            raise Problem("peer-unreachable")
        return Fields({})


def test_an_ended_delegation_is_told_until_the_registrar_has_heard() -> None:
    async def story() -> None:
        site, registrar = with_ben(), Registrar()
        caller: Caller = registrar
        delegations = site.mesh.roles.vault.desk.delegations
        follower = DelegationFollower(RegistrarPeer(caller), delegations)
        given = delegation(site)
        (await hand_in(site.client, given)).expect(201)
        await follower.round()
        assert registrar.asked == []
        delegations.end(given.delegation_id)
        path = f"/v1/denials/{given.delegation_id}"
        for _ in range(2):
            with pytest.raises(Problem, match="peer-unreachable"):
                await follower.round()
        registrar.away = False
        await follower.round()
        await follower.round()
        assert registrar.asked == [("PUT", path)] * 3
        registrar.away, registrar.asked = True, []
        await site.clock.sleep(timedelta(hours=25).total_seconds())
        with pytest.raises(Problem, match="peer-unreachable"):
            await follower.round()
        registrar.away = False
        await follower.round()
        assert registrar.asked == [("DELETE", path)] * 2
        assert not site.mesh.desk_store.delegations()

    run(story())


def test_the_registrar_denies_for_the_vault_once_and_lifts() -> None:
    async def story() -> None:
        site = MemorySite()
        vault, denials = site.wire(site.mesh._vault), site.mesh.roles.verifier.denials
        path, name = f"/v1/denials/d-{1:032x}", f"delegation/d-{1:032x}"
        assert (await send_json(vault, "PUT", path, {})).status == 204
        number = denials.number
        assert denials.current().since(name)
        assert (await send_json(vault, "PUT", path, {})).status == 204
        assert denials.number == number
        assert (await vault.send("DELETE", path)).status == 204
        assert denials.current().since(name) is None
        assert (await vault.send("PUT", "/v1/denials/user")).code == "route-unknown"

    run(story())

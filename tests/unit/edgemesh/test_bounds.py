"""How soon what was taken away counts where each role is a process of its own: the bounds of withdrawing.md."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_admin import AdminDouble
from tests.support.mesh_site import BADGE
from tests.support.mesh_split import NODE, SplitSite
from tools.edgemesh.leases import RETRY
from tools.edgemesh.storage.records import Held

ROUND = 5.0
"""What withdrawing.md says of a round, whatever the code says."""
LITTLE = 0.3
"""For requests, and for what is told in pieces; here neither takes longer."""
LOOK = 0.05
AFTER_A_ROUND = (0.1, 2.5, 4.9)
"""When in a round it happens: shortly after one, it takes longest."""


@asynccontextmanager
async def living(split: SplitSite, after: float, asking: str = "/v1/denials") -> AsyncIterator[None]:
    """All processes run, and it is `after` seconds after one of their rounds, in which they ask for that path."""
    tending = [asyncio.ensure_future(roles.tend()) for roles in split.processes.values()]
    await split.site.clock.sleep(4 * ROUND)
    asked = split.between.asked[asking]
    while split.between.asked[asking] == asked:
        await split.site.clock.sleep(LOOK)
    await split.site.clock.sleep(after)
    try:
        yield
    finally:
        for task in tending:
            task.cancel()
        await asyncio.gather(*tending, return_exceptions=True)


async def seconds_until(split: SplitSite, so: Callable[[], Awaitable[bool]]) -> float:
    """How long it took; much more than any bound when it never comes to be."""
    began = split.site.clock.monotonic()
    while not await so() and split.site.clock.monotonic() - began < 10 * ROUND:
        await split.site.clock.sleep(LOOK)
    return split.site.clock.monotonic() - began


def deny(split: SplitSite, holder: str) -> None:
    split.processes["registrar"].registrar.denybook.deny(holder)


@pytest.mark.parametrize("after", AFTER_A_ROUND)
@pytest.mark.parametrize("process", ["vault", "org", NODE])
@pytest.mark.parametrize("holder", ["station/station-1", "client/client-1"])
def test_every_process_refuses_a_holder_within_a_round(process: str, holder: str, after: float) -> None:
    async def story() -> None:
        split = SplitSite()
        keys = split.site.station.keys if holder.startswith("station") else split.site.client.keys

        async def refused() -> bool:
            return split.refuses(process, keys)

        async with living(split, after):
            assert not await refused()
            deny(split, holder)
            assert not await refused(), "this process was not told yet"
            assert await seconds_until(split, refused) <= ROUND + LITTLE

    run(story())


@pytest.mark.parametrize("after", AFTER_A_ROUND)
def test_a_blocked_person_is_refused_within_a_round(after: float) -> None:
    async def story() -> None:
        split = SplitSite()
        station = split.station()

        async def refused() -> bool:
            return (await station.tap(BADGE)).code == "locked-out"

        async with living(split, after):
            assert not await refused()
            deny(split, "user/ada")
            assert await seconds_until(split, refused) <= ROUND + LITTLE

    run(story())


@pytest.mark.parametrize("after", AFTER_A_ROUND)
def test_a_revoked_node_gives_its_part_no_more_within_a_round(after: float) -> None:
    async def story() -> None:
        split = SplitSite()
        station = split.station()

        async with living(split, after):
            job = await split.site.client.submit(b"document")
            (await station.tap(BADGE)).expect(201)

            async def refused() -> bool:
                answer = await station.ask(job)
                if answer.status == 201:
                    (await station.report(answer.json, 1, "stopped")).expect(200)
                    return False
                assert answer.refusal == (403, "part-withdrawn", "node")
                return True

            assert not await refused()
            deny(split, f"node/{NODE}")
            assert await seconds_until(split, refused) <= ROUND + LITTLE

    run(story())


@pytest.mark.parametrize("after", AFTER_A_ROUND)
def test_stations_are_told_of_a_new_list_within_a_round(after: float) -> None:
    """Of the vault's process, which hears of it from the registrar's; a station then fetches it at once."""

    async def story() -> None:
        split = SplitSite()

        async with living(split, after):
            events = split.vault.announcer.stream(None)
            await anext(events)
            began = split.site.clock.monotonic()
            deny(split, "client/client-1")
            told = b""
            while b"deny-list-changed" not in told:
                told = await anext(events)
            assert split.site.clock.monotonic() - began <= ROUND + LITTLE

    run(story())


@pytest.mark.parametrize("after", AFTER_A_ROUND)
@pytest.mark.parametrize("policy", Held)
def test_an_old_epoch_is_gone_within_a_round(policy: Held, after: float) -> None:
    """Nobody wakes the vault's process when the org key service's begins another epoch."""

    async def story() -> None:
        split = SplitSite()
        admin = AdminDouble.of(split.site)
        org = split.processes["org"].org

        async with living(split, after, "/v1/epochs"):
            if policy is not Held.KEEP:
                await split.site.client.submit(b"document")

            async def destroyed() -> bool:
                return (await admin.epochs())[1] == ("destroyed", policy.value)

            org.rotate(policy)
            assert await seconds_until(split, destroyed) <= ROUND + LITTLE

    run(story())


@pytest.mark.parametrize("after", AFTER_A_ROUND)
@pytest.mark.parametrize("answers", [True, False])
def test_a_shredded_job_s_body_goes_within_a_round_of_a_node_that_answers(answers: bool, after: float) -> None:
    """The job was shredded by a command in another process. A node that does not answer is asked again each 30 s."""

    async def story() -> None:
        split = SplitSite()
        admin, bodies = AdminDouble.of(split.site), split.site.mesh.bodies[NODE].bodies

        async def gone() -> bool:
            return not bodies

        async with living(split, after, "/v1/epochs"):
            job = await split.site.client.submit(b"document")
            if not answers:
                split.between.away.add(NODE)
            await admin.shred(job)
            assert not await gone()
            if not answers:
                await split.site.clock.sleep(ROUND + LITTLE)
                split.between.away.clear()
            assert await seconds_until(split, gone) <= ROUND + LITTLE + (0 if answers else RETRY.total_seconds())

    run(story())

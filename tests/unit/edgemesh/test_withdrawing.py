"""What an administrator takes away counts at the next request; withdrawing.md has the bounds."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_admin import AdminDouble
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh.denials import MAX_AGE

Deny = Callable[[MemorySite, AdminDouble], Awaitable[str]]


async def deny(admin: AdminDouble, holder: str) -> None:
    (await admin.post("/v1/admin/denials", {"holder": holder})).expect(201)


async def badge_of(_site: MemorySite, admin: AdminDouble) -> str:
    return f"badge/{(await admin.get('/v1/admin/badges?user=ada'))['badges'][0]['badge']}"


def named(holder: str) -> Deny:
    async def name(_site: MemorySite, _admin: AdminDouble) -> str:
        return holder

    return name


async def ready(site: MemorySite) -> tuple[AdminDouble, str]:
    """A held job, and its owner's session."""
    job = await site.client.submit(b"document")
    (await site.station.tap(BADGE)).expect(201)
    return AdminDouble.of(site), job


@pytest.mark.parametrize(
    ("who", "code"), [(named("user/ada"), "locked-out"), (badge_of, "badge-blocked")], ids=["person", "badge"]
)
def test_a_blocked_person_or_badge_gets_nothing_more_until_let_in_again(who: Deny, code: str) -> None:
    async def story() -> None:
        site = MemorySite()
        admin, job = await ready(site)
        holder = await who(site, admin)
        await deny(admin, holder)
        assert (await site.station.ask(job)).code == code  # the session from before, too
        assert (await site.station.tap(BADGE)).code == code
        assert (await admin.post("/v1/admin/denials/lift", {"holder": holder})).status == 204
        (await site.station.tap(BADGE)).expect(201)
        _, document, _ = await site.station.print(job)
        assert document == b"document"

    run(story())


def test_a_revoked_station_is_nobody_and_another_prints() -> None:
    async def story() -> None:
        site = MemorySite()
        admin, job = await ready(site)
        other = site.new_station("station-2")
        await deny(admin, "station/station-1")
        with pytest.raises(Exception, match="identity-revoked"):  # as the transport asks at each request
            site.mesh.identity(site.station.keys)
        assert (await site.station.ask(job)).code == "identity-revoked"
        (await other.tap(BADGE)).expect(201)
        _, document, _ = await other.print(job)
        assert document == b"document"

    run(story())


def test_a_revoked_client_submits_nothing_and_what_it_submitted_before_still_prints() -> None:
    async def story() -> None:
        site = MemorySite()
        admin, job = await ready(site)
        await site.clock.sleep(1)
        await deny(admin, "client/client-1")
        with pytest.raises(Exception, match="identity-revoked"):
            site.mesh.identity(site.client.keys)
        await site.clock.sleep(2)
        forged = await site.client.seal(b"forged")
        assert (await site.client.announce(forged)).code in ("client-revoked", "identity-revoked", "manifest-untrusted")
        _, document, _ = await site.station.print(job)
        assert document == b"document"

    run(story())


def test_a_revoked_node_gives_nothing() -> None:
    async def story() -> None:
        site = MemorySite(nodes=("node-1", "node-2"))
        admin, job = await ready(site)
        await deny(admin, "node/node-1")
        grant = (await site.station.ask(job)).expect(201)
        assert grant["node_box"]["node_id"] == "node-2"
        (await site.station.report(grant, 1, "stopped")).expect(200)
        await deny(admin, "node/node-2")
        assert (await site.station.ask(job)).status >= 400

    run(story())


def test_nothing_is_released_on_a_list_of_the_day_before() -> None:
    """The longest that anything revoked can count anywhere: a role that hears nothing more fails shut."""

    async def story() -> None:
        site = MemorySite()
        await ready(site)
        await site.clock.sleep(MAX_AGE.total_seconds() + 3601)
        assert (await site.station.tap(BADGE)).code == "deny-list-stale"
        tending = asyncio.ensure_future(site.mesh.roles.tend())
        await site.clock.sleep(1)
        (await site.station.tap(BADGE)).expect(201)
        tending.cancel()

    run(story())

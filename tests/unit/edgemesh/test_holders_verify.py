"""Node and key service judge for themselves, also where the vault that asks them lies."""

from datetime import timedelta

from hal.sim.virtual_time import run
from tests.support.mesh_site import MemorySite
from tests.support.threat_vault import RogueVault
from tests.unit.edgemesh.test_withdrawn import held
from tools.edgemesh.evidence import Evidence
from tools.edgemesh.storage.records import Rebox


async def rogue() -> RogueVault:
    site = MemorySite()
    return RogueVault(site, await held(site))


def test_a_lease_that_has_ended_opens_nothing() -> None:
    async def story() -> None:
        vault = await rogue()
        ended = vault.lease("station-1", expires=vault.now - timedelta(seconds=1))
        vault.ask(vault.evidence(lease=ended), "lease-refused")

    run(story())


def test_a_holder_that_has_not_heard_of_the_deny_list_for_a_day_gives_nothing() -> None:
    async def story() -> None:
        vault = await rogue()
        await vault.site.clock.sleep(timedelta(hours=24, minutes=1).total_seconds())
        later = RogueVault(vault.site, vault.job)
        later.ask(later.evidence(), "deny-list-stale")

    run(story())


def test_a_part_sealed_anew_is_for_its_own_manifest_only() -> None:
    async def story() -> None:
        vault = await rogue()
        shown: Evidence = vault.evidence()
        expires = vault.now + timedelta(days=1)
        vault.roles.org.store.put_rebox(Rebox(vault.job, bytes(32), 1, "none", b"another's", expires))
        assert vault.roles.org.part(shown).epoch == 1

    run(story())

"""What the threat model says is not defended is so: whoever relies on it would be deceived."""

import hashlib
import hmac

from firmware.vault.denials import SALT_BYTES, DenyList, parse
from firmware.vault.parts import Parts, derive
from firmware.vault.seal import body_aad
from firmware.vault.stream import BodyOpener
from hal.sim.virtual_time import run
from tests.support.mesh_site import BADGE, ORG, MemorySite
from tests.support.threat_vault import RogueVault
from tests.threats.holders import part_of
from tests.threats.people import NUMBERS
from tests.threats.releasing import held


def test_with_the_badge_key_the_numbers_on_a_vaults_disk_are_found() -> None:
    async def story() -> None:
        site = MemorySite()
        kept, key = {badge.badge for badge in site.mesh.desk_store.badges()}, site.mesh.desk_keys.badge
        hashes = {number: hmac.digest(key, b"badge/v1" + number.encode(), hashlib.sha256) for number in NUMBERS}
        assert [number for number, hashed in hashes.items() if hashed in kept] == [BADGE]

    run(story())


def test_whoever_has_a_deny_list_can_ask_it_for_a_name() -> None:
    async def story() -> None:
        site = MemorySite()
        site.mesh.roles.registrar.denybook.deny("user/ada")
        denied: DenyList = parse(site.mesh.roles.verifier.denials.signed().raw)
        assert len(denied.salt) == SALT_BYTES
        assert denied.since("user/ada")
        assert not denied.since("user/ben")

    run(story())


def test_a_vault_can_say_that_somebody_stands_at_a_station_that_asks() -> None:
    async def story() -> None:
        rogue = RogueVault(*await held())
        rogue.site.mesh.desk_store.end_session(rogue.site.station.session)
        assert rogue.roles.node("node-1").part(rogue.evidence()).box
        assert rogue.roles.org.part(rogue.evidence()).box

    run(story())


def test_all_three_disks_together_are_the_document() -> None:
    async def story() -> None:
        site, job = await held()
        raw = RogueVault(site, job).manifest.raw
        manifest = site.mesh.roles.verifier.manifest(RogueVault(site, job).manifest)
        parts = Parts(*(part_of(site, job, kind) for kind in ("job", "node", "org")))
        opener = BodyOpener(derive(parts, manifest.salt, ORG, job).body, body_aad(raw), manifest.plaintext_size)
        assert opener.feed(site.mesh.bodies["node-1"].bodies[job]) == [b"document"]

    run(story())


def test_a_copied_badge_is_the_badge_where_no_pin_is_asked_for() -> None:
    async def story() -> None:
        site = MemorySite()
        assert (await site.new_station("station-2").tap(BADGE)).status == 201

    run(story())

"""Badges at the desk: their ids, their days, their keys that change while people go on tapping."""

import json
import os
from pathlib import Path

import pytest

from hal.drivers.file_key_store import FileKeyStore
from hal.sim.random_source import SeededRandom
from hal.sim.virtual_time import run
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh import bootstrap
from tools.edgemesh.__main__ import main
from tools.edgemesh.bootstrap import make_mesh
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.people.badges import (
    MOST_OLDER,
    new_keys,
    next_keys,
    read_keys,
    without_unused,
    write_keys,
)
from tools.edgemesh.people.rekey import rekey
from tools.edgemesh.site import SiteError, lock_role
from tools.edgemesh.storage.records import User


def test_after_a_change_of_key_each_badge_is_found_once_more_and_kept_anew() -> None:
    async def story() -> None:
        site = MemorySite()
        site.mesh.add_user(User("bob"), "77777777")
        before = site.mesh.roles.vault.desk.badges.find(BADGE)
        assert before is not None
        site.mesh.roles.registrar.denybook.deny(f"badge/{before.badge_id}")
        for _ in range(2):
            site.mesh.desk_keys = next_keys(site.mesh.desk_keys, SeededRandom(site.mesh.desk_keys.badge[0]))
            site.mesh.restart()
        assert (await site.station.tap(BADGE)).code == "badge-blocked"  # it is the same badge
        after = site.mesh.roles.vault.desk.badges.find(BADGE)
        assert after is not None
        assert (after.badge_id, after.badge != before.badge) == (before.badge_id, True)
        assert len(without_unused(site.mesh.desk_keys, site.mesh.desk_store).older) == 1  # bob has not tapped yet
        (await site.station.tap("77777777")).expect(201)
        site.mesh.desk_keys = without_unused(site.mesh.desk_keys, site.mesh.desk_store)
        assert site.mesh.desk_keys.older == ()
        site.mesh.restart()
        (await site.station.tap("77777777")).expect(201)

    run(story())


def test_keys_are_kept_and_no_more_than_a_few_older_ones(tmp_path: Path) -> None:
    store, random = FileKeyStore(tmp_path), SeededRandom(1)
    keys = new_keys(random)
    write_keys(store, keys)
    assert read_keys(store) == keys
    for _ in range(MOST_OLDER):
        keys = next_keys(keys, random)
    write_keys(store, keys)
    assert read_keys(store) == keys
    with pytest.raises(Problem, match="badge-keys-full"):
        next_keys(keys, random)


def test_the_day_of_the_last_tap_is_remembered_and_no_more() -> None:
    async def story() -> None:
        site = MemorySite()
        (badge,) = site.mesh.desk_store.badges("ada")
        assert badge.used is None
        (await site.station.tap(BADGE)).expect(201)
        (badge,) = site.mesh.desk_store.badges("ada")
        assert badge.used == site.clock.now().date()

    run(story())


def test_a_badge_keeps_its_id_when_it_is_given_to_another() -> None:
    async def story() -> None:
        site = MemorySite()
        site.mesh.add_user(User("bob"))
        desk = site.mesh.roles.vault.desk
        (before,) = site.mesh.desk_store.badges("ada")
        assert desk.give_badge(BADGE, "bob").badge_id == before.badge_id
        assert desk.holder(BADGE) == User("bob")
        assert not site.mesh.desk_store.badges("ada")
        assert BADGE[2:] not in repr(before) + before.badge_id

    run(story())


def test_a_site_s_badges_outlive_its_key(tmp_path: Path) -> None:
    made = make_mesh(tmp_path, "acme.example", badge=BADGE)
    before = read_keys(FileKeyStore(made.site.path("vault")))
    assert (rekey(made.site), rekey(made.site)) == (1, 1)
    keys = read_keys(FileKeyStore(made.site.path("vault")))
    assert (keys.badge != before.badge, keys.older, keys.pepper) == (True, (before.badge,), before.pepper)
    bootstrap.give_badge(made.site, BADGE, made.user)  # finds it, and keeps it under the new key
    assert rekey(made.site) == 1
    assert read_keys(FileKeyStore(made.site.path("vault"))).older == (keys.badge,)


def test_no_new_key_while_the_vault_goes_on_with_the_one_it_has(tmp_path: Path) -> None:
    made = make_mesh(tmp_path, "acme.example")
    lock = lock_role(made.site.path("vault"))
    with pytest.raises(SiteError, match="another process"):
        rekey(made.site)
    os.close(lock)


def test_the_command_says_how_many_badges_are_still_to_be_tapped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_mesh(tmp_path, "acme.example")
    assert main(["desk", "rekey", "--json", "--dir", str(made.site.directory)]) == 0
    assert json.loads(capsys.readouterr().out) == {"waiting": 1}

"""The command as it is typed: what it asks, what it refuses, how it ends."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.flash.rig import SIZE, Release, flash
from tests.unit.provisioning.papers import certificate
from tools.flash import deeds
from tools.flash.disks import Disk
from tools.flash.errors import _TABLE, Exit

CARD = Disk("sdb", "/dev/sdb", 32_000_000_000, "usb", "Generic Reader", removable=True, buffered="/dev/sdb", mark="1")
SYSTEM = Disk("sda", "/dev/sda", 500_000_000_000, "sda", "Disk", system=True, mounts=("/",))


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return Release(tmp_path)


@pytest.fixture(autouse=True)
def disks(monkeypatch: pytest.MonkeyPatch) -> list[Disk]:
    """What is plugged in; no real disk is in reach of these tests."""
    here = [SYSTEM, CARD]
    monkeypatch.setattr(deeds, "machine_disks", lambda: tuple(here))
    return here


def test_into_a_file(release: Release, tmp_path: Path) -> None:
    card = tmp_path / "card.img"
    said = flash("write", release.packed, "--key", release.public, "--file", card, "--json")
    assert said.status == Exit.WRITTEN
    assert json.loads(said.out) == {
        "target": str(card),
        "version": "1.0",
        "bytes": SIZE,
        "verified": True,
        "provisioned": False,
    }
    assert card.read_bytes() == release.content


def test_a_file_that_is_there_is_asked_for(release: Release, tmp_path: Path) -> None:
    card = tmp_path / "card.img"
    card.write_text("a letter")
    words = ("write", release.plain, "--key", release.public, "--file", card)
    assert flash(*words).status == Exit.USAGE
    assert flash(*words, typed="no\n").status == Exit.INTERRUPTED
    assert card.read_text() == "a letter"
    assert flash(*words, typed="yes\n").status == Exit.WRITTEN
    assert flash(*words, "--yes").status == Exit.WRITTEN


def test_the_list(disks: list[Disk]) -> None:
    assert flash("list").out.split()[0] == "sdb"
    assert "sda" not in flash("list").out
    assert "disk-system" in flash("list", "--all").out
    (found,) = json.loads(flash("list", "--json").out)["disks"]
    assert (found["name"], found["bytes"], found["bus"], found["model"]) == ("sdb", CARD.size, "usb", "Generic Reader")
    disks.clear()
    assert "no card" in flash("list").out


def test_somebody_who_types_another_name_is_taken_at_their_word(release: Release) -> None:
    said = flash("write", release.plain, "--key", release.public, typed="sdb\nsdc\n")
    assert said.status == Exit.INTERRUPTED
    assert "Everything on it is destroyed" in said.err
    assert "Generic Reader" in said.err
    assert "flash-declined" in said.err


def test_without_a_terminal_nobody_is_asked(release: Release, tmp_path: Path) -> None:
    there = tmp_path / "card.img"
    there.write_bytes(b"kept")
    for words in ((), ("--disk", "sdb"), ("--file", there)):
        said = flash("write", release.plain, "--key", release.public, "--json", *words)
        assert (said.status, said.code) == (Exit.USAGE, "flash-unasked")
        assert "--yes" in said.err
    assert there.read_bytes() == b"kept"


def test_yes_is_about_a_disk_that_was_named(release: Release, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        flash("write", release.plain, "--yes")
    assert caught.value.code == Exit.USAGE
    assert "--yes needs --disk" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("disk", "code"),
    [
        (SYSTEM, "disk-system"),
        (replace(CARD, mounts=("/media/x",)), "disk-mounted"),
        (replace(CARD, size=SIZE - 512), "disk-too-small"),
        (replace(CARD, removable=False), "disk-fixed"),
        (replace(CARD, read_only=True), "disk-read-only"),
        (replace(CARD, name="sdz"), "disk-unknown"),
    ],
)
def test_yes_does_not_help_a_disk_that_is_refused(release: Release, disks: list[Disk], disk: Disk, code: str) -> None:
    disks[:] = [disk]
    name = "sdb" if disk.name == "sdz" else disk.name
    said = flash("write", release.plain, "--key", release.public, "--disk", name, "--yes", "--json")
    assert (said.status, said.code) == (Exit.DISK, code)


def test_another_card_in_the_same_slot(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = iter([(CARD,), (replace(CARD, mark="2"),)])
    monkeypatch.setattr(deeds, "machine_disks", lambda: next(seen))
    said = flash("write", release.plain, "--key", release.public, "--disk", "sdb", "--yes", "--json")
    assert said.code == "disk-changed"


def test_a_file_is_no_disk(release: Release, disks: list[Disk], tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    disks[:] = [replace(CARD, path=str(path))]
    said = flash("write", release.plain, "--key", release.public, "--disk", "sdb", "--yes", "--json")
    assert said.code == "disk-unknown"
    assert path.read_bytes() == b"x"
    assert flash("write", release.plain, "--key", release.public, "--file", tmp_path, "--yes", "--json").status != 0


def test_an_image_that_is_not_the_signed_one_never_reaches_a_disk(release: Release, tmp_path: Path) -> None:
    release.plain.write_bytes(release.content[:-1] + b"!")
    card = tmp_path / "card.img"
    said = flash("write", release.plain, "--key", release.public, "--file", card, "--json")
    assert (said.status, said.code) == (Exit.IMAGE, "image-mismatch")
    assert not card.exists()


def test_another_key(release: Release, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    said = flash("verify", release.plain, "--key", Release(other).public, "--json")
    assert (said.status, said.code) == (Exit.IMAGE, "image-untrusted")
    assert flash("verify", release.plain, "--key", release.public).status == Exit.WRITTEN


def test_settings_that_are_refused_are_refused_first(release: Release, tmp_path: Path) -> None:
    site, card = tmp_path / "site.toml", tmp_path / "card.img"
    site.write_text("[wlan]\n")
    words = ("write", release.plain, "--key", release.public, "--file", card, "--provision", site, "--json")
    assert (flash(*words).status, flash(*words).code) == (Exit.PROVISIONING, "provisioning-key-unknown")
    assert not card.exists()
    assert flash("check", site).status == Exit.PROVISIONING
    site.write_text('[network]\nhostname = "attic"\n')
    assert json.loads(flash("check", site, "--json").out) == {"station": "", "hostname": "attic"}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "mesh.example"])
def test_a_mesh_in_the_station_itself_is_told_of(tmp_path: Path, host: str) -> None:
    site = tmp_path / "site.toml"
    site.write_text(f'[mesh]\nurl = "https://{host}:8443"\nname = "lobby"\n')
    said = flash("check", site)
    assert said.status == Exit.WRITTEN
    assert ("in itself" in said.err) == (host != "mesh.example")


@pytest.mark.parametrize("year", [2024, 2066])
def test_a_certificate_that_is_valid_no_more_is_told_of(tmp_path: Path, year: int) -> None:
    ca = certificate(1, is_ca=True, until=datetime(year, 6, 1, tzinfo=UTC))
    path = tmp_path / "site.toml"
    path.write_text(f'[audit]\nsyslog = "tls://log.example"\nsyslog_ca = """\n{ca}"""\n')
    said = flash("check", path, "--json")
    assert said.status == Exit.WRITTEN
    assert ("audit.syslog_ca: a certificate there is valid no more" in said.err) == (year == 2024)


def test_an_image_without_room_for_settings_does_not_start(release: Release, tmp_path: Path) -> None:
    site, card = tmp_path / "site.toml", tmp_path / "card.img"
    site.write_text('[network]\nhostname = "attic"\n')
    said = flash("write", release.plain, "--key", release.public, "--file", card, "--provision", site, "--json")
    assert (said.status, said.code) == (Exit.PROVISIONING, "provisioning-unwritten")
    assert f"{card} does not start" in said.err
    assert card.read_bytes()[:512] == bytes(512)


def test_broken_off_before_and_while_it_is_written(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_arguments: object) -> None:
        raise KeyboardInterrupt

    words = ("write", release.plain, "--key", release.public, "--file", tmp_path / "card.img", "--json")
    with monkeypatch.context() as patch:
        patch.setattr(deeds, "write", stop)
        said = flash(*words)
        assert (said.status, said.code) == (Exit.INTERRUPTED, "flash-interrupted")
        assert "does not start" in said.err
    monkeypatch.setattr(deeds, "opened_file", stop)
    said = flash(*words, "--yes")
    assert (said.status, said.code) == (Exit.INTERRUPTED, "flash-declined")
    assert "nothing was written" in said.err


def test_a_release_is_signed_and_listed(release: Release) -> None:
    release.manifest.unlink()
    words = ("sign", release.packed, "--key", release.key, "--release", "2.0", "--date", "2026-12-01")
    said = flash(*words, "--out", release.manifest, "--json")
    assert said.status == Exit.WRITTEN
    assert len(json.loads(said.out)["key"]) == 64
    assert flash("verify", release.packed, "--key", release.public).status == Exit.WRITTEN
    place = ("--base", "https://releases.example/2.0", "--icon", "https://releases.example/icon.svg")
    listed = flash("os-list", "--manifest", release.manifest, "--key", release.public, *place)
    (entry,) = json.loads(listed.out)["os_list"]
    assert entry["url"] == "https://releases.example/2.0/station.img.xz"
    assert entry["name"] == "Lockgate 2.0"


def test_each_code_has_an_end_and_a_word_of_advice() -> None:
    assert all(advice and isinstance(status, Exit) for status, advice in _TABLE.values())


def test_a_card_without_settings_is_told_what_its_box_will_do(release: Release, tmp_path: Path) -> None:
    said = flash("write", release.plain, "--key", release.public, "--file", tmp_path / "card.img", "--yes")
    assert said.status == 0
    assert "it looks in its network for its mesh" in said.out

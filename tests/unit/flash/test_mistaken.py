"""Names that were mistaken: nothing that somebody still needs is lost by one, and each is told in the usual form."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.flash.rig import Release, flash
from tests.unit.flash.test_main import CARD
from tools.flash import card, deeds
from tools.flash.disks import Disk
from tools.flash.errors import Exit


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return Release(tmp_path)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text('[network]\nhostname = "attic"\n')
    return path


def test_an_image_is_not_written_over_itself(release: Release) -> None:
    link = release.folder / "link"
    link.symlink_to(release.plain)
    for target in (release.plain, link):
        said = flash("write", release.plain, "--key", release.public, "--file", target, "--yes", "--json")
        assert (said.status, said.code) == (Exit.DISK, "disk-is-image")
        assert release.plain.read_bytes() == release.content


def test_settings_go_into_no_device_that_was_named_as_a_file(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "put", lambda *_: pytest.fail("written"))
    said = flash("provision", "--file", os.devnull, "--provision", site, "--json")
    assert (said.status, said.code) == (Exit.DISK, "disk-unknown")


def test_an_image_that_never_ends_is_not_begun(release: Release) -> None:
    release.plain.unlink()
    os.mkfifo(release.plain)
    said = flash("verify", release.plain, "--key", release.public, "--json")
    assert (said.status, said.code) == (Exit.IMAGE, "image-unreadable")
    release.plain.unlink()
    release.plain.symlink_to("/dev/zero")
    said = flash("verify", release.plain, "--key", release.public, "--json")
    assert (said.status, said.code) == (Exit.IMAGE, "image-unreadable")


@pytest.mark.parametrize("name", [".", "/", ""])
def test_a_folder_without_a_name_is_no_image(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        flash("verify", name)
    assert caught.value.code == Exit.USAGE
    assert "a file's name is wanted" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["nowhere/manifest.json", "folder"])
def test_a_manifest_that_cannot_be_written(release: Release, place: str) -> None:
    (release.folder / "folder").mkdir()
    words = ("sign", release.plain, "--key", release.key, "--release", "2.0", "--date", "2026-12-01")
    said = flash(*words, "--out", release.folder / place, "--json")
    assert (said.status, said.code) == (Exit.USAGE, "release-unwritten")


def test_settings_go_onto_no_card_that_came_in_another_s_place(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "put", lambda *_: pytest.fail("written"))
    for now, code in ((replace(CARD, mark="2"), "disk-changed"), (replace(CARD, mounts=("/media/x",)), "disk-mounted")):
        seen: list[tuple[Disk, ...]] = [(CARD,), (now,)]
        monkeypatch.setattr(deeds, "machine_disks", lambda seen=seen: seen.pop(0))
        said = flash("provision", "--disk", "sdb", "--provision", site, "--yes", "--json")
        assert (said.status, said.code) == (Exit.DISK, code)


def test_settings_that_were_broken_off_may_have_been_written(
    release: Release, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(card, "put", stop)
    monkeypatch.setattr(deeds, "site_partition", lambda _start: None)
    said = flash("provision", "--file", release.plain, "--provision", site, "--json")
    assert (said.status, said.code) == (Exit.INTERRUPTED, "provisioning-interrupted")
    assert "nothing was written" not in said.err


@pytest.mark.parametrize("command", ["write", "provision"])
def test_a_name_that_no_file_can_have_is_told_as_any_other(release: Release, site: Path, command: str) -> None:
    image = (release.plain, "--key", release.public) if command == "write" else ("--provision", site)
    said = flash(command, *image, "--file", release.folder / ("x" * 300), "--json")
    assert (said.status, said.code) == (Exit.DISK, "disk-unknown")

"""The image with a screen beside the one without: its own folder, the same tools, a name of its own for bundles."""

import hashlib
from pathlib import Path

import pytest

from tools.image import probe
from tools.image.bundle import COMPATIBLE, compatible
from tools.image.compose import FONTS, prune_screen, say_kind
from tools.image.mirror import Mirror
from tools.image.toolbox import PACKAGES, make_tools, words
from tools.image.workplace import INSIDE_WORK, RECIPE, Workplace


def test_it_is_made_beside_the_other_by_the_same_tools(tmp_path: Path) -> None:
    plain = Workplace(tmp_path)
    screen = plain.with_screen()
    assert (plain.screen, screen.screen) == (False, True)
    assert screen.tools == plain.tools
    assert screen.out != plain.out
    assert screen.rootfs.is_relative_to(screen.folder)


def test_its_folder_is_there_when_the_tools_were_there_before(tmp_path: Path) -> None:
    screen = Workplace(tmp_path).with_screen()
    screen.tools.mkdir()
    (screen.tools / "lockgate.stamp").write_text(hashlib.sha256(PACKAGES.read_bytes()).hexdigest())
    assert not make_tools(screen, Mirror("http://archive.example", "http://security.example"))
    assert screen.folder.is_dir()


def test_a_box_takes_bundles_of_its_own_kind_only(tmp_path: Path) -> None:
    plain = Workplace(tmp_path)
    conf = tmp_path / "system.conf"
    for place in (plain, plain.with_screen()):
        conf.write_text((RECIPE / "files/etc/rauc/system.conf").read_text())
        say_kind(place, conf)
        assert f"\ncompatible={compatible(place)}\n" in conf.read_text()
    assert compatible(plain) == COMPATIBLE != compatible(plain.with_screen())


def test_its_packages_come_on_top() -> None:
    folder = RECIPE / "rootfs"
    plain, screen = set(words(folder / "packages.txt")), set(words(folder / "packages-screen.txt"))
    assert {"cage", "cog", "seatd"} <= screen
    assert screen.isdisjoint(plain)


@pytest.mark.parametrize(
    ("name", "stays"),
    [
        *((f"NotoSans{script}-Regular.ttf", True) for script in ("", "Arabic", "Hebrew", "Thai", "Devanagari")),
        *(("NotoColorEmoji.ttf", True), ("DroidSansFallbackFull.ttf", True), ("NotoNaskhArabic-Bold.ttf", True)),
        *(("NotoSerif-Regular.ttf", False), ("NotoSansSignWriting-Regular.ttf", False), ("NotoSans-Italic.ttf", False)),
    ],
)
def test_there_is_one_face_for_each_script(tmp_path: Path, name: str, stays: bool) -> None:
    font = tmp_path / "usr/share/fonts/truetype" / name
    font.parent.mkdir(parents=True)
    font.write_bytes(b"")
    (tmp_path / "usr/share/libwacom").mkdir()
    prune_screen(tmp_path)
    assert font.exists() is stays is bool(FONTS.fullmatch(name))
    assert not (tmp_path / "usr/share/libwacom").exists()


def test_a_long_script_goes_by_a_disk_and_the_command_line_stays_short(tmp_path: Path) -> None:
    text = probe.script({"one": "echo 'it is' $HOME %s"}, "x" * 4000)
    devices, said = probe.on_disk(Workplace(tmp_path), "try", text)
    file = tmp_path / "try.probe"
    assert file.stat().st_size % 512 == 0
    assert file.read_bytes().rstrip(b"\0").decode() == text
    assert f"file={INSIDE_WORK}/try.probe,format=raw,readonly=on" in devices[1]
    assert len(said) < 1600

"""Two builds beside each other."""

import shutil
from pathlib import Path

import pytest

from tools.image.build import Order
from tools.image.compare import PARTS, PAYLOAD, SQUASHFS, differences, parse_payload, same_parts
from tools.image.compose import undated
from tools.image.errors import ImageError
from tools.image.reproduce import Again
from tools.image.workplace import Workplace

BUNDLE = "station-1.raucb"


@pytest.fixture
def trees(tmp_path: Path) -> tuple[Path, Path]:
    one, other = tmp_path / "one", tmp_path / "other"
    (one / "usr" / "lib").mkdir(parents=True)
    (one / "usr" / "lib" / "a").write_text("a")
    (one / "usr" / "lib" / "b").write_text("b")
    (one / "link").symlink_to("usr")
    shutil.copytree(one, other, symlinks=True)
    return one, other


def test_copies_do_not_differ(trees: tuple[Path, Path]) -> None:
    assert list(differences(*trees)) == []


def test_each_kind_of_difference_is_named(trees: tuple[Path, Path]) -> None:
    one, other = trees
    (other / "usr" / "lib" / "a").write_text("A")
    (other / "usr" / "lib" / "b").chmod(0o755)
    (other / "link").unlink()
    (other / "link").symlink_to("/usr")
    (one / "more").mkdir()
    assert list(differences(one, other)) == [
        "link: target",
        f"more: only in {one}",
        "usr/lib/a: content",
        "usr/lib/b: mode",
    ]
    (other / "more").write_text("a file")
    assert "more: kind" in list(differences(one, other))


def test_the_parts_are_compared_one_by_one(tmp_path: Path) -> None:
    for name in PARTS:
        for folder in ("one", "other"):
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / name).write_bytes(name.encode())
    for folder, signature in (("one", b"a signature"), ("other", b"another")):
        (tmp_path / folder / BUNDLE).write_bytes(squashfs(b"what is installed") + signature)
    (tmp_path / "other" / "boot.vfat").write_bytes(b"x")
    found = same_parts(tmp_path / "one", tmp_path / "other", BUNDLE)
    assert [name for name, same in found.items() if not same] == ["boot.vfat"]
    (tmp_path / "other" / BUNDLE).write_bytes(squashfs(b"what is Installed") + b"a signature")
    found = same_parts(tmp_path / "one", tmp_path / "other", BUNDLE)
    assert [name for name, same in found.items() if not same] == ["boot.vfat", PAYLOAD]


def squashfs(content: bytes) -> bytes:
    return SQUASHFS.pack(b"hsqs", SQUASHFS.size + len(content)) + content


@pytest.mark.parametrize("raw", [b"", b"hsqs", b"sqsh" + bytes(100)])
def test_what_is_no_bundle_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(ImageError, match="bundle is"):
        parse_payload(raw)


def test_a_password_has_the_day_of_the_image_and_not_that_of_the_building() -> None:
    today = "root:*:20779:0:99999:7:::\nlockgate:!*:20779::::::\n"
    assert undated(today, 86400 * 20000 + 5) == "root:*:20000:0:99999:7:::\nlockgate:!*:20000::::::\n"


def test_the_second_build_is_told_the_firsts_version_and_time(tmp_path: Path) -> None:
    command = Again(Workplace(tmp_path), tmp_path / "checkout").command(Order("1.2.3", 1_700_000_000))
    assert command[-5:] == ["build", "--version", "1.2.3", "--epoch", "1700000000"]
    assert str(tmp_path) in command

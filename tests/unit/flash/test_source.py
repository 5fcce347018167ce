"""An image file against the manifest, and unpacked."""

import lzma
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.flash.rig import SIZE, Release
from tools.flash import source
from tools.flash.errors import FlashError
from tools.flash.manifest import public_key
from tools.submit.progress import Silent


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return Release(tmp_path)


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(FlashError) as caught:
        call()
    return caught.value.code


def test_each_way_of_packing_is_the_same_image(release: Release) -> None:
    packed = release.folder / "station.img.zst"
    subprocess.run(["zstd", "-q", release.plain, "-o", packed], check=True)
    for path in (release.plain, release.packed, packed):
        pieces = list(source.chunks(path))
        assert b"".join(pieces) == release.content
        assert [len(piece) for piece in pieces] == [source.CHUNK, SIZE - source.CHUNK]


def test_a_file_that_is_the_signed_one(release: Release) -> None:
    found = source.read_manifest(release.manifest, public_key(release.public))
    assert source.checked(release.packed, found, Silent()).listed.image_size == SIZE


@pytest.mark.parametrize("change", [lambda raw: raw[:-1], lambda raw: raw + b"x", lambda raw: b"x" + raw[1:]])
def test_a_file_that_is_not(release: Release, change: Callable[[bytes], bytes]) -> None:
    found = source.read_manifest(release.manifest, public_key(release.public))
    release.packed.write_bytes(change(release.packed.read_bytes()))
    assert refusal(lambda: source.checked(release.packed, found, Silent())) == "image-mismatch"


def test_names(release: Release) -> None:
    found = source.read_manifest(release.manifest, public_key(release.public))
    other = release.plain.rename(release.folder / "other.img")
    assert refusal(lambda: source.checked(other, found, Silent())) == "image-unlisted"
    assert refusal(lambda: source.checked(release.folder / "station.iso", found, Silent())) == "image-format"
    assert refusal(lambda: source.checked(release.plain, found, Silent())) == "image-unreadable"


def test_one_that_is_not_made_of_sectors(tmp_path: Path) -> None:
    release = Release(tmp_path, bytes(1000))
    found = source.read_manifest(release.manifest, public_key(release.public))
    assert refusal(lambda: source.checked(release.plain, found, Silent())) == "image-format"


@pytest.mark.parametrize("name", ["manifest.json", "manifest.json.sig"])
def test_without_a_manifest_or_a_signature(release: Release, name: str) -> None:
    (release.folder / name).unlink()
    key = public_key(release.public)
    assert refusal(lambda: source.read_manifest(release.manifest, key)) == "image-unsigned"


@pytest.mark.parametrize("name", ["station.img.xz", "station.img.zst"])
def test_what_cannot_be_unpacked(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"neither of them")
    assert refusal(lambda: list(source.chunks(path))) == "image-mismatch"


def test_one_that_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "station.img.xz"
    path.write_bytes(lzma.compress(bytes(range(256)) * 4096)[:-40])
    assert refusal(lambda: list(source.chunks(path))) == "image-mismatch"


def test_without_the_program(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    path = release.folder / "station.img.zst"
    path.write_bytes(b"")
    assert refusal(lambda: list(source.chunks(path))) == "tool-missing"

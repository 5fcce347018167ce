"""RAUC in the recipe: what it is made of, and that its patch says what its name says."""

import re

import pytest

from tools.image import rauc
from tools.image.errors import ImageError
from tools.image.rootfs import FOLDER as ROOTFS
from tools.image.toolbox import words


def test_the_sources_are_held_to_their_hashes() -> None:
    found = rauc.sources((rauc.FOLDER / "sources.txt").read_text())
    assert [name.rpartition(".")[2] for _, name in found] == ["dsc", "xz", "xz"]
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest, _ in found)


@pytest.mark.parametrize("text", ["", "0" * 64, f"{'0' * 63} a", f"{'0' * 64} ../a", f"{'0' * 64} a b"])
def test_other_lists_are_refused(text: str) -> None:
    with pytest.raises(ImageError, match=r"sources\.txt"):
        rauc.sources(text)


def test_the_package_is_told_from_debians() -> None:
    source = next(name for _, name in rauc.sources((rauc.FOLDER / "sources.txt").read_text()) if name.endswith(".dsc"))
    version = source.removeprefix("rauc_").removesuffix(".dsc")
    assert (rauc.FOLDER / "changelog").read_text().startswith(f"rauc ({version}+lockgate")
    assert rauc.PACKAGE in words(ROOTFS / "packages.txt")


def test_another_patch_is_another_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    before = rauc.recipe_digest()
    monkeypatch.setattr(rauc, "PARTS", rauc.PARTS[:1])
    assert rauc.recipe_digest() != before

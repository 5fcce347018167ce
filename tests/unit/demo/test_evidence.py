"""The search for a document's bytes finds them, also in a directory whose files are being replaced."""

from pathlib import Path

import pytest

from tools.demo import evidence

PIECE = bytes(range(64))


def test_a_piece_is_found_also_across_two_blocks(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(evidence.BLOCK - 30) + PIECE)
    (tmp_path / "b").write_bytes(bytes(100))
    assert evidence.found_in(tmp_path, {PIECE}) == [tmp_path / "a"]


def test_a_file_that_takes_anothers_name_amid_the_search_is_still_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "new-a").write_bytes(PIECE)
    opened = Path.open

    def replaced_after_the_first(self: Path, *args: object, **options: object) -> object:
        file = opened(self, *args, **options)  # type: ignore[call-overload]
        if (tmp_path / "new-a").exists():
            (tmp_path / "new-a").replace(tmp_path / "a")
        return file

    monkeypatch.setattr(Path, "open", replaced_after_the_first)
    assert evidence.found_in(tmp_path, {PIECE}) == [tmp_path / "a"]


def test_a_file_that_is_never_there_ends_the_search_with_its_error() -> None:
    looks = []

    def look() -> None:
        looks.append(1)
        raise FileNotFoundError

    with pytest.raises(FileNotFoundError):
        evidence.steadily(look)
    assert len(looks) == evidence.LOOKS

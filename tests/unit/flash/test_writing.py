"""An image onto a disk: bit by bit, and when the disk fails or somebody breaks off, a disk that does not start."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.flash.rig import MIB, SIZE, Release
from tools.flash.errors import FlashError
from tools.flash.source import Image
from tools.flash.target import Target, opened_file
from tools.flash.writing import HELD, runs, write
from tools.submit.progress import Silent
from tools.submit.upload import Progress

OLD = b"\xa5" * (8 * MIB)


def bars(_label: str) -> Progress:
    return Silent()


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return Release(tmp_path)


class Card:
    """A disk that held something else before, behind a file."""

    def __init__(self, folder: Path, size: int = len(OLD)) -> None:
        self.path = folder / "card"
        self.path.write_bytes(OLD[:size])
        self.target = Target(str(self.path), os.open(self.path, os.O_RDWR), size, zeroed=False, zeroes=False)

    def bytes(self) -> bytes:
        return self.path.read_bytes()

    @property
    def starts(self) -> bool:
        return self.bytes()[510:512] == b"\x55\xaa"


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Card]:
    made = Card(tmp_path)
    yield made
    os.close(made.target.fd)


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(FlashError) as caught:
        call()
    return caught.value.code


def test_every_byte_of_a_used_card(release: Release, card: Card) -> None:
    write(release.image(release.packed), card.target, bars)
    assert card.bytes()[:SIZE] == release.content
    assert card.bytes()[SIZE : 7 * MIB] == OLD[SIZE : 7 * MIB]
    assert card.bytes()[7 * MIB :] == bytes(MIB), "where a copy of the old partition table may be"


def test_a_card_that_is_just_large_enough(release: Release, tmp_path: Path) -> None:
    card = Card(tmp_path, SIZE)
    write(release.image(), card.target, bars)
    os.close(card.target.fd)
    assert card.bytes() == release.content


def test_a_new_file_is_written_sparsely(release: Release, tmp_path: Path) -> None:
    path = tmp_path / "new.img"
    with opened_file(path, SIZE) as target:
        write(release.image(), target, bars)
    assert path.read_bytes() == release.content
    assert path.stat().st_blocks * 512 < SIZE // 2


def test_a_larger_file_keeps_its_size_and_nothing_else(release: Release, tmp_path: Path) -> None:
    path = tmp_path / "old.img"
    path.write_bytes(OLD)
    with opened_file(path, SIZE) as target:
        write(release.image(), target, bars)
    assert path.read_bytes() == release.content + bytes(len(OLD) - SIZE)


def test_zeros_are_left_to_a_disk_that_writes_them_itself(
    release: Release, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int]] = []

    def zeroed(self: Target, offset: int, length: int) -> None:
        asked.append((offset, length))
        os.pwrite(self.fd, bytes(length), offset)

    monkeypatch.setattr(Target, "zero", zeroed)
    write(release.image(), card.target, bars)
    assert card.bytes()[:SIZE] == release.content
    assert sum(length for _, length in asked) > 5 * MIB
    assert all(length % 512 == 0 for _, length in asked)


def test_one_that_cannot_after_all_is_written_to(card: Card) -> None:
    card.target.zeroes = True  # a file takes no such request
    card.target.zero(MIB, 2 * MIB)
    assert card.bytes()[MIB : 3 * MIB] == bytes(2 * MIB)
    assert not card.target.zeroes


def test_the_start_comes_last_after_what_the_site_wants(release: Release, card: Card) -> None:
    seen: list[bool] = []

    def settle(start: bytes) -> None:
        assert start == release.content[:HELD]
        seen.append(card.starts)

    write(release.image(), card.target, bars, settle)
    assert seen == [False]
    assert card.starts


def failing(monkeypatch: pytest.MonkeyPatch, after: int, exc: BaseException) -> None:
    """The write call number `after` raises this."""
    real, calls = os.pwrite, [0]

    def pwrite(fd: int, data: bytes, offset: int) -> int:
        calls[0] += 1
        if calls[0] > after:
            raise exc
        return real(fd, data, offset)

    monkeypatch.setattr(os, "pwrite", pwrite)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk-full"),
        (errno.EIO, "disk-failed"),
        (errno.ENODEV, "disk-failed"),
        (errno.EFBIG, "disk-full"),
    ],
)
def test_a_disk_that_fails(
    release: Release, card: Card, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    failing(monkeypatch, 3, OSError(number, os.strerror(number)))
    assert refusal(lambda: write(release.image(), card.target, bars)) == code
    assert not card.starts


def test_broken_off_at_each_write_it_does_not_start(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _fd: None)  # nothing is pulled out here
    release.plain.write_bytes(release.content[:512] + bytes(SIZE - 512))
    release.content = release.plain.read_bytes()
    cuts = 0
    while True:
        card = Card(tmp_path)
        with monkeypatch.context() as patch:
            failing(patch, cuts + 1, KeyboardInterrupt())
            try:
                write(release.image(), card.target, bars)
            except KeyboardInterrupt:
                assert not card.starts
                cuts += 1
            else:
                break
            finally:
                os.close(card.target.fd)
    assert cuts > 3


def test_a_short_write_goes_on(release: Release, card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, offset: real(fd, data[: max(1, len(data) // 2)], offset))
    write(release.image(), card.target, bars)
    assert card.bytes()[:SIZE] == release.content


def test_a_disk_that_takes_nothing_more(release: Release, card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "pwrite", lambda *_arguments: 0)
    assert refusal(lambda: write(release.image(), card.target, bars)) == "disk-failed"


@pytest.mark.parametrize("place", [HELD, SIZE // 2, SIZE - 1])
def test_a_disk_that_does_not_keep_what_it_was_given(
    release: Release, card: Card, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    real = Target.sync

    def sync(target: Target) -> None:
        real(target)
        raw = os.pread(target.fd, 1, place)
        os.pwrite(target.fd, bytes([raw[0] ^ 1]), place)

    monkeypatch.setattr(Target, "sync", sync)
    assert refusal(lambda: write(release.image(), card.target, bars)) == "disk-mismatch"
    assert not card.starts


def test_a_disk_that_is_smaller_than_it_says(release: Release, tmp_path: Path) -> None:
    card = Card(tmp_path)
    fd = os.open(card.path, os.O_RDWR)
    os.ftruncate(fd, 3 * MIB)
    assert refusal(lambda: list(card.target.read_back(0, SIZE))) == "disk-mismatch"
    os.close(fd)
    os.close(card.target.fd)


def test_an_image_that_was_changed_after_it_was_checked(release: Release, card: Card) -> None:
    image: Image = release.image()
    release.plain.write_bytes(release.content[:-1] + b"!")
    assert refusal(lambda: write(image, card.target, bars)) == "image-mismatch"
    assert not card.starts
    release.plain.write_bytes(release.content * 2)
    assert refusal(lambda: write(image, card.target, bars)) == "image-mismatch"
    assert card.bytes()[SIZE : 7 * MIB] == OLD[SIZE : 7 * MIB], "nothing beyond what was signed"


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 200_000)), max_size=6), st.integers(0, HELD))
def test_runs_are_the_chunk(parts: list[tuple[bool, int]], begin: int) -> None:
    chunk = b"".join(b"x" * size if full else bytes(size) for full, size in parts)
    found, at = b"", begin
    for place, run in runs(chunk, begin):
        assert place == at
        piece = bytes(run) if isinstance(run, int) else run
        found, at = found + piece, at + len(piece)
    assert found == chunk[begin:]

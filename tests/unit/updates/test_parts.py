"""The parts of an update: versions, the record, the window, blocks of a bundle, what the command says."""

import json
import os
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.config import Config
from firmware.technician.update import WishError, update_status, wish
from firmware.updates.blocks import BLOCK, Blocks
from firmware.updates.parts import running_version
from firmware.updates.quiet import WindowError, is_window, parse_window
from firmware.updates.record import FILE, WISH, encode_record, read_record
from firmware.updates.states import Offer, Phase, Record, UpdateError, Version
from hal.ports.installer import InstallerError
from hal.sim import virtual_time
from hal.sim.clock import VirtualClock
from hal.sim.installer import InstallerFault, SimInstaller
from tests.support.update_rig import UNDER_WAY, Mesh, bundle

NUMBERS = st.lists(st.integers(0, 10**9 - 1), min_size=1, max_size=4)


@given(NUMBERS, NUMBERS)
def test_versions_are_compared_number_by_number(one: list[int], other: list[int]) -> None:
    first, second = (Version(".".join(map(str, numbers))) for numbers in (one, other))
    assert (first < second) == (one + [0] * (4 - len(one)) < other + [0] * (4 - len(other)))
    assert (first == second) == (hash(first) == hash(second) and not first < second and not second < first)


@pytest.mark.parametrize("text", ["", "1.", "v1", "1.2.3.4.5", "01", "1.2-rc1", "\uff11"])
def test_other_texts_are_no_versions(text: str) -> None:
    with pytest.raises(UpdateError) as caught:
        Version(text)
    assert caught.value.code == "version-malformed"


def test_ten_is_more_than_nine() -> None:
    assert Version("0.10") > Version("0.9.9")
    assert Version("1.0") == Version("1")


@pytest.mark.parametrize("phase", Phase)
def test_the_record_is_read_as_it_was_written(phase: Phase) -> None:
    record = Record(phase, "d" * 64, "0.2.0", "0.1.0", "A", 2, ("reader-lost",), "self-test-failed", False, "0.2.0")
    assert read_record(encode_record(record)) == record


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[" * 99, b"x" * 9000, encode_record(Record()).replace(b"none", b"great")]
)
def test_a_damaged_record_is_said_to_be(data: bytes) -> None:
    with pytest.raises(UpdateError) as caught:
        read_record(data)
    assert caught.value.code == "update-record-damaged"


@pytest.mark.parametrize(
    ("window", "hour", "zone", "inside"),
    [
        ("02:00-05:00", 2, "UTC", True),
        ("02:00-05:00", 5, "UTC", False),
        ("22:00-03:00", 23, "", True),
        ("22:00-03:00", 2, "", True),
        ("22:00-03:00", 12, "", False),
        ("00:00-00:00", 12, "", True),
        ("02:00-05:00", 2, "Europe/Vienna", True),
        ("02:00-03:30", 2, "Asia/Kolkata", False),
    ],
)
def test_the_window_is_by_the_wall(window: str, hour: int, zone: str, inside: bool) -> None:
    assert parse_window(window).has(datetime(2026, 1, 5, hour, tzinfo=UTC), zone) is inside


@pytest.mark.parametrize("text", ["", "2-5", "24:00-05:00", "02:00-05:60", "02:00\u201305:00", "02:00-05:00 "])
def test_other_texts_are_no_windows(text: str) -> None:
    assert not is_window(text)
    with pytest.raises(WindowError):
        parse_window(text)


# Blocks


SIZE = 20 * BLOCK + 77
RAW = b"".join(number.to_bytes(4, "big") * (BLOCK // 4) for number in range(20)) + bundle("0.2.0", 77)


def _blocks(raw: bytes = RAW) -> tuple[Mesh, Blocks]:
    mesh = Mesh()
    return mesh, Blocks(mesh, mesh.offer("0.2.0", raw=raw))


@given(st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(0, 3 * BLOCK)), max_size=8))
def test_any_piece_of_a_bundle_is_that_piece(pieces: list[tuple[int, int]]) -> None:
    async def story() -> None:
        _, blocks = _blocks()
        for offset, length in pieces:
            assert await blocks.read(offset, length) == RAW[offset : offset + length]
        await blocks.aclose()

    virtual_time.run(story())


def test_a_bundle_that_is_read_to_its_end_is_asked_for_once() -> None:
    async def story() -> None:
        mesh, blocks = _blocks()
        asked, really = [0], mesh.bundle

        def counted(offer: Offer, offset: int) -> object:
            asked[0] += 1
            return really(offer, offset)

        mesh.bundle = counted  # type: ignore[assignment, method-assign]
        await blocks.ends()
        before = asked[0]
        for offset in range(0, SIZE, 128 * 1024):
            await blocks.read(offset, 128 * 1024)
            await blocks.read(SIZE - 4096, 4096)  # the hash tree, again and again
        assert asked[0] - before <= 2
        await blocks.aclose()

    virtual_time.run(story())


def test_a_bundle_that_breaks_off_goes_on() -> None:
    async def story() -> None:
        mesh, blocks = _blocks()
        mesh.breaks = [3 * BLOCK, 2 * BLOCK, 1, BLOCK]
        assert await blocks.read(0, SIZE) == RAW
        mesh.breaks = [0] * 99
        with pytest.raises(InstallerError) as caught:
            await blocks.read(5 * BLOCK, 1)
        assert caught.value.code == "bundle-unreadable"

    virtual_time.run(story())


def test_what_was_looked_at_is_what_is_installed() -> None:
    """A mesh that gives another signature later gives it in vain."""

    async def story() -> None:
        mesh, blocks = _blocks()
        ends = await blocks.ends()
        blocks._have.clear()
        blocks._last.clear()
        await blocks.aclose()
        digest = next(iter(mesh.bundles))
        mesh.bundles[digest] = b"\xff" * SIZE
        assert await blocks.read(SIZE - len(ends.tail), len(ends.tail)) == ends.tail
        assert await blocks.read(0, len(ends.head)) == ends.head
        assert await blocks.read(len(ends.head), 4) == b"\xff" * 4
        await blocks.aclose()

    virtual_time.run(story())


@pytest.mark.parametrize("raw", [b"x", b"x" * 5000, bytes(5000), b"\xff" * 5000])
def test_what_has_no_signature_is_no_bundle(raw: bytes) -> None:
    async def story() -> None:
        _, blocks = _blocks(raw)
        with pytest.raises(InstallerError) as caught:
            await blocks.ends()
        assert caught.value.code == "bundle-refused"
        await blocks.aclose()

    virtual_time.run(story())


# The command


def _config(directory: Path) -> Config:
    return Config(str(directory), "", "", f"file:{directory}/keys", ("tcp://192.0.2.1:1",))


def test_the_command_says_how_it_stands(tmp_path: Path) -> None:
    clock = VirtualClock()
    found = update_status(_config(tmp_path), None)
    assert found.lines().splitlines()[1:] == ["no update is under way"]
    assert "updates.installer is not set" in found.lines()
    (tmp_path / FILE).write_bytes(
        encode_record(replace(UNDER_WAY, phase=Phase.ENDED, code="reader-lost", offered="0.2.0"))
    )
    found = update_status(_config(tmp_path), SimInstaller(clock))
    assert found.lines().splitlines()[1:] == [
        "version 0.2.0 was not taken: reader-lost",
        "the mesh offers version 0.2.0",
    ]
    assert json.loads(found.json())["slot"] == "A"
    silent = SimInstaller(clock, fault=InstallerFault.SILENT)
    assert "no slots: installer-failed" in update_status(_config(tmp_path), silent).lines()


def test_the_command_leaves_word_for_the_station(tmp_path: Path) -> None:
    def having(directory: Path) -> Config:
        return replace(_config(directory), installer="rauc:")

    wish(having(tmp_path), "install")
    assert (tmp_path / WISH).read_bytes() == b"install"
    assert (tmp_path / WISH).stat().st_mode & 0o777 == 0o600
    with pytest.raises(WishError) as caught:
        wish(having(tmp_path / "none"), "check")
    assert caught.value.code == "update-not-asked"


def test_no_word_is_left_where_nobody_would_take_it_up(tmp_path: Path) -> None:
    with pytest.raises(WishError, match=r"updates\.installer is not set"):
        wish(_config(tmp_path), "check")
    assert not (tmp_path / WISH).exists()


def test_the_version_is_the_image_s(tmp_path: Path) -> None:
    path = tmp_path / "version"
    assert running_version("0.1.0", path) == Version("0.1.0")
    path.write_text("1.4.2\n")
    assert running_version("0.1.0", path) == Version("1.4.2")
    path.write_text("great\n")
    assert running_version("0.1.0", path) == Version("0.1.0")


def test_a_stream_that_is_given_up_is_closed() -> None:
    async def story() -> None:
        mesh, blocks = _blocks()
        await blocks.read(0, 10)
        await blocks.aclose()
        await blocks.aclose()
        async with aclosing(mesh.bundle(mesh.offer("0.2.0"), 0)) as chunks:
            assert await anext(chunks)

    virtual_time.run(story())


def test_a_wish_goes_through_no_link_that_the_station_has_laid(tmp_path: Path) -> None:
    victim, data = tmp_path / "shadow", tmp_path / "data"
    data.mkdir()
    victim.write_text("kept")
    victim.chmod(0o644)
    (data / f".{WISH}.{os.getpid()}").symlink_to(victim)
    wish(replace(_config(data), installer="rauc:"), "check")
    assert (victim.read_text(), victim.stat().st_mode & 0o777) == ("kept", 0o644)
    assert (data / WISH).read_text() == "check"
    assert not (data / WISH).is_symlink()

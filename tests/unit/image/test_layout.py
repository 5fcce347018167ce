"""Where the partitions lie, and which slot the firmware is told to boot."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.image.autoboot import MOST_BYTES, Autoboot, parse_autoboot
from tools.image.errors import ImageError
from tools.image.layout import MIB, PARTITIONS, SIGNATURE, Slot, check_fit, disk_size, genimage_config, offsets

slots = st.sampled_from(Slot)


def test_no_partition_lies_over_another() -> None:
    places = offsets()
    ends = {one.number: places[one.number] + one.size for one in PARTITIONS}
    for before, after in pairwise(PARTITIONS):
        table = MIB if after.number > 4 else 0
        assert places[after.number] == ends[before.number] + table
    assert all(place % MIB == 0 for place in places.values())
    assert disk_size() == max(ends.values())


def test_the_disk_fits_a_card_of_two_gib_and_leaves_the_mbr_alone() -> None:
    assert offsets()[1] == MIB
    assert disk_size() < 2 * 1024 * MIB


def test_both_slots_have_the_same_room() -> None:
    sizes = {one.number: one.size for one in PARTITIONS}
    assert sizes[Slot.A.boot] == sizes[Slot.B.boot]
    assert sizes[Slot.A.root] == sizes[Slot.B.root]
    assert Slot.A.other is Slot.B
    assert Slot.B.other is Slot.A


def test_what_does_not_fit_is_refused_with_its_size() -> None:
    check_fit(5, 448 * MIB)
    with pytest.raises(ImageError, match="root-a has 448 MiB, and 449 are needed"):
        check_fit(5, 448 * MIB + 1)


def test_genimage_is_told_every_partition_and_the_signature() -> None:
    text = genimage_config("station.img")
    assert text.startswith("image station.img {")
    assert f"0x{SIGNATURE:08x}" in text
    for one in PARTITIONS:
        assert f"partition {one.name} {{" in text
        assert f"offset = {offsets()[one.number]}\n" in text


@given(slots, slots)
def test_autoboot_is_read_as_it_was_written(usual: Slot, tried: Slot) -> None:
    wanted = Autoboot(usual, tried)
    assert parse_autoboot(wanted.text().encode()) == wanted
    assert len(wanted.text()) <= MOST_BYTES


def test_autoboot_of_another_hand_is_read_too() -> None:
    text = b"# ours\r\n[all]\r\ntryboot_a_b=1\r\nboot_partition=3 # B\r\nelse=1\r\n[tryboot]\r\nboot_partition=2\r\n"
    assert parse_autoboot(text) == Autoboot(Slot.B, Slot.A)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "tryboot_a_b"),
        ("[all]\nboot_partition=2\n[tryboot]\nboot_partition=3\n", "tryboot_a_b"),
        ("[tryboot]\ntryboot_a_b=1\nboot_partition=3\n", "tryboot_a_b"),
        ("[all]\ntryboot_a_b=1\nboot_partition=2\n", r"\[tryboot\]"),
        ("[all]\ntryboot_a_b=1\nboot_partition=5\n[tryboot]\nboot_partition=3\n", r"\[all\]"),
        ("#" * (MOST_BYTES + 1), "longer than"),
    ],
)
def test_an_autoboot_that_would_not_do_is_refused(text: str, words: str) -> None:
    with pytest.raises(ImageError, match=words):
        parse_autoboot(text.encode())

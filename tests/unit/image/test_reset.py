"""A factory reset of a box that runs, on a card of which something does not work any more."""

from pathlib import Path

import pytest

from tests.unit.image.card_twin import Card

NO_FAT, NO_TABLE = "mount -t", "sfdisk -q"
NO_ERASING, NO_ZEROS = "cryptsetup erase", "dd if=/dev/zero"


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return began(tmp_path)


def began(folder: Path) -> Card:
    """A box that runs, and has kept something."""
    folder.mkdir(exist_ok=True)
    card = Card(folder)
    assert card.start() == 0, card.said
    (card.data / "lockgate" / "identity").write_text("mine")
    return card


def is_anew(card: Card, old: str) -> bool:
    """After another start."""
    assert card.start() == 0, card.said
    return card.read("key") not in ("", old) and not (card.data / "lockgate" / "identity").exists()


@pytest.mark.parametrize(
    ("broken", "noted"),
    [
        ((), "noted on the card"),
        ((NO_FAT,), "partition 1 cannot be written; noted in the table of the card"),
        ((NO_FAT, NO_ERASING), "partition 1 cannot be written; noted in the table of the card"),
        ((NO_ERASING,), "noted on the card"),
    ],
)
def test_what_can_be_destroyed_is_and_the_box_begins_anew(card: Card, broken: tuple[str, ...], noted: str) -> None:
    old = card.read("key")
    assert card.reset(broken=broken) == 0, card.said
    assert card.said == f"lockgate-reset: {noted}\nlockgate-reset: key destroyed\n"
    assert card.done[-1] == "systemctl reboot"
    assert old not in card.read("key")
    assert not (card.folder / "asked").exists()
    assert is_anew(card, old)


def test_a_key_that_stays_for_now_is_told_with_its_place(card: Card) -> None:
    old = card.read("key")
    assert card.reset(broken=(NO_ERASING, NO_ZEROS)) == 0
    assert "the key is NOT destroyed, and its place is: card\n" in card.said
    assert card.done[-1] == "systemctl reboot", "the next start destroys it"
    assert is_anew(card, old)


def test_a_reset_that_no_start_will_know_of_is_told_and_the_key_is_gone(card: Card) -> None:
    assert card.reset(broken=(NO_FAT, NO_TABLE)) == 0
    assert "the next start does not know of this reset\nlockgate-reset: key destroyed\n" in card.said
    assert card.read("key") == ""
    assert card.start() == 1, "it says on the screen how to go on"


def test_a_box_where_nothing_could_be_done_says_so_and_goes_on(card: Card) -> None:
    before = card.kept
    assert card.reset(broken=(NO_FAT, NO_TABLE, NO_ERASING, NO_ZEROS)) == 1
    assert "nothing was destroyed" in card.said
    assert "systemctl reboot" not in card.done
    assert card.kept == before
    assert not (card.folder / "asked").exists(), "else it is asked for again and again"


@pytest.mark.parametrize("broken", [(), (NO_FAT,), (NO_FAT, NO_ERASING)])
def test_a_power_cut_anywhere_leaves_a_box_as_it_was_or_one_that_begins_anew(
    tmp_path: Path, broken: tuple[str, ...]
) -> None:
    whole = began(tmp_path / "whole")
    whole.reset(broken=broken)
    for cut in range(1, len(whole.done) + 1):
        card = began(tmp_path / f"{cut}")
        old = card.read("key")
        assert card.reset(cut, broken=broken) < 0
        is_as_it_was = card.read("key") == old and card.read("kind") == "e8\n" and not card.wish.exists()
        assert is_anew(card, old) or is_as_it_was, cut

"""The table of what was proved: only of tests that are there and passed."""

from pathlib import Path

import pytest

from tools.image.errors import ImageError
from tools.image.table import (
    BEGIN,
    END,
    EVERY,
    FILES_OF_EVERY,
    PAGE,
    TESTS,
    Result,
    board_of,
    kept_results,
    named_in,
    parse_results,
    replaced,
    sentence,
    stale,
    table,
    write_results,
)
from tools.image.workplace import Workplace

DOOR = Result("emulated.py", "test_the_door_is_open", "virt", True, "0.1.0", "abcdef012345", "2026-11-22")
CARD = Result("emulated_pi.py", "test_the_card_starts", "raspi3b", True, "0.1.0", "abcdef012345", "2026-11-22")
DOOR_AS_NUMBERS = '[{"file": 1, "test": 2, "board": 3, "passed": 4, "version": 5, "image": 6, "day": 7}]'
THERE = {"emulated.py": {"test_the_door_is_open"}, "emulated_pi.py": {"test_the_card_starts"}}


def test_no_row_of_the_page_is_of_a_test_that_is_no_more() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert stale(page, named_in(TESTS)) == []
    assert replaced(page, f"{BEGIN}{END}") != page, "it has a place for the table"


def test_what_passed_is_told_by_its_name_and_its_board() -> None:
    text = table([CARD, DOOR], THERE)
    rows = [line for line in text.splitlines() if "2026-11-22" in line]
    link = "[the door is open](../tests/image/emulated.py)"
    assert rows[1] == f"| {link} | `virt` | 0.1.0 abcdef012345 | 2026-11-22 |"
    assert "`raspi3b`" in rows[0]
    assert "| `virt`, emulated | what 1 of the tests below say |" in text


def test_every_board_that_nothing_was_run_on_says_so() -> None:
    rows = [line for line in table([], THERE).splitlines() if "nothing yet" in line]
    assert [row.split(" | ")[0].strip("| ") for row in rows] == [
        "`virt`, emulated",
        "`raspi3b`, emulated",
        "Raspberry Pi 3",
        "Zero 2 W",
        "Raspberry Pi 4",
        "Raspberry Pi 5",
    ]


def test_what_failed_or_is_gone_is_not_told() -> None:
    failed = Result(DOOR.file, DOOR.test, DOOR.board, False, "0.1.0", "abcdef012345", "2026-11-22")
    assert "the door" not in table([failed], THERE)
    assert "the door" not in table([DOOR], {"emulated.py": set()})


def test_a_stale_row_is_found() -> None:
    page = table([DOOR], THERE)
    assert stale(page, THERE) == []
    assert stale(page, {"emulated.py": {"test_another"}}) == ["emulated.py: the door is open"]


def test_the_rest_of_the_page_stays() -> None:
    page = f"Before.\n{BEGIN}\nold\n{END}\nAfter.\n"
    assert replaced(page, f"{BEGIN}\nnew\n{END}") == f"Before.\n{BEGIN}\nnew\n{END}\nAfter.\n"
    with pytest.raises(ImageError, match="the page has no"):
        replaced("No marks.\n", table([], THERE))


def test_a_later_run_replaces_the_same_tests_and_keeps_the_others(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    assert kept_results(place) == []
    write_results(place, [DOOR, CARD])
    later = Result(DOOR.file, DOOR.test, DOOR.board, False, "0.2.0", "0123456789ab", "2026-11-23")
    write_results(place, [later])
    assert kept_results(place) == [later, CARD]


@pytest.mark.parametrize("text", ["", "1", '[{"file": "a"}]', "[1]", '["a"]', DOOR_AS_NUMBERS])
def test_results_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ImageError, match="delete it, and run tools/dev image test"):
        parse_results(text)


def test_the_board_is_in_the_name_of_the_test_or_its_file() -> None:
    assert board_of("emulated.py", "test_the_door_is_open") == "virt"
    assert board_of("emulated_raspi3b.py", "test_the_door_is_open") == "raspi3b"
    assert board_of("emulated.py", "test_a_raspi3b_starts") == "raspi3b"
    assert board_of("emulated_bill.py", "test_the_bill_is_cyclonedx") == EVERY
    assert all((TESTS / file).exists() for file in FILES_OF_EVERY)


def test_a_name_is_a_sentence() -> None:
    assert sentence("test_the_door_is_open") == "the door is open"

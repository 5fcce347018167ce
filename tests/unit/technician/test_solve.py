"""Finding a rule as the technician does it: cards on the twin, answers typed, in virtual time."""

import asyncio
import re
from collections.abc import Callable, Sequence
from functools import partial
from random import Random

import pytest

from firmware.rule_store import FILE, StoredRules, store, stored
from firmware.technician.solve import Solving
from firmware.technician.writing import find
from hal.ports.badge_reader import BadgeReader
from hal.ports.errors import DeviceLostError
from hal.sim.reader import SimReader
from hal.sim.storage import SimStorage
from hal.sim.virtual_time import run


class Technician:
    """Answers each question with the next of `answers`; the end of input after them."""

    def __init__(self, answers: Sequence[str] = ()) -> None:
        self._answers = list(answers)
        self.told: list[str] = []
        self.printed: list[str] = []

    def tell(self, words: str) -> None:
        self.told.append(words)

    async def line(self) -> str | None:
        await asyncio.sleep(5)  # typing takes its time
        return self._answers.pop(0) if self._answers else None

    @property
    def all(self) -> str:
        return "\n".join([*self.printed, *self.told])


class Bench:
    def __init__(self, *answers: str) -> None:
        self.reader = SimReader("front")
        self.storage = SimStorage(Random(1))  # noqa: S311 - the same faults at each run
        self.technician = Technician(answers)

    def solve(
        self,
        *taps: tuple[float, Callable[[], object]],
        numbers: Sequence[str] = (),
        site: bool = False,
        sure: bool = False,
    ) -> int:
        async def story() -> int:
            for at, tap in taps:
                asyncio.get_running_loop().call_at(at, tap)
            reader: BadgeReader = self.reader
            search = Solving(reader, self.technician, self.technician.printed.append, numbers)
            return await find(search, self.storage, site=site, sure=sure)

        return run(story())

    def tap(self, at: float, text: str) -> tuple[float, Callable[[], object]]:
        return at, partial(self.reader.tap, text)


def test_one_card_its_number_and_enter() -> None:
    bench = Bench("2490-285352", "")
    assert bench.solve(bench.tap(1, "946EBD28")) == 0
    assert stored(bench.storage) == StoredRules(readers={"front": ("hex2dec",)})
    assert bench.technician.printed == [
        "   read     946EBD28\n   printed  2490-285352\n1  hex2dec  2490285352",
        "The card printed 2490-285352 gets the number 2490285352: the directory must hold 2490285352 "
        "(edgemesh badge add), not what is printed.",
    ]
    assert bench.reader.said == [True]


def test_no_number_is_written_to_disk() -> None:
    bench = Bench("12345678", "112345678", "")
    assert bench.solve(bench.tap(1, "0012345678"), bench.tap(8, "0112345678")) == 0
    written = b"".join(bench.storage.ever_written)
    assert written
    assert re.search(rb"[0-9]{4}", written) is None


def test_ambiguous_rules_ask_for_one_more_card_and_the_same_one_does_not_count() -> None:
    bench = Bench("12345678", "112345678", "yes")
    taps = [bench.tap(1, "0012345678"), bench.tap(7, "0012345678"), bench.tap(8, "0112345678")]
    assert bench.solve(*taps) == 0
    assert "one more card" in bench.technician.all
    assert "same card" in bench.technician.all
    assert bench.reader.said == [True, False, True]
    assert stored(bench.storage).readers == {"front": ("regex ^0*([0-9A-Za-z]+)$",)}


def test_who_has_no_other_card_chooses_by_number() -> None:
    bench = Bench("12345678", "7", "what", "2")
    assert bench.solve(bench.tap(1, "0012345678"), site=True) == 0
    assert stored(bench.storage) == StoredRules(site=("last 8",))


def test_another_reading_of_what_is_printed_can_be_chosen() -> None:
    bench = Bench("0683503252", "2")
    assert bench.solve(bench.tap(1, "946EBD28")) == 0
    assert stored(bench.storage).readers == {"front": ("reverse-bytes", "hex2dec")}


@pytest.mark.parametrize("answers", [("2490285352", "n"), ("2490285352", "9"), ("2490285352",), ()])
def test_whatever_is_no_yes_changes_nothing(answers: tuple[str, ...]) -> None:
    bench = Bench(*answers)
    store(bench.storage, StoredRules(site=("trim",)))
    assert bench.solve(bench.tap(1, "946EBD28")) == 130
    assert stored(bench.storage) == StoredRules(site=("trim",))
    assert bench.technician.told[-1] == "nothing was changed"


def test_a_text_without_a_number_is_asked_for_again() -> None:
    bench = Bench("", "--", "2490285352", "y")
    assert bench.solve(bench.tap(1, "946EBD28")) == 0
    assert bench.technician.told.count("That holds no card number.") == 2


@pytest.mark.parametrize(("answers", "sure"), [(["3", ""], False), ([], True)])
def test_the_number_that_the_directory_must_hold_is_said_once_in_plain_words(answers: list[str], sure: bool) -> None:
    bench = Bench(*answers)
    assert bench.solve(bench.tap(1, "2020007"), numbers=["3"] if sure else (), sure=sure) == 0
    words = "The card printed 3 gets the number 00003: the directory must hold 00003 (edgemesh badge add), not what"
    assert bench.technician.all.count(words) == 1
    assert stored(bench.storage).readers == {"front": ("wiegand H10301 card", "pad 5")}


def test_the_number_of_the_rule_that_was_picked_is_said() -> None:
    bench = Bench("0683503252", "2")
    assert bench.solve(bench.tap(1, "946EBD28")) == 0
    assert "gets the number 683503252: the directory must hold 683503252" in bench.technician.printed[-1]


def test_a_number_as_it_is_printed_needs_no_other_words() -> None:
    bench = Bench("2490285352", "")
    assert bench.solve(bench.tap(1, "946EBD28")) == 0
    assert bench.technician.printed[-1].endswith("the directory must hold 2490285352 (edgemesh badge add).")


def test_a_rule_that_refuses_small_numbers_asks_for_the_card_with_the_smallest() -> None:
    bench = Bench("44125", "3", "")
    assert bench.solve(bench.tap(1, "21758BA"), bench.tap(8, "2020007")) == 0
    assert "Rule 1 refuses cards with small numbers" in bench.technician.all
    assert stored(bench.storage).readers == {"front": ("wiegand H10301 card", "pad 5")}


def test_yes_writes_no_rule_that_refuses_small_numbers() -> None:
    bench = Bench()
    assert bench.solve(bench.tap(1, "21758BA"), numbers=["44125"], sure=True) == 1
    assert "rule 1 refuses cards whose number has fewer than 4 characters" in bench.technician.told[-1]
    assert bench.storage.read(FILE) is None


def test_no_rule_is_no_success() -> None:
    bench = Bench("99999999")
    assert bench.solve(bench.tap(1, "946EBD28")) == 1
    assert "badge-unsolved" in bench.technician.all
    assert bench.storage.read(FILE) is None


def test_numbers_given_beforehand_and_yes_ask_nothing() -> None:
    bench = Bench()
    taps = (bench.tap(1, "0012345678"), bench.tap(9, "0112345678"))
    assert bench.solve(*taps, numbers=["12345678", "112345678"], sure=True) == 0
    assert stored(bench.storage).readers == {"front": ("regex ^0*([0-9A-Za-z]+)$",)}


def test_yes_does_not_choose_among_rivals() -> None:
    bench = Bench()
    assert bench.solve(bench.tap(1, "0012345678"), numbers=["12345678"], sure=True) == 1
    assert "badge-ambiguous: ambiguous: 2 would do" in bench.technician.told[-1]
    assert bench.storage.read(FILE) is None


def test_ambiguous_rules_are_said_before_they_are_written() -> None:
    bench = Bench("y")
    assert bench.solve(bench.tap(1, "0012345678"), numbers=["12345678"]) == 0
    assert any("ambiguous" in words for words in bench.technician.told)


def test_bad_reads_and_random_numbers_are_told_and_the_next_card_is_awaited() -> None:
    bench = Bench("2490285352", "")
    taps: list[tuple[float, Callable[[], object]]] = [
        (1.0, bench.reader.garble),
        (2.0, partial(bench.reader.present, bytes.fromhex("08A1B2C3"))),
        (5.0, partial(bench.reader.present, bytes.fromhex("946EBD28"))),
    ]
    assert bench.solve(*taps) == 0
    assert bench.reader.said == [False, False, True]
    assert "read-garbled" in bench.technician.all
    assert "badge-random" in bench.technician.all
    assert stored(bench.storage).readers == {"front": ("hex2dec",)}


def test_a_reader_that_the_station_holds_says_to_stop_it() -> None:
    bench = Bench()
    bench.reader.unplug()
    with pytest.raises(DeviceLostError, match="systemctl stop lockgate") as caught:
        bench.solve((1, bench.reader.unplug))
    assert caught.value.code == "device-lost"


def test_damaged_rules_are_written_anew() -> None:
    bench = Bench("2490285352", "")
    bench.storage.replace(FILE, b"{")
    assert bench.solve(bench.tap(1, "946EBD28")) == 0
    assert "badge-rules-damaged" in bench.technician.all
    assert stored(bench.storage).readers == {"front": ("hex2dec",)}


def test_other_readers_keep_their_rules() -> None:
    bench = Bench("2490285352", "")
    store(bench.storage, StoredRules(readers={"back": ("trim",), "front": ("lower",)}))
    assert bench.solve(bench.tap(1, "946EBD28")) == 0
    assert stored(bench.storage).readers == {"back": ("trim",), "front": ("hex2dec",)}

"""Whole shifts of a station under swarms of faults. What fails names its seed: the same seed fails again."""

import os

import pytest

from hal.sim import virtual_time
from tests.simulation.shifts import Deed, live, shift
from tools.bench.trace import Line

SEEDS = range(int(os.environ.get("LOCKGATE_SEEDS", "16")))
"""More of them for a night's run."""
LENGTH = 40
HORIZON = 30 * virtual_time.DAY


def lived(seed: int, deeds: list[Deed]) -> list[Line]:
    return virtual_time.run(live(seed, deeds, auto_release=seed % 3 > 0), timeout=HORIZON).trace.lines


@pytest.mark.parametrize("seed", SEEDS)
def test_the_invariants_hold_all_day_and_the_evening_finds_everything_in_order(seed: int) -> None:
    assert lived(seed, shift(seed, LENGTH))


@pytest.mark.parametrize("seed", SEEDS[::4])
def test_a_printer_that_lies_leads_to_nothing_worse_than_its_lie(seed: int) -> None:
    """Nothing starts twice, nobody gets another's pages, and what is on paper whole is not printed again."""
    deeds = shift(seed, LENGTH, lies=True)
    virtual_time.run(live(seed, deeds, auto_release=seed % 3 > 0, honest_printer=False), timeout=HORIZON)


def test_a_shift_replays_to_the_millisecond() -> None:
    assert lived(3, shift(3, LENGTH)) == lived(3, shift(3, LENGTH))

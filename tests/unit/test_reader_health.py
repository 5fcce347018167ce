"""How the readers do, counted and kept: over restarts, over damage, and never so often that a card wears out."""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.events import BadgeRead, BadgeUnreadable, Event, MeshChanged, ReaderChanged
from firmware.reader_health import (
    EVERY_SECONDS,
    FILE,
    HealthBook,
    HealthError,
    ReaderHealth,
    kept_health,
    read_health,
)
from hal.board import Board
from hal.sim.board import sim_board
from hal.sim.clock import VirtualClock
from hal.sim.printer import SimPrinter
from hal.sim.random_source import SeededRandom
from hal.sim.storage import SimStorage
from hal.sim.virtual_time import run

SECRET = "04a1b2c3"


class Counted(SimStorage):
    """Says how often it was written."""

    writes = 0

    def replace(self, name: str, data: bytes) -> None:
        self.writes += 1
        super().replace(name, data)


def storage() -> Counted:
    return Counted(random.Random(1))  # noqa: S311 - a replayable medium


def board(medium: Counted) -> Board:
    """A board with two readers and this medium."""
    clock = VirtualClock()
    made = sim_board(1, SimPrinter(clock, SeededRandom(1)), readers=2, clock=clock).board()
    return replace(made, storage=medium)


def kept_after(
    medium: Counted, *script: tuple[float, Event], before: Callable[[HealthBook], None] = lambda _book: None
) -> Mapping[str, ReaderHealth]:
    """What a life of the station leaves, in which these events come at these seconds."""

    async def life() -> None:
        book, passed = HealthBook(board(medium), VirtualClock()), list[Event]()
        before(book)
        duty = asyncio.create_task(book.keep_on())
        post, loop = book.hearing(passed.append), asyncio.get_running_loop()
        for at, event in script:
            loop.call_at(at, post, event)
        await asyncio.sleep(max([at for at, _ in script], default=0) + 1)
        assert passed == [event for _, event in script], "the core hears everything"
        duty.cancel()
        await asyncio.gather(duty, return_exceptions=True)

    run(life())
    kept = kept_health(medium)
    assert kept.as_of.endswith("Z")
    return kept.readers


def test_taps_and_troubles_are_counted_by_reader_and_kept_over_a_restart() -> None:
    medium = storage()
    first = kept_after(
        medium,
        (1, BadgeRead("reader-1", SECRET)),
        (2, BadgeUnreadable("reader-1", "read-torn")),
        (3, BadgeUnreadable("reader-1", "read-torn")),
        (4, ReaderChanged("reader-2", present=False)),
        (5, MeshChanged(reachable=False)),
    )
    assert (first["reader-1"].taps, first["reader-1"].misreads, first["reader-1"].last_code) == (
        1,
        {"read-torn": 2},
        "read-torn",
    )
    assert (first["reader-2"].present, first["reader-2"].lost) == (False, 1)
    assert first["reader-2"].last_lost.endswith("Z")
    second = kept_after(medium, (1, BadgeRead("reader-1", SECRET)), (2, BadgeUnreadable("reader-1", "card-gone")))
    assert second["reader-1"].misreads == {"read-torn": 2, "card-gone": 1}
    assert (second["reader-1"].taps, second["reader-2"].present, second["reader-2"].lost) == (2, True, 1)
    assert SECRET not in (medium.read(FILE) or b"").decode()


def test_a_reader_that_is_back_is_there() -> None:
    kept = kept_after(
        storage(), (1, ReaderChanged("reader-1", present=False)), (2, ReaderChanged("reader-1", present=True))
    )
    assert (kept["reader-1"].present, kept["reader-1"].lost) == (True, 1)


def test_a_flood_of_misreads_is_written_once_a_minute() -> None:
    medium = storage()
    minutes = 10
    flood = [(second / 10, BadgeUnreadable("reader-1", "reader-flood")) for second in range(minutes * 600)]
    kept = kept_after(medium, *flood)
    assert kept["reader-1"].misreads == {"reader-flood": len(flood)}
    assert medium.writes <= minutes * 60 / EVERY_SECONDS + 2


def test_taps_alone_are_written_at_the_ends_only() -> None:
    medium = storage()
    kept = kept_after(medium, *((second, BadgeRead("reader-1", SECRET)) for second in range(1, 500)))
    assert (kept["reader-1"].taps, medium.writes) == (499, 2)


def test_a_damaged_file_begins_anew_and_a_full_medium_stops_nothing() -> None:
    medium = storage()
    medium.replace(FILE, b'{"version": 9}')
    with pytest.raises(HealthError, match="reader-health-damaged"):
        kept_health(medium)
    kept = kept_after(medium, (1, BadgeUnreadable("reader-1", "read-torn")))
    assert kept["reader-1"].misreads == {"read-torn": 1}


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_what_is_no_book_is_damaged(data: bytes) -> None:
    with pytest.raises(HealthError):
        read_health(data)

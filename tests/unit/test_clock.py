"""The trusted clock: which times are believed, what becomes of them without a mesh, and that nothing goes back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.trust.clock import FARTHEST, FILE, RELEASED, SLACK, TrustedClock, built
from firmware.vault.timing import TimeRefusedError
from hal.ports.errors import StorageError
from hal.sim.clock import VirtualClock
from hal.sim.random_source import stream
from hal.sim.storage import SimStorage, StorageFault
from hal.sim.virtual_time import run

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TEN_YEARS = timedelta(days=3653)
SECOND = timedelta(seconds=1)


class Box:
    """A board with a wrong calendar, and what it keeps."""

    def __init__(self, calendar: datetime = NOW) -> None:
        self.board = VirtualClock(calendar)
        self.storage = SimStorage(stream(1, "storage"))

    def start(self, earliest: datetime = RELEASED) -> TrustedClock:
        return TrustedClock(self.board, self.storage, earliest=earliest)


@pytest.mark.parametrize("calendar", [NOW - TEN_YEARS, NOW, NOW + TEN_YEARS])
def test_the_boards_calendar_is_not_believed(calendar: datetime) -> None:
    async def story() -> None:
        clock = Box(calendar).start()
        assert (clock.now(), clock.known) == (RELEASED, False)
        clock.accept(NOW)
        await clock.sleep(3600)
        assert clock.now() == NOW + timedelta(hours=1)

    run(story())


@pytest.mark.parametrize("jump", [-TEN_YEARS, TEN_YEARS])
def test_a_calendar_that_jumps_changes_nothing_but_is_noticed(jump: timedelta) -> None:
    box = Box()
    clock = box.start()
    clock.accept(NOW)
    assert not clock.was_disturbed()
    box.board.jump(jump.total_seconds())
    assert clock.now() == NOW
    assert clock.was_disturbed()
    clock.accept(NOW)
    assert not clock.was_disturbed()


def test_time_goes_on_from_the_last_good_one_after_a_power_cut() -> None:
    box = Box()
    clock = box.start()
    clock.accept(NOW)
    clock.keep()
    box.board.jump(-TEN_YEARS.total_seconds())
    clock = box.start()
    assert (clock.now(), clock.floor, clock.known) == (NOW, NOW, False)
    with pytest.raises(TimeRefusedError, match="earlier"):
        clock.accept(NOW - SLACK - SECOND)
    assert not clock.known
    clock.accept(NOW - SLACK)
    assert clock.now() == NOW, "a little behind the floor is the floor"


def test_an_image_is_no_older_than_its_program(tmp_path: Path) -> None:
    says = tmp_path / "build-time"
    assert built(says) == RELEASED
    for text, expected in (
        ("2026-11-01T00:00:00Z\n", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2001-01-01T00:00:00Z", RELEASED),
        ("yesterday", RELEASED),
    ):
        says.write_text(text)
        assert built(says) == expected
    says.write_bytes(b"\xff")
    assert built(says) == RELEASED


def test_the_build_is_a_floor_too() -> None:
    assert Box().start(earliest=NOW).now() == NOW


def test_more_than_a_year_ahead_is_not_believed() -> None:
    clock = Box().start(earliest=NOW)
    with pytest.raises(TimeRefusedError, match="a year"):
        clock.accept(NOW + FARTHEST + SECOND)
    clock.accept(NOW + FARTHEST)
    assert clock.known


def test_how_far_it_jumped_is_told() -> None:
    async def story() -> None:
        clock = Box().start(earliest=NOW)
        assert clock.accept(NOW + timedelta(days=3)) == timedelta(), "the first time is no jump"
        await clock.sleep(3600)
        assert clock.accept(NOW + timedelta(days=3, hours=2)) == timedelta(hours=1)
        assert clock.accept(NOW + timedelta(days=3, hours=2) - SECOND) == -SECOND

    run(story())


def test_a_mesh_that_holds_the_time_back_gains_no_more_than_the_slack() -> None:
    async def story() -> None:
        clock = Box().start(earliest=NOW)
        clock.accept(NOW)
        told = NOW
        for _ in range(24 * 60):
            await clock.sleep(60)
            try:
                clock.accept(told)  # the same minute for ever
            except TimeRefusedError:
                told = clock.now()  # as late as it dares
        drift = timedelta(days=1) * 0.0005
        assert clock.now() >= NOW + timedelta(days=1) - SLACK - drift - timedelta(minutes=1)

    run(story())


def test_an_honest_mesh_is_believed_over_months_although_the_crystal_is_fast() -> None:
    async def story() -> None:
        clock = Box().start(earliest=NOW)
        for hour in range(24 * 90):
            clock.accept(NOW + timedelta(hours=hour) * (1 - 0.0002))
            await clock.sleep(3600)

    run(story(), timeout=100 * 24 * 3600)


def test_what_the_ca_has_certified_is_a_floor_until_the_time_is_known() -> None:
    clock = Box().start()
    clock.at_least(NOW)
    assert clock.now() == NOW
    clock.at_least(NOW - SECOND)
    assert clock.floor == NOW
    clock.accept(NOW + SECOND)
    clock.at_least(NOW + TEN_YEARS)
    assert clock.now() == NOW + SECOND


def test_a_lie_is_taken_back_and_forgotten() -> None:
    box = Box()
    clock = box.start()
    clock.accept(NOW - timedelta(days=200))
    clock.accept(NOW + timedelta(days=150))
    clock.keep()
    clock.take_back(NOW)
    assert (clock.now(), clock.known) == (NOW, False)
    clock.accept(NOW + SECOND)
    assert box.start().floor == NOW
    clock.take_back(RELEASED - TEN_YEARS)
    assert clock.floor == RELEASED, "never before the build"


def test_nothing_is_kept_before_it_is_known() -> None:
    box = Box()
    box.start().keep()
    assert box.storage.read(FILE) is None


def test_a_medium_that_fails_is_said_and_the_floor_stands() -> None:
    box = Box()
    clock = box.start()
    clock.accept(NOW)
    box.storage.fault = StorageFault.IO_ERROR
    with pytest.raises(StorageError):
        clock.keep()
    assert clock.floor == NOW


@given(st.binary(max_size=30))
def test_a_damaged_file_is_said(raw: bytes) -> None:
    box = Box()
    box.storage.replace(FILE, raw)
    clock = box.start()
    assert clock.damaged or clock.floor >= RELEASED
    assert clock.floor >= RELEASED


@given(st.lists(st.tuples(st.integers(-400, 800), st.integers(0, 100)), max_size=20))
def test_whatever_is_told_time_never_falls_below_the_floor_or_back_by_more_than_the_slack(
    told: list[tuple[int, int]],
) -> None:
    async def story() -> None:
        clock = Box().start(earliest=NOW)
        highest = clock.now()
        for days, hours in told:
            await clock.sleep(hours * 3600)
            try:
                clock.accept(NOW + timedelta(days=days))
                clock.keep()
            except TimeRefusedError:
                pass
            highest = max(highest, clock.now())
            assert clock.now() >= max(clock.floor, highest - SLACK - timedelta(hours=2000) * 0.0005)

    run(story(), timeout=1e9)

"""The mesh's clock: what it starts with, what it follows, and that ten years back or on change nothing for anybody."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.trust.clock import RELEASED
from firmware.vault.identity import IdentityError
from hal.sim.clock import MONDAY_MORNING, VirtualClock
from hal.sim.virtual_time import run
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh.clock import FARTHEST, RATE, SMALL, ClockError, KeptInFile, SteadyClock

TEN_YEARS = timedelta(days=3653)
SECOND = timedelta(seconds=1)


class Kept:
    """In memory."""

    def __init__(self, moment: datetime | None = None) -> None:
        self.moment = moment

    def read(self) -> datetime | None:
        return self.moment

    def write(self, moment: datetime) -> None:
        self.moment = moment


def started(kept: Kept | None = None, calendar: datetime = MONDAY_MORNING) -> tuple[SteadyClock, VirtualClock]:
    system = VirtualClock(calendar)
    clock = SteadyClock(system, kept or Kept())
    clock.start()
    return clock, system


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(ClockError) as caught:
        act()
    return caught.value.code


def test_it_does_not_start_before_what_is_known() -> None:
    assert refusal(lambda: started(calendar=RELEASED - SECOND)) == "clock-behind"
    assert refusal(lambda: started(Kept(MONDAY_MORNING + SECOND))) == "clock-behind"
    assert started(Kept(MONDAY_MORNING))[0].now() == MONDAY_MORNING


def test_a_year_too_late_wants_a_persons_word() -> None:
    system = VirtualClock(MONDAY_MORNING + FARTHEST + SECOND)
    kept = Kept(MONDAY_MORNING)
    clock = SteadyClock(system, kept)
    assert refusal(clock.start) == "clock-ahead"
    assert kept.moment == MONDAY_MORNING, "a time that is not believed is not kept"
    clock.start(is_right=True)
    assert kept.moment == system.now()


def test_a_persons_word_undoes_a_wrong_one() -> None:
    clock = SteadyClock(VirtualClock(), Kept(MONDAY_MORNING + TEN_YEARS))
    assert refusal(clock.start) == "clock-behind"
    clock.start(is_right=True)
    assert clock.now() == MONDAY_MORNING
    never = SteadyClock(VirtualClock(RELEASED - SECOND), Kept())
    assert refusal(lambda: never.start(is_right=True)) == "clock-behind"


@pytest.mark.parametrize("jump", [-TEN_YEARS, -SMALL - SECOND, SMALL + SECOND, TEN_YEARS])
def test_jumps_are_told_and_not_followed(jump: timedelta, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        clock, system = started()
        system.jump(jump.total_seconds())
        for _ in range(3):
            await clock.sleep(3600)
            clock.now()
        assert clock.now() == MONDAY_MORNING + timedelta(hours=3)

    with caplog.at_level(logging.WARNING, "edgemesh"):
        run(story())
    assert [record.getMessage() for record in caplog.records] == [
        f"the system's clock jumped by {jump.total_seconds():+.0f} s and is not followed"
    ]


@pytest.mark.parametrize("off", [-60, -1, 1, 60])
def test_small_corrections_are_followed_slowly(off: int) -> None:
    async def story() -> None:
        clock, system = started()
        system.jump(off)
        before = clock.now()
        await clock.sleep(10)
        assert abs(clock.now() - before - 10 * SECOND) <= 10 * SECOND * RATE
        await clock.sleep(1200)
        assert clock.now() == system.now()

    run(story())


@given(st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(0, 5000)), max_size=20))
def test_it_never_goes_back(steps: list[tuple[float, float]]) -> None:
    async def story() -> None:
        clock, system = started()
        last, began = clock.now(), clock.monotonic()
        for jump, seconds in steps:
            system.jump(jump) if abs(system.now() - MONDAY_MORNING) < TEN_YEARS else system.set_right()
            await clock.sleep(seconds)
            now = clock.now()
            assert now >= last
            last = now
        lasted = timedelta(seconds=clock.monotonic() - began)
        assert abs(last - MONDAY_MORNING - lasted) <= lasted * RATE + SECOND

    run(story(), timeout=1e9)


def test_the_last_good_time_is_kept_each_hour(tmp_path: Path) -> None:
    async def story() -> None:
        kept = KeptInFile(tmp_path / "clock")
        clock = SteadyClock(VirtualClock(), kept)
        clock.start()
        keeping = asyncio.ensure_future(clock.keep_on())
        await clock.sleep(2 * 3600 + 1)
        assert kept.read() == MONDAY_MORNING + timedelta(hours=2)
        keeping.cancel()

    run(story())


@pytest.mark.parametrize("content", [b"", b"\xff\xff", b"yesterday", b"2026-13-01T00:00:00Z"])
def test_a_damaged_file_is_no_time(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clock"
    assert KeptInFile(path).read() is None
    path.write_bytes(content)
    assert KeptInFile(path).read() is None
    KeptInFile(path).write(datetime(2026, 5, 1, tzinfo=UTC))
    assert KeptInFile(path).read() == datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize("jump", [-TEN_YEARS, TEN_YEARS])
def test_no_session_is_immortal_and_no_expired_certificate_is_good(jump: timedelta) -> None:
    async def story() -> None:
        clock, system = started()
        site = MemorySite(clock=clock)
        await site.station.tap(BADGE)
        path = f"/v1/sessions/{site.station.session}/jobs"
        system.jump(jump.total_seconds())
        await clock.sleep(9 * 60)
        (await site.station.wire.send("GET", path)).expect(200)
        await clock.sleep(61)
        assert (await site.station.wire.send("GET", path)).code == "session-expired"
        await clock.sleep(366 * 24 * 3600)
        with pytest.raises(IdentityError, match="identity-expired"):
            site.mesh.identity(site.station.keys)

    run(story(), timeout=1e9)

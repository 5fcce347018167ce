"""The clock's contract, on the twin and on the computer's clock."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from hal.drivers.system_clock import SystemClock
from hal.ports.clock import Clock
from hal.sim import virtual_time
from hal.sim.clock import VirtualClock
from tests.support import aio


class Rig(NamedTuple):
    clock: Clock
    run: Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(params=["twin", "system"])
def rig(request: pytest.FixtureRequest) -> Rig:
    return Rig(VirtualClock(), virtual_time.run) if request.param == "twin" else Rig(SystemClock(), aio.run)


def test_now_is_in_utc(rig: Rig) -> None:
    assert rig.clock.now().utcoffset() == timedelta(0)


def test_monotonic_time_moves_by_what_is_slept(rig: Rig) -> None:
    async def main() -> None:
        before = rig.clock.monotonic()
        await rig.clock.sleep(0.002)
        assert rig.clock.monotonic() - before >= 0.002

    rig.run(main())


def test_a_cancelled_sleep_ends_at_once(rig: Rig) -> None:
    async def main() -> None:
        before = rig.clock.monotonic()
        sleeper = asyncio.create_task(rig.clock.sleep(3600))
        await asyncio.sleep(0)
        sleeper.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sleeper
        assert rig.clock.monotonic() - before < 60

    rig.run(main())


def test_twin_wall_and_monotonic_time_go_together() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    clock = VirtualClock(start)

    async def main() -> None:
        await clock.sleep(90)
        assert clock.monotonic() == 90
        assert clock.now() == start + timedelta(seconds=90)

    virtual_time.run(main())
    assert clock.now() == start + timedelta(seconds=90)


def test_twin_a_jump_moves_wall_time_alone() -> None:
    clock = VirtualClock()

    async def main() -> None:
        before = clock.now()
        clock.jump(-3600)
        assert clock.now() == before - timedelta(hours=1)
        assert clock.monotonic() == 0
        clock.set_right()
        assert clock.now() == before

    virtual_time.run(main())

"""Steps in time."""

import asyncio
import errno

import pytest

from hal.drivers.pattern import Pattern
from hal.sim.clock import VirtualClock
from hal.sim.virtual_time import run


class Stage:
    """What was put, and when in milliseconds; `fails` from that step on."""

    def __init__(self) -> None:
        self.put: list[tuple[int, str]] = []
        self.fails = ""
        self.pattern = Pattern(self._put, VirtualClock())

    def _put(self, step: str) -> None:
        if step == self.fails:
            raise OSError(errno.ENODEV, "gone")
        self.put.append((round(asyncio.get_running_loop().time() * 1000), step))


def test_each_step_comes_at_its_time_and_the_last_one_stays() -> None:
    async def main() -> None:
        stage = Stage()
        stage.pattern.play([("a", 100), ("b", 50), ("c", 0)], again=False)
        await asyncio.sleep(10)
        assert stage.put == [(0, "a"), (100, "b"), (150, "c")]

    run(main())


def test_what_goes_round_goes_round_until_something_else_is_played() -> None:
    async def main() -> None:
        stage = Stage()
        stage.pattern.play([("a", 100), ("b", 100)], again=True)
        await asyncio.sleep(0.35)
        stage.pattern.play([("c", 0)], again=True)
        await asyncio.sleep(10)
        assert stage.put == [(0, "a"), (100, "b"), (200, "a"), (300, "b"), (350, "c")]

    run(main())


def test_nothing_comes_after_it_was_stopped() -> None:
    async def main() -> None:
        stage = Stage()
        stage.pattern.play([("a", 100), ("b", 100)], again=True)
        stage.pattern.stop()
        stage.pattern.stop()
        await asyncio.sleep(10)
        assert stage.put == [(0, "a")]

    run(main())


def test_a_step_that_fails_ends_it_and_is_kept_until_the_next_one() -> None:
    async def main() -> None:
        stage = Stage()
        stage.fails = "b"
        stage.pattern.play([("a", 100), ("b", 100), ("c", 100)], again=True)
        await asyncio.sleep(10)
        assert stage.put == [(0, "a")]
        assert stage.pattern.failure is not None
        with pytest.raises(OSError, match="gone"):
            stage.pattern.play([("b", 100)], again=True)
        assert stage.pattern.failure is None

    run(main())

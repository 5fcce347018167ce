"""What came from a device and is not taken yet, and the task that hears it."""

import asyncio

import pytest

from hal.drivers.arrivals import Arrivals, Hearing
from hal.ports.errors import DeviceLostError
from hal.sim.virtual_time import run

LOST = DeviceLostError("door", "unplugged")


def test_the_oldest_come_first_and_too_many_push_them_out() -> None:
    kept: Arrivals[int] = Arrivals("door", 3)
    assert kept.take() is None
    kept.add(range(5))
    assert [kept.take() for _ in range(4)] == [2, 3, 4, None]


def test_a_loss_is_told_once_and_after_what_came_before_it() -> None:
    kept: Arrivals[int] = Arrivals("door", 3)
    kept.add([1])
    kept.fail(LOST)
    assert kept.take() == 1
    with pytest.raises(DeviceLostError, match="unplugged"):
        kept.take()
    assert kept.take() is None


def test_a_loss_that_nobody_waited_for_can_be_forgiven_and_the_end_cannot() -> None:
    kept: Arrivals[int] = Arrivals("door", 3)
    kept.fail(LOST)
    kept.forgive()
    assert kept.take() is None
    kept.close()
    kept.forgive()
    for _ in range(2):
        with pytest.raises(DeviceLostError, match="closed"):
            kept.take()


def test_whoever_waits_hears_of_each_ending_and_a_mistake_is_raised() -> None:
    begun: list[int] = []

    async def listen() -> None:
        begun.append(len(begun))
        if len(begun) == 2:
            raise KeyError("a mistake")

    async def story() -> None:
        kept: Arrivals[int] = Arrivals("door", 3)
        hearing = Hearing("reader door", listen, kept.stir)
        for _ in range(2):
            hearing.ensure()
            async with asyncio.timeout(1):
                await kept.changed()
        with pytest.raises(KeyError):
            hearing.ensure()
        hearing.ensure()
        await hearing.end()
        await hearing.end()

    run(story())
    assert begun == [0, 1]
